"""validate: is this input what the server wants?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spacectl import offered
from spacectl.commands.options import CallCommand, call_options, input_options
from spacectl.commands.road import call, check

if TYPE_CHECKING:
    from spacectl.app import App


@click.command("validate", cls=CallCommand)
@click.argument("verb")
@click.argument("resource")
@input_options
@call_options
@click.pass_obj
def validate(app: App, /, *, verb: str, resource: str, **given: Any) -> None:
    """Check the input for a VERB of a RESOURCE without sending it.

    \b
    spacectl validate register repository.Plugin -f plugin.yml
    spacectl validate create identity.Project -f projects/ --strict --error-format json
    """
    asked = call(app, verb, resource, "yaml", given)
    count = len(check(app, asked))
    name = ", ".join(given["files"]) or "the request"
    documents = f" ({count} documents)" if count > 1 else ""
    known = offered.packs(app, asked.resource.service)
    note = "" if known else "; which fields are required is not known here (--protoset FILE)"
    app.stdout.write(f"{name}: valid for {verb} {resource}{documents}{note}\n")
