"""`spacectl config endpoint`: where the services of an environment are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from spacectl import config, discovery, environments
from spacectl.commands.discover import lay_into, listed_by
from spacectl.commands.environment_option import changeable, chosen_environment, environment_option
from spacectl.commands.options import CallCommand, call_options
from spacectl.endpoint import parse
from spacectl.errors import UsageError
from spacectl.nearest import did_you_mean

if TYPE_CHECKING:
    from spacectl.app import App

_SERVICE = re.compile(r"[A-Za-z]\w*(?:-\w+)*", re.ASCII)


@click.group()
def endpoint() -> None:
    """Manage the endpoints of services."""


@endpoint.command()
@click.argument("service")
@click.argument("url", metavar="ENDPOINT")
@click.option("--force", is_flag=True, help="Replace the service's existing endpoint.")
@environment_option
@click.pass_obj
def add(app: App, service: str, url: str, force: bool, environment: str | None) -> None:
    """Add the endpoint of a service.

    ENDPOINT is grpc://HOST:PORT, grpc+ssl://HOST[:PORT], unix:///PATH or dns:///HOST:PORT.
    """
    if not _SERVICE.fullmatch(service):
        raise UsageError(f"{service!r} cannot be the name of a service", "as in `identity` or `cost_analysis`")
    parse(url)
    base, name = changeable(app, environment)
    known = config.endpoints_of(environments.read(base, name), f"{environments.file_of(base, name)}: ")
    key = config.matching(service, known) or service
    if known.get(key) and not force:
        raise UsageError(
            f"'{key}' service already exists: {known[key]}",
            f"`spacectl config endpoint add --force {service} {url}` replaces it",
        )
    environments.change(base, name, ["endpoints", key], url.strip())
    click.echo(f"'{key}: {url.strip()}' endpoint has been added.", app.stdout)


@endpoint.command()
@click.argument("service")
@environment_option
@click.pass_obj
def remove(app: App, service: str, environment: str | None) -> None:
    """Remove the endpoint of a service."""
    base, name = changeable(app, environment)
    known = config.endpoints_of(environments.read(base, name), f"{environments.file_of(base, name)}: ")
    key = config.matching(service, known)
    if key is None:
        message = f"environment {name!r} has no endpoint for service {service!r}{did_you_mean(service, known)}"
        raise UsageError(message, "`spacectl config endpoint show` shows them")
    environments.change(base, name, ["endpoints", key], None)
    click.echo(f"'{key}' endpoint has been removed.", app.stdout)


@endpoint.command()
@click.option("-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True)
@environment_option
@click.pass_obj
def show(app: App, output: str, environment: str | None) -> None:
    """Print the endpoints that calls use.

    Those of variables are laid over those of the environment.
    """
    endpoints = config.load(app.environ, environment or app.environment_name).endpoints
    app.printer(output).grid(["Service", "Endpoint"], list(endpoints.items()))


@endpoint.command(cls=CallCommand)
@chosen_environment
@click.option("--internal", is_flag=True, help="Addresses inside the cluster.")
@click.option("--public", is_flag=True, help="Addresses outside the cluster.")
@click.option("--dry-run", is_flag=True, help="Show what would change without changing anything.")
@click.option("--force", is_flag=True, help="Also replace your own endpoints.")
@click.option("--prune", is_flag=True, help="Also remove endpoints that the server does not list.")
@click.option("-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True)
@call_options
@click.pass_obj
def sync(app: App, /, *, internal: bool, public: bool, dry_run: bool, force: bool, prune: bool, output: str) -> None:
    """Take over what the identity service lists, and show what that changes.

    Endpoints that you have added or changed yourself stay.
    """
    if internal and public:
        raise UsageError("--internal and --public do not go together", "leave one of them out")
    base, name = changeable(app, None)
    before = discovery.remembered(base, name)
    kind = before.type if before is not None else discovery.PUBLIC
    kind = discovery.INTERNAL if internal else discovery.PUBLIC if public else kind
    found = lay_into(app, base, name, listed_by(app, kind), force=force, prune=prune, dry_run=dry_run)
    if not found and output == "table":
        click.echo(f"The endpoints of '{name}' are as the server lists them.", app.stdout)
        return
    app.printer(output).grid(["Service", "Change", "Old", "New"], [tuple(change) for change in found])
    if output == "table" and any(change.change == discovery.KEPT for change in found):
        click.echo("\n kept: your own; --force replaces them", app.stdout)
