"""`spacectl config`: environments, their settings and their endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spacectl import config as configuration
from spacectl import discovery, environments, logins, yaml_io
from spacectl.commands.config_connection import is_set, path_of, value_of
from spacectl.commands.config_endpoint import endpoint
from spacectl.commands.discover import lay_into, listed_at
from spacectl.commands.environment_option import changeable, environment_option
from spacectl.commands.input_text import read_input
from spacectl.commands.options import CallCommand
from spacectl.discovery import INTERNAL, KEPT, PUBLIC
from spacectl.endpoint import parse as parse_endpoint
from spacectl.errors import ConfigError, InputError, Problem, SpacectlError, UsageError
from spacectl.masking import MASK, masked_settings
from spacectl.nearest import did_you_mean

if TYPE_CHECKING:
    from spacectl.app import App

HEADER_KEYS = ("api_key", "token", *configuration.METADATA_KEYS)


@click.group()
def config() -> None:
    """Manage environments, their settings and their endpoints."""


config.add_command(endpoint)


@config.command(cls=CallCommand)
@click.option("-e", "--environment", "name", metavar="NAME", help="Environment.  [default: default]")
@click.option(
    "-f", "--import-file", "file", metavar="FILE", help="YAML file with the settings; - reads standard input."
)
@click.option("--from-endpoint", "url", metavar="URL", help="Discover all endpoints from this identity service.")
@click.option("--internal", is_flag=True, help="With --from-endpoint: use addresses inside the cluster.")
@click.pass_obj
def init(app: App, name: str | None, file: str | None, url: str | None, internal: bool) -> None:
    """Create an environment and switch to it.

    An existing environment keeps its settings unless a file replaces them.

    \b
    spacectl config init -e acme --from-endpoint grpc+ssl://identity.example.com:443
    """
    if internal and url is None:
        raise UsageError("--internal is about --from-endpoint URL")
    name = name or app.environment_name
    if not name:
        name = app.environ.get("SPACECTL_ENVIRONMENT") or "default"
        # A prompt would take the answer from a settings file that comes by stdin.
        if app.interactive and file != "-":
            name = str(click.prompt("Environment", default=name))
    base = configuration.directory(app.environ)
    embedded = configuration.is_embedded(base, name)
    exists = environments.file_of(base, name).exists()
    if url is not None and embedded:
        raise UsageError(f"{name!r} is the embedded environment: it takes no settings", "choose another name: -e NAME")
    # asked before anything is written
    listing = None if url is None else listed_at(app, url, INTERNAL if internal else PUBLIC)
    if file is not None:
        if embedded:
            raise UsageError(
                f"{name!r} is the embedded environment: it takes no settings", "choose another name: -e NAME"
            )
        text, source = read_input(app, file)
        check_settings(text, source)
        environments.write(base, name, text)
    elif not exists and not embedded:
        environments.write(base, name, "{}\n")
    environments.switch(base, name)
    found = [] if listing is None else lay_into(app, base, name, listing)
    if embedded or (exists and file is None):
        click.echo(f"Switched to '{name}' environment.", app.stdout)
    else:
        click.echo(f"'{name}' environment has been {'replaced' if exists else 'created'}.", app.stdout)
    ruling = app.environ.get("SPACECTL_ENVIRONMENT")
    if ruling and ruling != name and app.stderr.isatty():
        app.warn(f"SPACECTL_ENVIRONMENT={ruling} goes over that: unset it, or use --environment {name}")
    for change in found:
        kept = f" (the server has {change.new})" if change.change == KEPT else ""
        click.echo(f"  {change.service}: {change.old if kept else change.new or change.change}{kept}", app.stdout)


@config.command("set")
@click.argument("key")
@click.argument("value")
@environment_option
@click.pass_obj
def set_setting(app: App, key: str, value: str, environment: str | None) -> None:
    """Set one setting.

    A VALUE of - is read from stdin, so that a secret stays out of the shell's history; "" sends no header.
    connection.cacert, connections.SERVICE.cert, headers.NAME and the like are settings of the connection.
    """
    if not key or not key.isprintable():
        raise UsageError(f"{key!r} cannot be the name of a setting", "as in `spacectl config set api_key -`")
    if key == "endpoints" or key.startswith("endpoints."):
        service = key.partition(".")[2] or "SERVICE"
        raise UsageError(
            "endpoints have their own command", f"`spacectl config endpoint add {service} grpc://HOST:PORT`"
        )
    path = path_of(key)
    base, name = changeable(app, environment)
    if value == "-":
        value = _from_stdin(app, key)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{key}: the value is not UTF-8") from None
    if key in HEADER_KEYS:
        try:
            configuration.header_text(value)
        except ConfigError as error:
            raise UsageError(f"{key}: {error.message}") from None
    if len(path) > 1:
        value = value_of(key, path, value, base)
    environments.change(base, name, path, value)


@config.command("remove")
@click.argument("key")
@environment_option
@click.pass_obj
def remove_setting(app: App, key: str, environment: str | None) -> None:
    """Remove one setting."""
    base, name = changeable(app, environment)
    settings = environments.read(base, name)
    path = [key] if key in settings else path_of(key)
    if not is_set(settings, path):
        message = f"environment {name!r} has no setting {key!r}{did_you_mean(key, settings)}"
        raise UsageError(message, "`spacectl config show` shows them")
    environments.change(base, name, path, None)


@config.command("show")
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.option("--show-secrets", is_flag=True, help="Show tokens and keys unmasked.")
@environment_option
@click.pass_obj
def show_settings(app: App, output: str, show_secrets: bool, environment: str | None) -> None:
    """Print the settings that calls use.

    Those of variables are laid over those of the environment. Secrets are masked.
    """
    settings = configuration.load(app.environ, environment or app.environment_name).settings
    app.printer(output).document(dict(settings) if show_secrets else masked_settings(settings))


@config.command("environment")
@click.option("-s", "--switch", metavar="NAME", help="Switch to the environment.")
@click.option("-r", "--remove", metavar="NAME", help="Remove the environment.")
@click.pass_obj
def manage_environments(app: App, switch: str | None, remove: str | None) -> None:
    """List, switch or remove environments."""
    if switch is not None and remove is not None:
        raise UsageError("-s and -r do not go together", "switch first, then remove")
    base = configuration.directory(app.environ)
    if switch is not None:
        if not configuration.is_embedded(base, switch):
            configuration.require(base, switch)
        environments.switch(base, switch)
        click.echo(f"Switched to '{switch}' environment.", app.stdout)
    elif remove is not None:
        _remove_environment(app, base, remove)
    else:
        current = configuration.choose(app.environ, app.environment_name)
        known = environments.names(base)
        for name in known if configuration.SANDBOX in known else [*known, configuration.SANDBOX]:
            click.echo(f"{name} (current)" if name == current else name, app.stdout)


def _remove_environment(app: App, base: Path, name: str) -> None:
    if configuration.is_embedded(base, name):
        raise UsageError(f"{name!r} is built in: it cannot be removed", "`spacectl sandbox reset` empties it")
    configuration.require(base, name)
    before = environments.current(base)
    logins.forget(base, name)
    discovery.forget(base, name)
    after = environments.remove(base, name)
    click.echo(f"'{name}' environment has been removed.", app.stdout)
    if after != before and after is not None:
        click.echo(f"Switched to '{after}' environment.", app.stdout)


def check_settings(text: str, source: str) -> None:
    """Raises UsageError unless a text can be the settings of an environment: all problems at once."""
    settings = yaml_io.load_mapping(text, source, UsageError)
    failed: list[tuple[str, SpacectlError]] = []
    for key in HEADER_KEYS:
        try:
            if configuration.header_text(settings.get(key)).startswith(MASK):
                failed.append((key, ConfigError("the value is masked", "`spacectl config show --show-secrets`")))
        except ConfigError as error:
            failed.append((key, error))
    endpoints = {}
    try:
        endpoints = configuration.endpoints_of(settings)
    except ConfigError as error:
        failed.append(("", error))
    for service, url in endpoints.items():
        try:
            parse_endpoint(url)
        except UsageError as error:
            failed.append((f"endpoints.{service}", error))
    if failed:
        problems = [Problem(source, path, error.message) for path, error in failed]
        raise InputError(problems, *dict.fromkeys(hint for _, error in failed for hint in error.hints))


def _from_stdin(app: App, key: str) -> str:
    if app.interactive:
        return str(click.prompt(key, hide_input=True))
    return read_input(app, "-")[0].rstrip("\r\n")
