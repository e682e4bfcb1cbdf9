"""The command line: the table of commands, and the one place where an error becomes text and an exit status."""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # what is in `signal` beside it are enums: 1 % of a call
import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from itertools import pairwise
from typing import Any, TextIO

import click

from spacectl import __version__, terminal
from spacectl.app import App
from spacectl.commands.options import CallCommand, call_options
from spacectl.errors import FailuresError, SpacectlError, UsageError
from spacectl.standard_streams import Heedless, flush_before, standard_output

INTERRUPTED = 130
READER_GONE = 141
TYPED = "spacectl.typed"
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    # name: (module:attribute, the group in the help, one line of help)
    "exec": ("exec:exec_command", "Resources", "Call any verb of a resource"),
    "get": ("get:get", "Resources", "Show one resource"),
    "list": ("list:list_command", "Resources", "List resources"),
    "stat": ("statistics:stat", "Resources", "Compute statistics of resources"),
    "analyze": ("statistics:analyze", "Resources", "Analyze resources"),
    "api-resources": ("api_resources:api_resources", "Resources", "List resources and verbs of the services"),
    "validate": ("validate:validate", "Resources", "Check input without sending it"),
    "explain": ("explain:explain", "Resources", "Describe a service, resource, verb or field"),
    "skeleton": ("skeleton:skeleton", "Resources", "Print a request template as YAML"),
    "config": ("config:config", "Settings", "Manage environments, settings and endpoints"),
    "login": ("login:login", "Settings", "Sign in to a Cloudforet"),
    "logout": ("login:logout", "Settings", "Remove the tokens of a login"),
    "doctor": ("doctor:doctor", "Settings", "Check configuration, network and tokens"),
    "whoami": ("whoami:whoami", "Settings", "Show the user, domain, role and workspace"),
    "template": ("template:template", "Settings", "Choose the columns that list shows"),
    "cache": ("cache:cache", "Settings", "Show or clear cached API descriptions"),
    "apply": ("apply:apply", "Resources", "Run manifests"),
    "plugin": ("plugin:plugin", "Tools", "Test, create and check plugins"),
    "sandbox": ("sandbox:sandbox", "Tools", "Try things out on a built-in Cloudforet"),
    "completion": ("completion:completion", "Tools", "Print completion for bash, zsh or fish"),
    "protoset": ("protoset:protoset", "Tools", "Export a server's API as a descriptor set"),
    "version": ("version:version", "Tools", "Show the version"),
}
EXAMPLES = """\
Examples:
  spacectl list repository.Plugin -c plugin_id,name
  spacectl exec register repository.Plugin -f plugin.yml
  spacectl --environment sandbox list repository.Plugin
  spacectl --endpoint grpc://localhost:50051 exec SayHello helloworld.Greeter -p name=world

"""


