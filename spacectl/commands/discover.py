"""Discovery: the endpoints that a platform's identity service lists, laid into an environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spacectl import config, discovery, environments
from spacectl.discovery import Change, Listing
from spacectl.endpoint import parse
from spacectl.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from spacectl.app import App


def listed_at(app: App, url: str, kind: str) -> Listing:
    """What the identity service at a URL lists, with itself. Raises UsageError, ConfigError, CallError.

    A token is sent there only where the command line or a variable gives one.
    """
    parse(url)
    app.options.endpoint = url
    variables = [variable for variable, _ in config.CREDENTIAL_VARIABLES if app.environ.get(variable)]
    token = None if app.options.token_file is not None or variables else ""
    found = _listing(app, kind, token)
    if config.matching("identity", found.endpoints) is None:
        found = found._replace(endpoints={"identity": url, **found.endpoints})
    return found


def listed_by(app: App, kind: str) -> Listing:
    """What the identity service of the environment lists. Raises UsageError, ConfigError, CallError."""
    return _listing(app, kind, None)


def lay_into(
    app: App,
    base: Path,
    name: str,
    listing: Listing,
    *,
    force: bool = False,
    prune: bool = False,
    dry_run: bool = False,
) -> Sequence[Change]:
    """Changes the endpoints of an environment to those that are listed; what that changes.

    Raises ConfigError, SpacectlError.
    """
    for problem in listing.problems:
        app.warn(problem)
    mine = config.endpoints_of(environments.read(base, name), f"{environments.file_of(base, name)}: ")
    before = discovery.remembered(base, name)
    found = discovery.changes(
        mine, before.endpoints if before is not None else {}, listing.endpoints, force=force, prune=prune
    )
    if not dry_run:
        discovery.apply(base, name, found, listing)
    return found


def _listing(app: App, kind: str, token: str | None) -> Listing:
    try:
        answer = app.connections.ask("identity.Endpoint", "list", {"endpoint_type": kind}, token)
    except UsageError as error:
        raise ConfigError(f"there is no identity service: {error.message}", *error.hints) from None
    found = discovery.listing(answer.get("results", []), kind)
    if not found.endpoints:
        raise ConfigError(
            f"the server lists no {kind.lower()} endpoints",
            "--internal asks for those inside of the cluster" if kind == discovery.PUBLIC else "leave out --internal",
        )
    return found
