"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, TypeVar

import click

from spacectl.terminal import CHOICES as COLOR_CHOICES

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = ("table", "yaml", "json", "csv", "quiet", "jsonl")
# The sections of a help, in their order, by the long words of their options; what is in none comes first.
OWN = "Options"
SECTIONS = {
    "Request": (
        "--parameter",
        "--json-parameter",
        "--file-parameter",
        "--recursive",
        "--dry-run",
        "--strict",
        "--api-version",
    ),
    "Rows": (
        *("--minimal", "--all", "--columns", "--template-file", "--limit", "--all-pages", "--page-size", "--sort"),
        *("--watch", "--interval"),
    ),
    "Output": ("--output", "--table-style", "--color", "--error-format"),
    "Many requests": (
        *("--from", "--parallel", "--continue-on-error", "--journal", "--resume", "--retry-failed", "--retry-unknown"),
        "--shard",
    ),
    "Call": ("--environment", "--endpoint", "--token-file", "--timeout", "--protoset", "--refresh", "--help"),
}


class CallCommand(click.Command):
    """A command that calls a server.

    The options of the connection and of inspection are rare and many: they are made where one of them may be meant, or
    help is.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments, with the rare options where they need them."""
        if not any(self._may_be_rare(argument) for argument in args):
            ctx.meta[_key(ctx)] = []
        return super().parse_args(ctx, args if isinstance(self, click.Group) else self._spelled_out(ctx, args))

    def _spelled_out(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments with `--parameter` for `-p`: for each short option click looks for a long one that is near."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        full = {name: max(option.opts, key=len) for option in options for name in option.opts if len(name) == 2}
        with_value = {name for option in options if not option.is_flag and not option.count for name in option.opts}
        spelled = []
        rest = iter(args)
        for argument in rest:
            value = list(islice(rest, 1)) if argument in with_value else []
            # one without its value is to be named as it was typed
            spelled += [
                full[argument] if argument in full and (value or argument not in with_value) else argument,
                *value,
            ]
            if argument == "--":
                spelled += rest
        return spelled

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """All options, of which the rare ones may be left out while a command line is parsed."""
        key = _key(ctx)
        if key not in ctx.meta:
            from spacectl.commands.connection_options import connection_options
            from spacectl.commands.inspection_options import inspection_options

            ctx.meta[key] = [*connection_options(), *inspection_options()]
        return [*super().get_params(ctx), *ctx.meta[key]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of the command, then the rare ones: by name, and in full in the help of the whole."""
        from spacectl.commands import connection_options, inspection_options

        ctx.meta[_key(ctx)] = []
        for title, records in _by_section(self.get_params(ctx), ctx).items():
            with formatter.section(title):
                formatter.write_dl(records)
        for title, options in (
            (connection_options.TITLE, connection_options.connection_options()),
            (inspection_options.TITLE, inspection_options.inspection_options()),
        ):
            with formatter.section(title):
                if ctx.parent is None:
                    formatter.write_dl([record for one in options if (record := one.get_help_record(ctx))])
                else:
                    names = ", ".join(max(one.opts, key=len) for one in options)
                    formatter.write_text(f"{names}: `spacectl --help` says more.")

    def _may_be_rare(self, argument: str) -> bool:
        name = argument.partition("=")[0]
        if name[:2] == "--":
            return name not in ("--", "--help") and not any(name in one.opts for one in self.params)
        return name[:1] == "-" and any(letter in argument for letter in "HIV")


def _by_section(options: Sequence[click.Parameter], ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
    """The lines of the help for each section that has any; a command's own options are in none of the shared ones."""
    if not any("--file-parameter" in option.opts for option in options):
        # of a few options one list is easier to read
        return {OWN: [record for option in options if (record := _help_of(option, ctx))]}
    names = {name: title for title, names in SECTIONS.items() for name in names}
    found: dict[str, list[tuple[str, str]]] = {title: [] for title in (OWN, *SECTIONS)}
    for option in options:
        record = _help_of(option, ctx)
        if record is not None:
            found[next((names[name] for name in option.opts if name in names), OWN)].append(record)
    return {title: records for title, records in found.items() if records}


def _help_of(option: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
    return option.get_help_record(ctx) if isinstance(option, click.Option) else None


def _key(ctx: click.Context) -> str:
    # not by its path: that asks for the parameters
    return f"spacectl.connection_options.{'' if ctx.parent is None else ctx.info_name}"


def call_options(command: Command) -> Command:
    """The options of every command that calls a server; they are kept in the App."""
    for option in reversed(
        (
            click.option("--environment", metavar="NAME", help="Environment to use for this call.", **_KEPT),
            click.option("--endpoint", metavar="URL", help="Endpoint to call: grpc://HOST:PORT.", **_KEPT),
            click.option("--token-file", metavar="FILE", help="Read the token from this file.", **_KEPT),
            click.option(
                "--timeout",
                metavar="SECONDS",
                type=float,
                help="Timeout for a response (180; 0 waits forever).",
                **_KEPT,
            ),
            click.option(
                "--protoset",
                "protosets",
                metavar="FILE",
                multiple=True,
                help="Descriptor set: adds docs, or replaces reflection.",
                expose_value=False,
                callback=_keep_all,
            ),
            click.option("--refresh", is_flag=True, help="Ignore cached API descriptions.", **_KEPT),
            click.option(
                "--color",
                type=click.Choice(COLOR_CHOICES),
                help="When to use colours (auto: in terminals).",
                expose_value=False,
            ),
            click.option(
                "--error-format",
                type=click.Choice(("text", "json")),
                help="Format of errors.",
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
            click.option("-R", "--recursive", is_flag=True, help="With -f DIR: include subdirectories."),
            click.option("--dry-run", is_flag=True, help="Print the request that would be sent, without sending it."),
            click.option("--strict", is_flag=True, help="Treat warnings about the input as errors."),
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
        type=click.Choice((*FORMATS, *more), case_sensitive=False),
        default=default,
        show_default=True,
        help="Output format.",
    )


def answer_options(default: str) -> Callable[[Command], Command]:
    """-o with a default, and --table-style."""
    style = click.option("--table-style", metavar="STYLE", help="Table style of tabulate: github, html, grid …")
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
