"""doctor: everything that a call needs, looked at one by one, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spacectl import checkups, config, local_checks, logins
from spacectl.commands.environment_option import chosen_environment
from spacectl.commands.options import CallCommand, call_options
from spacectl.credentials import Credential
from spacectl.errors import CallError, SpacectlError
from spacectl.findings import FAILURE, OK, SKIPPED, Finding, worst

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.config import Environment

INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED = 3, 7, 16


class ChecksFailedError(SpacectlError):
    """At least one check has failed; the exit status is that of the worst."""

    def __init__(self, failed: int, total: int, status: int) -> None:
        super().__init__(f"{failed} of {total} checks failed")
        self.exit_status = status


@click.command(cls=CallCommand)
@chosen_environment
@click.option("-o", "--output", type=click.Choice(["table", "yaml", "json"]), default="table", show_default=True)
@call_options
@click.pass_obj
def doctor(app: App, /, *, output: str) -> None:
    """Check the configuration, every endpoint and the token, and say what to fix.

    The exit status is that of the worst problem, 0 if nothing failed.
    """
    findings = _findings(app)
    rows = [(one.state, one.check, one.subject, one.found, one.to_do) for one in findings]
    app.printer(output).grid(["State", "Check", "Subject", "Found", "To do"], rows)
    app.stdout.flush()
    if worst(findings):
        raise ChecksFailedError(sum(one.state == FAILURE for one in findings), len(findings), worst(findings))


def _findings(app: App) -> list[Finding]:
    base = config.directory(app.environ)
    found = local_checks.configuration(base)
    try:
        environment = app.connections.environment()
    except SpacectlError as error:
        return [*found, _failed("environment", "", error), local_checks.cache(app.environ)]
    found.append(Finding("environment", environment.name or "", OK, _described(app, environment)))
    try:
        credential = app.connections.credential(environment)
    except SpacectlError as error:
        found.append(_failed("token", environment.name or "", error))
        credential = Credential("", "", "")
        login = None
    else:
        login = _login(app, environment, credential.token)
        if credential.token or not environment.is_sandbox:
            found += local_checks.credential(credential, environment, login)
    try:
        endpoints = app.connections.endpoints(environment)
    except SpacectlError as error:
        return [*found, _failed("endpoint", "", error)]
    if app.options.endpoint is not None:
        endpoints = {"--endpoint": app.options.endpoint}
    endpoints = {service: url for service, url in endpoints.items() if url}
    seen, skews = checkups.examine_all(app, environment, credential.token, endpoints)
    found += seen
    if credential.token:
        found.append(_taken(app, environment, endpoints, seen))
    kept = logins.file_of(base, environment.name) if login is not None and environment.name else None
    return [*found, local_checks.clock(skews, credential.token, kept), local_checks.cache(app.environ)]


def _described(app: App, environment: Environment) -> str:
    if environment.is_sandbox:
        return "the embedded sandbox"
    count = len([url for url in environment.endpoints.values() if url])
    return f"{count} endpoints" if app.options.endpoint is None else f"--endpoint {app.options.endpoint}"


def _login(app: App, environment: Environment, token: str) -> logins.Login | None:
    if environment.name is None or environment.is_sandbox:
        return None
    try:
        found = logins.read(config.directory(app.environ), environment.name)
    except SpacectlError:
        return None
    return found if found is not None and found.fingerprint == logins.fingerprint(token) else None


def _taken(app: App, environment: Environment, endpoints: dict[str, str], seen: list[Finding]) -> Finding:
    """Whether the identity service takes the token."""
    identity = config.matching("identity", endpoints)
    reached = [one for one in seen if identity in one.subject.split(", ")]
    if identity is None or app.options.endpoint is not None or any(one.state == FAILURE for one in reached):
        return Finding("token", "identity", SKIPPED, "there is no identity service to ask")
    try:
        app.connections.ask("identity.UserProfile", "get", {})
    except CallError as error:
        if error.code in (INVALID_ARGUMENT, PERMISSION_DENIED):
            # apps and the system have no profile; that they are told so shows that the token was taken
            return Finding("token", "identity", OK, "the server takes it")
        return _failed("token", "identity", error)
    except SpacectlError as error:
        return Finding("token", "identity", SKIPPED, error.message)
    return Finding("token", "identity", OK, "the server takes it")


def _failed(check: str, subject: str, error: SpacectlError) -> Finding:
    to_do = "; ".join(error.hints) or "`spacectl config show` shows the settings"
    return Finding(check, subject, FAILURE, error.message, to_do, error.exit_status)
