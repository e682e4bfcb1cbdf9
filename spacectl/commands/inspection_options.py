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
        _option("-V", "--verbose", is_flag=True, text="Metadata, sizes and timings of each call, on standard error."),
        _option(
            "--print-grpcurl", is_flag=True, text="Print the line of grpcurl that does the same, and send nothing."
        ),
        _option("--emit-defaults", is_flag=True, text="Show fields that are not set, too."),
        _option("--show-unknown", is_flag=True, text="Show fields that the descriptors do not have, as [number]."),
        _option("--csv-safe", is_flag=True, text="-o csv: no cell that a spreadsheet would run as a formula."),
        _option("--proto", "protos", metavar="FILE", multiple=True, text="Describe the server by a .proto file."),
        _option(
            "-I", "--proto-path", "includes", metavar="DIR", multiple=True, text="Where --proto finds its imports."
        ),
    ]
