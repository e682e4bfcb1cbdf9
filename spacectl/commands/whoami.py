"""whoami: who the token of an environment is, by the token itself and by the server."""

from __future__ import annotations

from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import click

from spacectl import config, jwt, logins
from spacectl.commands.environment_option import chosen_environment
from spacectl.commands.options import CallCommand, call_options
from spacectl.errors import CallError, ConfigError

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.config import Environment

INVALID_ARGUMENT, PERMISSION_DENIED = 3, 7


@click.command(cls=CallCommand)
@chosen_environment
@click.option("--offline", is_flag=True, help="Read the token without asking a server.")
@click.option("-o", "--output", type=click.Choice(["table", "yaml", "json"]), default="table", show_default=True)
@call_options
@click.pass_obj
def whoami(app: App, /, *, offline: bool, output: str) -> None:
    """Show who calls: the user or app, the domain, the role, the workspace, and until when.

    The server confirms it; a token that it does not take is a failure.
    """
    environment = app.connections.environment()
    credential = app.connections.credential(environment)
    if not credential.token and not environment.is_sandbox:
        where = f"environment {environment.name!r} has" if environment.name else "there is"
        raise ConfigError(
            f"{where} no token", "`spacectl login` makes one", "`spacectl config set api_key -` reads one"
        )
    found = jwt.claims(credential.token)
    if found is None and offline:
        raise ConfigError(f"{credential.origin}: this is no JSON Web Token: only the server knows whose it is")
    who = _of_token(found or {})
    login = _login_of(app, environment, credential.token)
    if login is not None and login.domain and login.domain_id == who.get("domain_id"):
        who["domain"] = login.domain
    if not offline:
        who |= _of_server(app, who, credential.token)
    who["environment"] = environment.name
    who["credential"] = credential.origin
    end = jwt.moment(jwt.claims(login.refresh_token) or {}, "exp") if login is not None else None
    if end is not None:
        who["renewable_until"] = jwt.utc(end)
    shown = {key: who[key] for key in _ORDER if who.get(key) not in (None, "")}
    if output != "table":
        app.printer(output).document(shown)
        return
    if "expires_in" in shown:
        shown["expires_in"] = jwt.span(shown["expires_in"]) if shown["expires_in"] > 0 else "expired"
    app.printer(output).grid(["Name", "Value"], [(key, _text(value)) for key, value in shown.items()])


_ORDER = (
    *("user", "app", "name", "email", "owner", "domain", "domain_id", "role", "role_id", "workspace", "workspace_id"),
    *("issued_at", "expires_at", "expires_in", "renewable_until", "environment", "credential", "confirmed"),
)


def _of_token(found: dict[str, Any]) -> dict[str, Any]:
    """What the claims of a token say."""
    owner = str(found.get("own", ""))
    who: dict[str, Any] = {"owner": owner, "app" if owner == "APP" else "user": found.get("aud")}
    who |= {"domain_id": found.get("did"), "role": found.get("rol"), "workspace_id": found.get("wid")}
    for key, claim in (("issued_at", "iat"), ("expires_at", "exp")):
        moment = jwt.moment(found, claim)
        if moment is not None:
            who[key] = jwt.utc(moment)
    end = jwt.moment(found, "exp")
    if end is not None:
        who["expires_in"] = int(end - time())
    return who


def _of_server(app: App, who: dict[str, Any], token: str) -> dict[str, Any]:
    """What the server says of the owner of the token. Raises CallError where it does not take the token."""
    more: dict[str, Any] = {"confirmed": True}
    try:
        profile = app.connections.ask("identity.UserProfile", "get", {})
    except ConfigError as error:
        hint = "`spacectl whoami --offline` reads the token alone"
        raise ConfigError(error.message, *error.hints, hint) from None
    except CallError as error:
        # apps and the system have no profile; that they are told so shows that the token was taken
        if who.get("owner") not in ("USER", "") and error.code in (INVALID_ARGUMENT, PERMISSION_DENIED):
            return more
        raise
    named = (("user", "user_id"), ("name", "name"), ("email", "email"), ("domain_id", "domain_id"))
    more |= {key: profile[field] for key, field in named if profile.get(field)}
    if not who.get("role") or who["role"] == profile.get("role_type"):
        # that of the token is another where it counts in a workspace
        more |= {"role": profile.get("role_type"), "role_id": profile.get("role_id")}
    if who.get("workspace_id"):
        from spacectl.sign_in import workspaces_of

        names = {row.workspace_id: row.name for row in workspaces_of(app.connections.ask, token)}
        more["workspace"] = names.get(who["workspace_id"])
    return more


def _login_of(app: App, environment: Environment, token: str) -> logins.Login | None:
    base: Path = config.directory(app.environ)
    if environment.name is None or environment.is_sandbox:
        return None
    login = logins.read(base, environment.name)
    return login if login is not None and login.fingerprint == logins.fingerprint(token) else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
