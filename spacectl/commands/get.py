"""get: one resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spacectl.commands.batch_options import batch_options
from spacectl.commands.options import CallCommand, answer_options, call_options, input_options
from spacectl.commands.road import call, run

if TYPE_CHECKING:
    from spacectl.app import App


@click.command("get", cls=CallCommand)
@click.argument("resource")
@input_options
@batch_options
@answer_options("yaml")
@call_options
@click.pass_obj
def get(app: App, /, *, resource: str, output: str, **given: Any) -> None:
    """Show one RESOURCE.

    \b
    spacectl get repository.Plugin -p plugin_id=plugin-slack
    """
    run(app, call(app, "get", resource, output, given))
