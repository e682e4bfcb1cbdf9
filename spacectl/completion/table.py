"""The commands and their options, from a table that is made from click's own: importing those would be felt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

TABLE = os.path.join(os.path.dirname(__file__), "commands.tsv")  # noqa: PTH118, PTH120 (pathlib would be felt)


class Option(NamedTuple):
    """The names of an option, and the kind of its value: a metavar, `{a,b}`, or None for none."""

    names: tuple[str, ...]
    kind: str | None
    help: str


class Command(NamedTuple):
    """A command: the kinds of its arguments, of which one that ends in `...` repeats, and its options."""

    help: str
    arguments: tuple[str, ...]
    options: tuple[Option, ...]

    def option(self, name: str) -> Option | None:
        """The option of a name, as typed."""
        return next((option for option in self.options if name in option.names), None)

    def argument(self, index: int) -> str | None:
        """The kind of an argument, counted from 0; None where none is due."""
        if index < len(self.arguments):
            return self.arguments[index].removesuffix("...")
        last = self.arguments[-1] if self.arguments else ""
        return last.removesuffix("...") if last.endswith("...") else None


class Commands:
    """All commands by their words: "" is the command itself, "config show" a command of a group."""

    def __init__(self, rows: Mapping[str, list[str]]) -> None:
        self._rows = rows

    def get(self, path: str) -> Command | None:
        """The command of these words."""
        row = self._rows.get(path)
        if row is None:
            return None
        options = []
        for cell in row[2:]:
            names, kind, text = cell.split(" ", 2)
            options.append(Option(tuple(names.split(",")), None if kind == "-" else kind, text))
        return Command(row[0], tuple(row[1].split()), tuple(options))

    def inside(self, path: str) -> list[tuple[str, str]]:
        """The names of a group's commands, each with its help; none for a command that is no group."""
        start = f"{path} " if path else ""
        return [
            (name[len(start) :], row[0])
            for name, row in self._rows.items()
            if name and name.startswith(start) and " " not in name[len(start) :]
        ]


def load() -> Commands:
    """The table that is part of the package."""
    with open(TABLE, encoding="utf-8") as file:  # noqa: PTH123 (as above)
        rows = [line.rstrip("\n").split("\t") for line in file]
    return Commands({path: row for path, *row in rows})
