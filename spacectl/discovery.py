"""The endpoints of a platform as its identity service lists them, and what they change in an environment.

What was listed the last time is kept, in `discovered/NAME.yml`: an endpoint that still is as it was listed follows the
server, and one that its user has added or changed stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spacectl import environments, files, yaml_io
from spacectl.config import folded, matching
from spacectl.endpoint import parse
from spacectl.errors import UsageError

PUBLIC, INTERNAL = "PUBLIC", "INTERNAL"
ADDED, CHANGED, REMOVED, KEPT = "added", "changed", "removed", "kept"


class Listing(NamedTuple):
    """What a platform lists: `type` is PUBLIC or INTERNAL, `problems` are what cannot be used of it, in words."""

    type: str
    endpoints: Mapping[str, str]
    problems: Sequence[str] = ()


class Change(NamedTuple):
    """What becomes of the endpoint of a service: `old` and `new` are URLs, "" for none."""

    service: str
    change: str
    old: str
    new: str


def listing(rows: Iterable[Mapping[str, Any]], kind: str) -> Listing:
    """The endpoints in the rows of identity.Endpoint.list, by service."""
    endpoints: dict[str, str] = {}
    problems: list[str] = []
    field = "internal_endpoint" if kind == INTERNAL else "endpoint"
    for row in rows:
        service, url = str(row.get("service", "")).strip(), str(row.get(field) or "").strip()
        if not service or service in endpoints:
            continue
        if not url:
            problems.append(f"{service}: the server lists no {kind.lower()} endpoint")
            continue
        if not (service.isascii() and service.replace("-", "_").isidentifier()):
            problems.append(f"{service!r} cannot be the name of a service")
            continue
        try:
            parse(url)
        except UsageError as error:
            problems.append(f"{service}: {error.message}")
            continue
        if row.get("state") == "INACTIVE":
            problems.append(f"{service}: the server says that it is inactive")
        endpoints[service] = url
    return Listing(kind, endpoints, problems)


def changes(
    mine: Mapping[str, str], before: Mapping[str, str], now: Mapping[str, str], *, force: bool, prune: bool
) -> list[Change]:
    """What a listing changes in the endpoints of an environment; `before` is what was listed the last time.

    `force` takes the listed endpoint where the user has another one, `prune` removes what is not listed.
    """
    found = []
    for service, new in now.items():
        key = matching(service, mine) or service
        old = mine.get(key, "")
        if not old:
            found.append(Change(key, ADDED, "", new))
        elif old != new:
            follows = force or old == _listed(before, service)
            found.append(Change(key, CHANGED if follows else KEPT, old, new))
    names = {folded(service) for service in now}
    for service, old in mine.items():
        if old and folded(service) not in names and (prune or old == _listed(before, service)):
            found.append(Change(service, REMOVED, old, ""))
    return found


def apply(base: Path, name: str, found: Sequence[Change], listed: Listing) -> None:
    """Writes the changes into the file of an environment, and keeps what was listed. Raises SpacectlError."""
    edits = [(["endpoints", one.service], one.new or None) for one in found if one.change != KEPT]
    if edits:
        environments.change_all(base, name, edits)
    remembered = {"type": listed.type, "endpoints": dict(listed.endpoints)}
    with files.locked(base):
        files.write_atomically(file_of(base, name), yaml_io.dump(remembered))


def remembered(base: Path, name: str) -> Listing | None:
    """What was listed the last time for an environment; None where nothing was, or nothing can be read."""
    path = file_of(base, name)
    if not path.exists():
        return None
    found = yaml_io.load_mapping(yaml_io.read_text(path), str(path))
    endpoints = found.get("endpoints")
    kind = INTERNAL if found.get("type") == INTERNAL else PUBLIC
    return Listing(kind, {str(k): str(v) for k, v in endpoints.items()} if isinstance(endpoints, dict) else {})


def forget(base: Path, name: str) -> None:
    """Removes what was listed for an environment."""
    files.remove(file_of(base, name))


def file_of(base: Path, name: str) -> Path:
    """The file that keeps what was listed. Raises UsageError for an impossible name."""
    environments.check_name(name)
    return base / "discovered" / f"{name}.yml"


def _listed(before: Mapping[str, str], service: str) -> str | None:
    key = matching(service, before)
    return None if key is None else before[key]