class Commands(CallCommand, click.Group):
    """The root group: a command's module is imported when the command is run, and not for the help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the options before the command; what was typed is kept for the hints of an unknown one."""
        ctx.meta[TYPED] = list(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"spacectl.commands.{module}"), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the first argument names; any verb is one. Raises UsageError with the nearest one."""
        if args[:1] == ["help"]:
            # `help list` is `list --help`, `help` alone is that of the whole
            args = [*args[1:], "--help"] if len(args) > 1 else args
            if args == ["help"]:
                click.echo(ctx.get_help())
                ctx.exit()
        if args and args[0] not in COMMANDS:
            from spacectl.commands.habits import is_verb, unknown_command

            dashed = args[0].replace("_", "-").lower()
            if dashed in COMMANDS:
                args = [dashed, *args[1:]]
            elif is_verb(args) or ("--help" in args or "-h" in args):
                args = ["exec", *args]
            else:
                typed = ctx.meta[TYPED]
                raise unknown_command(args, list(COMMANDS), typed[: len(typed) - len(args)])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by groups, from the table alone."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, (_, group, summary) in COMMANDS.items():
            groups.setdefault(group, []).append((name, summary))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, then the options: what people look for first."""
        self.format_commands(ctx, formatter)
        CallCommand.format_options(self, ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command is, and examples before all else."""
        formatter.write_text("spacectl talks to platforms built from gRPC microservices, Cloudforet (SpaceONE) first.")
        formatter.write("\n" + EXAMPLES)
        super().format_usage(ctx, formatter)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
@click.version_option(__version__, prog_name="spacectl", message="%(prog)s %(version)s")
@call_options
def cli() -> None:
    pass


def run(argv: Sequence[str], *, stdin: TextIO, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> int:
    """Runs one command line; its exit status. Everything that it prints goes to `stdout` and `stderr`."""
    app = App(stdin, stdout, stderr, environ)
    app.options.color = terminal.chosen(argv)
    as_json = _wants_json(argv)
    app.report = lambda failure: _print(failure, app, as_json)
    try:
        try:
            # not cli.main(): it ends the process by itself when a pipe closes
            with redirect_stdout(stdout), cli.make_context("spacectl", list(argv), obj=app) as context:
                cli.invoke(context)
            app.stdout.flush()
            return 0
        finally:
            app.close()
    except click.exceptions.NoArgsIsHelpError as help_text:
        stdout.write(help_text.format_message() + "\n")
        stdout.flush()
        return 0
    except click.exceptions.Exit as leave:
        stdout.flush()
        return leave.exit_code
    except _Ended as ended:
        return 128 + ended.number
    except (KeyboardInterrupt, click.Abort):
        # a second one does not wait for a reader that takes nothing
        with suppress(OSError, ValueError, KeyboardInterrupt):
            app.stdout.flush()
        return INTERRUPTED
    except BrokenPipeError:
        return READER_GONE
    except (Exception, RecursionError) as error:
        # what came before the failure stands before it, and is not lost: the process ends without a flush of Python's
        flush_before(app.stdout, error)
        return _report(_known(error, argv), error, app, as_json)


def main() -> None:
    """The entry point of the command."""
    stdout = standard_output()
    sys.stdout = stdout
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # what `nohup` ignores stays ignored
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)
    stdin = sys.stdin or io.StringIO()
    stderr: Any = Heedless(sys.stderr) if sys.stderr is not None else io.StringIO()
    status = run(sys.argv[1:], stdin=stdin, stdout=stdout, stderr=stderr, environ=os.environ)
    with suppress(OSError):
        stderr.flush()
    # all is written: taking the interpreter and gRPC apart would cost more than many a call
    os._exit(status)


class _Ended(KeyboardInterrupt):
    """A signal ends the command: like Ctrl-C, so that a journal is kept and the sandbox's socket goes away."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _end(number: int, _: Any) -> None:
    # a second one ends the command whatever it is tidying up
    signal.signal(number, signal.SIG_DFL)
    raise _Ended(number)


def _wants_json(argv: Sequence[str]) -> bool:
    """Whether errors are wanted as JSON: known before the command line is parsed, for its own errors too."""
    return "--error-format=json" in argv or ("--error-format", "json") in pairwise(argv)


def _report(known: SpacectlError, error: Exception, app: App, as_json: bool) -> int:
    """Prints what went wrong on standard error; the exit status."""
    for failure in known.errors if isinstance(known, FailuresError) else (known,):
        _print(failure, app, as_json)
    if app.environ.get("SPACECTL_DEBUG", "").lower() in ("1", "true", "yes"):
        import traceback

        app.stderr.write("".join(traceback.format_exception(error)))
    return known.exit_status


def _print(failure: SpacectlError, app: App, as_json: bool) -> None:
    """Prints one failure on standard error."""
    if as_json:
        import json

        app.stderr.write(json.dumps({"error": failure.as_dict()}, ensure_ascii=False) + "\n")
        return
    colours = app.colours(app.stderr)
    word = terminal.painted("error:", terminal.RED, colours=colours)
    for line in failure.message.splitlines() or [""]:
        app.stderr.write(f"{word} {terminal.printable(line)}\n")
    for hint in failure.hints:
        app.stderr.write(f"hint: {terminal.printable(hint)}\n")


def _known(error: Exception, argv: Sequence[str]) -> SpacectlError:
    """The error as one of ours."""
    if isinstance(error, UsageError):
        from spacectl.commands.corrections import corrected

        error.hints = corrected(error, argv, list(COMMANDS))
        return error
    if isinstance(error, SpacectlError):
        return error
    if isinstance(error, click.ClickException):
        from spacectl.commands.habits import hints

        context = getattr(error, "ctx", None)
        # of some errors click does not tell the command
        name = next((word for word in argv if word in COMMANDS), None) if context is None else None
        path = f"spacectl {name}" if name else context.command_path if context is not None else "spacectl"
        message = " ".join(error.format_message().split()).rstrip(".")
        if path.endswith("config set") and "unexpected extra" in message:
            # what is too much may be a secret
            message = "config set takes a KEY and a VALUE, and nothing more"
        return UsageError(message, *hints(message, argv, list(COMMANDS)), f"`{path} --help` shows how")
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return SpacectlError(f"{place}{error.strerror or error}")
    return SpacectlError(
        f"internal error: {type(error).__name__}: {error}", "run it again with SPACECTL_DEBUG=true to see where"
    )
