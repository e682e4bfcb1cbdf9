"""The options for looking closely at servers and answers, made only where one of them is typed, or help is."""

from __future__ import annotations

from typing import Any

import click

TITLE = "Inspection"


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    # what is given before the command and after it adds up, where it is a list
    if value and parameter.name:
        kept = context.obj.options.inspection
        kept[parameter.name] = (*kept.get(parameter.name, ()), *value) if isinstance(value, tuple) else value


def _option(*names: str, text: str, **more: Any) -> click.Option:
    return click.Option(names, help=text, expose_value=False, callback=_keep, **more)


def inspection_options() -> list[click.Option]:
    """The options of inspection, in the order of the help."""
    return [
        _option(
            "-V", "--verbose", is_flag=True, text="Print metadata, sizes and timings of each call on standard error."
        ),
        _option("--print-grpcurl", is_flag=True, text="Print the equivalent grpcurl command, without calling."),
        _option("--emit-defaults", is_flag=True, text="Show unset fields too."),
        _option("--show-unknown", is_flag=True, text="Show fields missing from the descriptors, as [number]."),
        _option("--csv-safe", is_flag=True, text="With -o csv: defuse cells that a spreadsheet would evaluate."),
        _option("--proto", "protos", metavar="FILE", multiple=True, text="Describe the server with a .proto file."),
        _option("-I", "--proto-path", "includes", metavar="DIR", multiple=True, text="Directory of --proto's imports."),
    ]
