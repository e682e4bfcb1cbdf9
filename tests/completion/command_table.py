"""The table of commands and options that completion reads, made from click's own.

`python tests/completion/command_table.py > spacectl/completion/commands.tsv` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from spacectl.cli import cli


def table() -> str:
    """One line a command: its words, its help, its arguments, then each option as `names kind help`."""
    return "".join("\t".join(row) + "\n" for row in rows(cli, (), None))


def rows(command: click.Command, path: tuple[str, ...], parent: click.Context | None) -> Iterator[tuple[str, ...]]:
    settings = {"help_option_names": ["-h", "--help"]}
    context = click.Context(command, parent, info_name=path[-1] if path else "spacectl", **settings)
    visible = [one for one in command.get_params(context) if not getattr(one, "hidden", False)]
    arguments = " ".join(argument(one) for one in visible if isinstance(one, click.Argument))
    options = (option(one) for one in visible if isinstance(one, click.Option))
    yield " ".join(path), one_line(command.get_short_help_str(200)), arguments, *options
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from rows(inner, (*path, name), context)


def argument(found: click.Argument) -> str:
    return kind(found) + ("..." if found.nargs == -1 else "")


def option(found: click.Option) -> str:
    names = ",".join((*found.opts, *found.secondary_opts))
    takes_value = not (found.is_flag or found.count)
    return f"{names} {kind(found) if takes_value else '-'} {one_line(found.help or '')}"


def kind(found: click.Parameter) -> str:
    if isinstance(found.type, click.Choice):
        return "{" + ",".join(found.type.choices) + "}"
    return (found.metavar or (found.name or "").upper()).replace(" ", "").removesuffix("...").strip("[]") or "-"


def one_line(text: str) -> str:
    return " ".join(text.partition("\b")[0].split())


if __name__ == "__main__":
    print(table(), end="")
