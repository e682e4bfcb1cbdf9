"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from spacectl.terminal import CHOICES as COLOR_CHOICES

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = ("table", "yaml", "json", "csv", "quiet", "jsonl")


def call_options(command: Command) -> Command:
    """The options of every command that calls a server; they are kept in the App."""
    for option in reversed(
        (
            click.option("--environment", metavar="NAME", help="The environment of this call.", **_KEPT),
            click.option("--endpoint", metavar="URL", help="Call this endpoint: grpc://HOST:PORT.", **_KEPT),
            click.option(
                "--timeout",
                metavar="SECONDS",
                type=float,
                help="Wait so long for an answer (180; 0: for ever).",
                **_KEPT,
            ),
            click.option(
                "--max-message-size",
                metavar="MIB",
                type=click.IntRange(1, 2047),
                help="The largest answer (256).",
                **_KEPT,
            ),
            click.option(
                "--protoset",
                "protosets",
                metavar="FILE",
                multiple=True,
                help="A descriptor set: docs, or the API itself where a server has no reflection.",
                expose_value=False,
                callback=_keep_all,
            ),
            click.option("--refresh", is_flag=True, help="Ask the server anew what it offers.", **_KEPT),
            click.option(
                "--color",
                type=click.Choice(COLOR_CHOICES),
                help="Colours: on terminals (auto), always or never.",
                expose_value=False,
            ),
            click.option(
                "--error-format",
                type=click.Choice(("text", "json")),
                help="How errors are printed.",
                expose_value=False,
            ),
        )
    ):
        command = option(command)
    return command


def input_options(command: Command) -> Command:
    """What the request is made of: -p, -j, -f, `key=value` words, -v, --dry-run and --strict."""
    for option in reversed(
        (
            click.option(
                "-p",
                "--parameter",
                "parameters",
                multiple=True,
                metavar="KEY=VALUE",
                help="A field of the request; KEY:=JSON, KEY=@FILE, a.b=VALUE.",
            ),
            click.option("-j", "--json-parameter", "json", multiple=True, metavar="JSON", help="The request as JSON."),
            click.option(
                "-f",
                "--file-parameter",
                "files",
                multiple=True,
                metavar="FILE",
                help="The request as a YAML or JSON file; - reads standard input.",
            ),
            click.option("--dry-run", is_flag=True, help="Check, print the request that would be sent, send nothing."),
            click.option("--strict", is_flag=True, help="Take warnings about the input for errors."),
            click.argument("words", nargs=-1, metavar="[KEY=VALUE]..."),
            click.option("-v", "--api-version", metavar="VERSION", help="The API's version, as in v1 (the newest)."),
        )
    ):
        command = option(command)
    return command


def output_option(default: str, *more: str) -> Callable[[Command], Command]:
    """-o with a default; `more` are formats that not every command has."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice((*FORMATS, *more)),
        default=default,
        show_default=True,
        help="How the answer is printed.",
    )


def answer_options(default: str) -> Callable[[Command], Command]:
    """-o with a default, and --table-style."""
    style = click.option("--table-style", metavar="STYLE", help="github, html, grid …: tabulate's styles of tables.")
    return lambda command: output_option(default, "name")(style(command))


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    # the same option after the command beats the one before it
    if value is not None and value is not False and parameter.name:
        setattr(context.obj.options, parameter.name, value)


def _keep_all(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    # what is given before the command and after it adds up
    if parameter.name:
        setattr(context.obj.options, parameter.name, (*getattr(context.obj.options, parameter.name), *value))


_KEPT: dict[str, Any] = {"expose_value": False, "callback": _keep}
