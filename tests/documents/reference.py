"""What the program says of itself, as a document, as manual pages and as completion scripts.

`python -m tests.documents.reference` writes docs/reference.md and share/ anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple

import click

from spacectl.cli import COMMANDS, cli
from spacectl.completion.scripts import SCRIPTS
from spacectl.errors import GRPC_STATUS_NAMES

ROOT = Path(__file__).parents[2]
COMPLETION_FILES = {"bash": "spacectl", "zsh": "_spacectl", "fish": "spacectl.fish"}
PREFACE = """\
# Reference

Made from the program's own help by `python -m tests.documents.reference`; do not edit it.

"""


class Described(NamedTuple):
    """A command: its words, how it is called, what it does, examples, and options with what each means."""

    path: str
    usage: str
    summary: str
    examples: str
    options: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]


def described() -> Iterator[Described]:
    """Every command, the root first, in the order of the help."""
    yield from _described(cli, "spacectl", None)


def _described(command: click.Command, name: str, parent: click.Context | None) -> Iterator[Described]:
    settings = {"help_option_names": ["-h", "--help"]}
    context = click.Context(command, parent, info_name=name, **settings)
    prose, _, examples = cleandoc(command.help or "").partition("\b\n")
    usage = " ".join(command.collect_usage_pieces(context))
    options = tuple(
        record
        for option in command.get_params(context)
        if isinstance(option, click.Option) and not option.hidden and (record := option.get_help_record(context))
    )
    names = command.list_commands(context) if isinstance(command, click.Group) else []
    inner = [(name, found) for name in names if (found := command.get_command(context, name)) and not found.hidden]  # type: ignore[attr-defined]
    yield Described(
        context.command_path,
        f"{context.command_path} {usage}",
        " ".join(prose.split()),
        examples.strip("\n"),
        options,
        tuple(name for name, _ in inner),
    )
    for name, found in inner:
        yield from _described(found, name, context)


def markdown() -> str:
    """docs/reference.md."""
    parts = [PREFACE]
    for found in described():
        parts.append(f"## {found.path}\n\n    {found.usage}\n\n")
        summary = found.summary or "A command-line client for platforms built from gRPC microservices."
        parts.append(f"{summary}\n\n")
        if found.examples:
            parts.append("".join(f"    {line.strip()}\n" for line in found.examples.splitlines()) + "\n")
        if found.commands:
            parts.append("Commands: " + ", ".join(f"`{name}`" for name in found.commands) + ".\n\n")
        parts.append("| option | meaning |\n| --- | --- |\n")
        parts += [f"| `{_cell(names)}` | {_cell(meaning)} |\n" for names, meaning in found.options]
        parts.append("\n")
    parts.append("## Exit status\n\n| status | means |\n| ---: | --- |\n")
    parts += [f"| {status} | {meaning} |\n" for status, meaning in exit_statuses()]
    return "".join(parts)


def exit_statuses() -> Iterator[tuple[int, str]]:
    """Every exit status and what it means."""
    yield from (
        (0, "done"),
        (1, "spacectl itself failed: a full disk, a bug"),
        (2, "the command line or the input is wrong; nothing was sent"),
        (3, "no environment, endpoint or credential"),
    )
    yield from ((64 + code, name) for code, name in enumerate(GRPC_STATUS_NAMES) if code)
    yield from (
        (129, "ended by SIGHUP: the terminal was closed"),
        (130, "interrupted"),
        (141, "the reader closed the pipe"),
        (143, "ended by SIGTERM"),
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def manual(found: Described) -> str:
    """The manual page of a command, in the man macros of troff."""
    name = found.path.replace(" ", "-")
    summary = found.summary or "talks to platforms built from gRPC microservices"
    lines = [f'.TH "{name.upper()}" "1"', ".SH NAME", f"{name} \\- {_troff(_lower(summary)).rstrip('.')}"]
    lines += [".SH SYNOPSIS", _troff(found.usage)]
    if found.examples:
        lines += [".SH EXAMPLES", ".nf", *(_troff(line.strip()) for line in found.examples.splitlines()), ".fi"]
    lines.append(".SH OPTIONS")
    for names, meaning in found.options:
        lines += [".TP", f".B {_troff(names)}", _troff(" ".join(meaning.split()))]
    if found.path == "spacectl":
        lines += [".SH COMMANDS"]
        for name, (_, _, summary) in COMMANDS.items():
            lines += [".TP", f".B {name}", _troff(summary)]
        lines += [".SH EXIT STATUS"]
        for status, meaning in exit_statuses():
            lines += [".TP", f".B {status}", _troff(meaning)]
    parent = found.path.rpartition(" ")[0].replace(" ", "-")
    others = [f"{parent}(1)"] if parent else []
    others += [f"{name}-{command}(1)" for command in found.commands]
    if others:
        lines += [".SH SEE ALSO", _troff(", ".join(others))]
    return "\n".join(lines) + "\n"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _troff(text: str) -> str:
    """The text with what troff would read as its own made plain."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def files() -> dict[Path, str]:
    """All files made from the program, by their place in the repository."""
    made = {Path("docs/reference.md"): markdown()}
    for found in described():
        made[Path("share/man/man1") / f"{found.path.replace(' ', '-')}.1"] = manual(found)
    for shell, text in SCRIPTS.items():
        made[Path("share/completion") / COMPLETION_FILES[shell]] = text
    return made


def main() -> None:
    """Write all of them, and remove manual pages of commands that are no more."""
    made = files()
    for old in (ROOT / "share").rglob("*"):
        if old.is_file() and old.relative_to(ROOT) not in made:
            old.unlink()
    for path, text in made.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
