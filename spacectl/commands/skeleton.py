"""skeleton: a request as a file to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spacectl import offered
from spacectl.commands.options import CallCommand, call_options
from spacectl.resource_type import parse, parse_bare

if TYPE_CHECKING:
    from spacectl.app import App


@click.command("skeleton", cls=CallCommand)
@click.argument("verb")
@click.argument("resource")
@click.option("--all", "every", is_flag=True, help="Include optional fields uncommented.")
@click.option("-v", "--api-version", "version", metavar="VERSION", help="The API's version, as in v1 (the newest).")
@call_options
@click.pass_obj
def skeleton(app: App, /, *, verb: str, resource: str, every: bool, version: str | None) -> None:
    """Print a YAML template for the request of a VERB of a RESOURCE.

    \b
    spacectl skeleton register repository.Plugin > plugin.yml
    """
    from spacectl.explain.skeleton import skeleton as text_of

    resource_type = parse(resource) if app.options.endpoint is None else parse_bare(resource)
    api = offered.api(app, resource_type.service, f"skeleton {verb} {resource_type}")
    method = api.method(resource_type, verb, version)
    app.stdout.write(text_of(f"{method.verb.name} {resource_type}", method, every=every))
