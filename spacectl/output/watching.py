"""Rows that are looked at again and again: what changed since the last look, on a terminal or as events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from spacectl.output.rows import Column, as_dicts, cell_text
from spacectl.terminal import GREEN, RED, YELLOW, painted

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
SIGNS = {ADDED: "+", MODIFIED: "~", DELETED: "-"}
COLOURS = {"+": GREEN, "~": YELLOW, "-": RED}
# the header of the table, the line under it, an empty line and the one that tells how things are
OTHER_LINES = 4


class Change(NamedTuple):
    """A row, and what happened to it since the last look: one of the three words, or nothing."""

    kind: str
    row: dict[str, Any]


class Look(NamedTuple):
    """What a look at the rows has found: each by what identifies it, in the server's order."""

    rows: Mapping[str, dict[str, Any]]
    total: int | None


def look(rows: Sequence[tuple[Any, Any]], total: int | None) -> Look:
    """A look at rows, given with what identifies each; the text of the row is what does where that is None."""
    found: dict[str, dict[str, Any]] = {}
    for identity, row in rows:
        (fields,) = as_dicts([row])
        found[cell_text(fields if identity is None else identity)] = fields
    return Look(found, total)


def changes(before: Look | None, now: Look) -> list[Change]:
    """All rows of now, and after them those that are gone, with what happened to each since before."""
    if before is None:
        return [Change("", row) for row in now.rows.values()]
    found = []
    for key, row in now.rows.items():
        old = before.rows.get(key)
        found.append(Change(ADDED if old is None else MODIFIED if old != row else "", row))
    return found + [Change(DELETED, row) for key, row in before.rows.items() if key not in now.rows]


class WatchScreen:
    """A table on a terminal that is drawn over itself, `size` being its columns and lines; changed rows are marked."""

    def __init__(self, out: TextIO, columns: Sequence[str] | None, *, colours: bool) -> None:
        self._out = out
        self._columns = columns
        self._colours = colours
        self._begun = False

    def draw(self, found: Sequence[Change], status: str, size: tuple[int, int]) -> None:
        """Draws the rows, and a line that says how things are."""
        lines = [*self._table(found, size), "", painted(status[: size[0]], "2", colours=self._colours)]
        self._out.write("\x1b[H" if self._begun else "\x1b[2J\x1b[H")
        self._out.write("".join(f"{line}\x1b[K\r\n" for line in lines[:-1]) + f"{lines[-1]}\x1b[K\x1b[J")
        self._out.flush()
        self._begun = True

    def end(self) -> None:
        """Leaves the last table where it is, and the cursor below it."""
        if self._begun:
            self._out.write("\r\n")
            self._out.flush()

    def _table(self, found: Sequence[Change], size: tuple[int, int]) -> Iterator[str]:
        from spacectl.output.display import cut
        from spacectl.output.rows import collect
        from spacectl.output.table import fitting, table

        width, height = size
        room = max(1, height - OTHER_LINES)
        # what changed must be seen: of too many rows the unchanged ones give way
        shown = list(found)
        while len(shown) > room and any(not change.kind for change in shown):
            last = max(number for number, change in enumerate(shown) if not change.kind)
            del shown[last]
        shown = shown[:room]
        columns, _ = collect([change.row for change in shown], self._columns)
        if not shown or not columns:
            yield "NO DATA"
            return
        for column in columns:
            # a row is a line: what is drawn over must have as many lines as what was there
            column.cells[:] = [cell.replace("\r\n", "⏎").replace("\n", "⏎") for cell in column.cells]
        if self._columns is None:
            columns, _ = fitting(columns, width - OTHER_LINES)
        marks = Column("")
        marks.cells = [SIGNS.get(change.kind, "") for change in shown]
        for number, line in enumerate("".join(table([marks, *columns], width)).splitlines()):
            sign = marks.cells[number - 2] if number >= 2 else ""
            # columns have a least width, and a line that is broken in two would push the first ones off the screen
            kept = cut(line, width)
            yield painted(kept, COLOURS[sign], colours=self._colours) if sign else kept
