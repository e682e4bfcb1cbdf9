"""login and logout: Cloudforet's sign-in, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from spacectl import config, environments, jwt, logins, sign_in
from spacectl.commands.environment_option import changeable, chosen_environment, environment_option
from spacectl.commands.input_text import read_input
from spacectl.commands.options import CallCommand, call_options
from spacectl.errors import CallError, UsageError
from spacectl.logins import Login

if TYPE_CHECKING:
    from spacectl.app import App

MAX_LIFETIME = 604_800


class Given(NamedTuple):
    """The options of a login, as they were typed."""

    domain: str | None
    user: str | None
    workspace: str | None
    scope: str | None
    auth_type: str | None
    credentials: str | None
    password_stdin: bool
    verify_code: str | None
    lifetime: int | None


@click.command(cls=CallCommand)
@chosen_environment
@click.option("--domain", metavar="NAME", help="Domain, by name or ID.")
@click.option("--user", metavar="ID", help="User, as in me@example.com.")
@click.option("--workspace", metavar="NAME", help="Workspace, by name or ID.")
@click.option("--scope", type=click.Choice(["domain", "workspace", "user", "system"]), help="Scope of the token.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--verify-code", metavar="CODE", help="Second-factor code sent by the server.")
@click.option("--auth-type", type=click.Choice(["local", "external"]), help="Who checks the password.")
@click.option("--credentials", metavar="FILE", help="All credentials as YAML or JSON; - reads standard input.")
@click.option(
    "--lifetime",
    type=click.IntRange(1, MAX_LIFETIME),
    metavar="SECONDS",
    help="Lifetime of access tokens, which are renewed after it.",
)
@call_options
@click.pass_obj
def login(app: App, /, **given: Any) -> None:
    """Sign in to the platform and store the tokens.

    The access token becomes the `token` of the environment. It is renewed automatically until the refresh token, which
    is kept in a separate file, expires. You are asked for the password in a terminal; --password-stdin reads it.

    \b
    spacectl login --domain acme --user me@example.com
    pass show acme | spacectl login --domain acme --user me@example.com --password-stdin
    """
    wanted = Given(**given)
    if wanted.password_stdin and wanted.credentials is not None:
        raise UsageError("--password-stdin and --credentials do not go together", "the credentials have the password")
    base, name = changeable(app, None)
    before = _login_before(base, name)
    domain_name = _asked(app, "Domain", wanted.domain, before.domain or before.domain_id, "--domain NAME")
    domain = _find_domain(app, domain_name)
    auth_type = _auth_type(app, domain, wanted)
    user, credentials = _credentials(app, wanted, before, auth_type)
    tokens = _issue(app, domain, auth_type, credentials, wanted=wanted, user=user)
    found = jwt.claims(tokens.access) or {}
    fresh = Login(
        tokens.refresh,
        "",
        domain.name,
        domain.domain_id,
        user or str(found.get("aud", "")),
        lifetime=str(wanted.lifetime or ""),
    )
    fresh, workspace = _scoped(app, tokens, fresh, wanted, name)
    token = _grant(app, fresh, wanted)
    logins.keep(base, name, token[0], token[1])
    click.echo(_summary(token[0], token[1], workspace, name), app.stdout)
    for variable, _ in config.CREDENTIAL_VARIABLES:
        if app.environ.get(variable):
            app.warn(f"{variable} is set, and goes before the token of this login")


@click.command()
@environment_option
@click.pass_obj
def logout(app: App, environment: str | None) -> None:
    """Remove the tokens of `spacectl login`; other tokens stay."""
    base, name = changeable(app, environment)
    done = logins.remove(base, name)
    click.echo(f"Logged out of '{name}'." if done else f"'{name}' is not logged in.", app.stdout)


def _login_before(base: Path, name: str) -> Login:
    """The last login, whose domain and user are proposed anew."""
    try:
        found = logins.read(base, name)
    except UsageError:
        raise
    except Exception:  # a file that is broken is replaced
        found = None
    if found is not None:
        return found
    settings = environments.read(base, name)
    return Login("", "", domain_id=str(settings.get("x_domain_id") or ""))


def _asked(app: App, what: str, given: str | None, before: str, option: str) -> str:
    """An answer: the option, or what a person types, or what it was the last time."""
    if given:
        return given
    if app.interactive:
        return str(click.prompt(what, default=before or None, err=True)).strip()
    if before:
        return before
    raise UsageError(f"which {what.lower()}? There is no terminal to ask at", f"name it: {option}")


def _find_domain(app: App, name: str) -> sign_in.Domain:
    try:
        return sign_in.find_domain(app.connections.ask, name)
    except CallError as error:
        if error.code != sign_in.NOT_FOUND:
            raise
        hint = "the name of a domain is the first word of its console's address"
        raise CallError(f"login to domain {name!r}", error.code, error.details, hint) from None


def _auth_type(app: App, domain: sign_in.Domain, wanted: Given) -> str:
    """LOCAL, or EXTERNAL where the domain has it and it is wanted."""
    if wanted.auth_type == "external" and not domain.external:
        raise UsageError(f"domain {domain.name!r} has no external sign-in", "--auth-type local")
    if wanted.auth_type is not None:
        return wanted.auth_type.upper()
    if domain.external and domain.name and app.interactive and wanted.credentials is None:
        choice = click.Choice(["local", "external"])
        return str(click.prompt("Sign in with", type=choice, default="local", err=True)).upper()
    return "LOCAL"


def _credentials(app: App, wanted: Given, before: Login, auth_type: str) -> tuple[str, Mapping[str, Any]]:
    """The user, "" where only the credentials know, and the credentials. Raises UsageError."""
    if wanted.credentials is not None:
        from spacectl.yaml_io import load_mapping

        text, source = read_input(app, wanted.credentials)
        found = load_mapping(text, source, UsageError)
        if not found:
            raise UsageError(f"{source}: no credentials", "as in `user_id: me@example.com` and `password: …`")
        return str(found.get("user_id") or wanted.user or ""), found
    user = _asked(app, "User", wanted.user, before.user_id, "--user ID")
    return user, {"user_id": user, "password": _password(app, wanted, f"Password of {user}")}


def _password(app: App, wanted: Given, what: str) -> str:
    if wanted.password_stdin:
        password = read_input(app, "-")[0].rstrip("\r\n")
        if "\n" in password:
            raise UsageError("standard input has more than one line: the password alone is due")
    elif app.interactive and app.stderr.isatty():
        password = str(click.prompt(what, hide_input=True, err=True))
    else:
        hint = "`… | spacectl login --password-stdin` reads it from standard input"
        raise UsageError("no password, and no terminal to ask for it at", hint)
    if not password:
        raise UsageError("the password is empty")
    return password


def _issue(
    app: App, domain: sign_in.Domain, auth_type: str, credentials: Mapping[str, Any], *, wanted: Given, user: str
) -> sign_in.Tokens:
    what = f"login of {user}" if user else "login"
    code = wanted.verify_code or ""
    for _ in range(2):
        try:
            lifetime = str(wanted.lifetime or "")
            return sign_in.issue(
                app.connections.ask, domain.domain_id, auth_type, credentials, verify_code=code, lifetime=lifetime
            )
        except CallError as error:
            if not sign_in.wants_second_factor(error):
                raise CallError(what, error.code, error.details, *_ways_on(error, domain, auth_type)) from None
            if code or not app.interactive:
                hint = "type the code that the server has sent: the same line with --verify-code CODE"
                raise CallError(what, error.code, error.details, hint) from None
            code = str(click.prompt("Verification code", err=True)).strip()
    raise UsageError("the server asks for a second factor again and again")


def _ways_on(error: CallError, domain: sign_in.Domain, auth_type: str) -> Sequence[str]:
    if error.code not in (sign_in.UNAUTHENTICATED, sign_in.NOT_FOUND):
        return error.hints
    hints = ["are the domain, the user and the password right?"]
    if domain.external and auth_type == "LOCAL":
        hints.append("this domain has an external sign-in, too: --auth-type external")
    return hints


def _scoped(
    app: App, tokens: sign_in.Tokens, fresh: Login, wanted: Given, name: str
) -> tuple[Login, sign_in.Workspace | None]:
    """The login with its scope and workspace, chosen by option or by a person. Raises UsageError, CallError."""
    if wanted.scope not in (None, "workspace"):
        if wanted.workspace is not None:
            raise UsageError(f"--scope {wanted.scope} and --workspace do not go together", "leave one of them out")
        return fresh._replace(scope=str(wanted.scope).upper()), None
    workspaces = sign_in.workspaces_of(app.connections.ask, tokens.access)
    is_admin = False
    if wanted.workspace is not None:
        chosen: sign_in.Workspace | None = sign_in.workspace_named(workspaces, wanted.workspace)
    else:
        profile = app.connections.ask("identity.UserProfile", "get", {}, tokens.access)
        is_admin = profile.get("role_type") == "DOMAIN_ADMIN" and wanted.scope is None
        chosen = _choose(app, workspaces, is_admin, name)
    if chosen is None:
        return fresh._replace(scope="DOMAIN" if is_admin else "USER"), None
    return fresh._replace(scope="WORKSPACE", workspace_id=chosen.workspace_id), chosen


def _choose(app: App, workspaces: Sequence[sign_in.Workspace], is_admin: bool, name: str) -> sign_in.Workspace | None:
    """The workspace to work in; None for the whole domain, or where there is none."""
    if not workspaces or (is_admin and not app.interactive):
        return None
    if len(workspaces) == 1 and not is_admin:
        return workspaces[0]
    if not app.interactive:
        raise UsageError(
            f"which workspace? There are {len(workspaces)}",
            f"`spacectl login -e {name} --workspace NAME`",
            sign_in.listed(workspaces),
        )
    if is_admin:
        click.echo("  0  the whole domain", app.stderr)
    for number, row in enumerate(workspaces, 1):
        click.echo(f"{number:>3}  {row.name}  {row.workspace_id}", app.stderr)
    least = 0 if is_admin else 1
    number = int(click.prompt("Workspace", type=click.IntRange(least, len(workspaces)), default=least, err=True))
    return workspaces[number - 1] if number else None


def _grant(app: App, fresh: Login, wanted: Given) -> tuple[str, Login]:
    """The access token, and the login that it came of: the root domain has no domain scope, but that of the system."""
    try:
        return sign_in.grant(app.connections.ask, fresh), fresh
    except CallError as error:
        hints = error.hints
        if error.code == sign_in.PERMISSION_DENIED and fresh.scope == "DOMAIN" and wanted.scope is None:
            system = fresh._replace(scope="SYSTEM")
            try:
                return sign_in.grant(app.connections.ask, system), system
            except CallError:
                hints = ("`spacectl login --workspace NAME` or --scope user may be allowed",)
        elif "ERROR_UPDATE_PASSWORD_REQUIRED" in error.details:
            hints = ("choose a new password in the console first",)
        raise CallError(f"login of {fresh.user_id}", error.code, error.details, *hints) from None


def _summary(token: str, login: Login, workspace: sign_in.Workspace | None, name: str) -> str:
    where = login.domain or login.domain_id
    found = jwt.claims(token) or {}
    role = found.get("rol")
    place = f"workspace {workspace.name!r}" if workspace is not None else f"scope {login.scope.lower()}"
    end = jwt.moment(jwt.claims(login.refresh_token) or {}, "exp")
    until = f", until {jwt.utc(end)}" if end is not None else ""
    as_role = f" as {role}" if role else ""
    return f"'{name}': {login.user_id} is logged in to domain '{where}', {place}{as_role}{until}."
