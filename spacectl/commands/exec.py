"""exec: any verb of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spacectl.commands.batch_options import batch_options
from spacectl.commands.method_help import MethodCommand
from spacectl.commands.options import answer_options, call_options, input_options
from spacectl.commands.road import call, run

if TYPE_CHECKING:
    from spacectl.app import App


@click.command("exec", cls=MethodCommand)
@click.argument("verb")
@click.argument("resource")
@input_options
@batch_options
@answer_options("yaml")
@call_options
@click.pass_obj
def exec_command(app: App, /, *, verb: str, resource: str, output: str, **given: Any) -> None:
    """Call any VERB of a RESOURCE.

    \b
    spacectl exec register repository.Plugin -f plugin.yml
    spacectl exec get_version repository.ServerInfo
    """
    run(app, call(app, verb, resource, output, given))
