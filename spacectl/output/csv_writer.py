"""CSV as the csv module writes it: one header, `\\r\\n`, nested values as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spacectl.output.rows import BATCH, as_dicts, batches, cell_text, cell_texts, collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# with what a formula begins, a full-width sign too, and the white space that may stand before one
_ARMED = "=+-@\t\r\n＝＋－＠"
_NUMBER = r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"


def listing(
    rows: Iterable[Any],
    header: list[str],
    columns: Sequence[str] | None = None,
    field_order: Sequence[str] | None = None,
    *,
    safe: bool = False,
) -> Iterator[str]:
    """The lines of a table of rows under one header, in pieces.

    With `columns` the rows stream; without, all of them have to be seen before the header is known. `header` is the
    header printed before, empty at the start, which is not printed again; it is changed to the one in force. `safe`
    disarms what a spreadsheet would run.
    """
    if columns:
        if header != list(columns):
            header[:] = columns
            yield line(header, safe=safe)
        for batch in batches(rows):
            dicts = as_dicts(batch)
            yield lines([cell_texts(dicts, name, set()) for name in columns], safe=safe)
        return
    found, count = collect(rows, None, field_order)
    if not found:
        return
    cells = {column.name: column.cells for column in found}
    if not header or not header_covers(header, cells):
        header[:] = dict.fromkeys([*header, *cells])
        yield line(header, safe=safe)
    shown = [cells.get(name, [""] * count) for name in header]
    for start in range(0, count, BATCH):
        yield lines([column[start : start + BATCH] for column in shown], safe=safe)


def record(value: Any, header: list[str], field_order: Sequence[str] | None = None, *, safe: bool = False) -> str:
    """One message of a stream as a line, and before it the header when there is none yet or it lacks a field.

    `header` is the header printed before, empty at the start; it is changed to the one in force.
    """
    fields = as_dicts([value])[0]
    text = ""
    if not header or not header_covers(header, fields):
        header[:] = dict.fromkeys([*header, *(field_order or ()), *fields])
        text = line(header, safe=safe) if header else ""
    return text + line([cell_text(fields.get(name)) for name in header], safe=safe) if header else ""


def header_covers(header: list[str], fields: dict[str, Any]) -> bool:
    """Whether each field has its column."""
    return fields.keys() <= set(header)


def line(cells: Sequence[str], *, safe: bool = False) -> str:
    """One row as CSV."""
    return lines([[cell] for cell in cells], safe=safe)


def lines(columns: Sequence[list[str]], *, safe: bool = False) -> str:
    """The text of the rows whose cells these columns hold, as `csv.writer` writes it in six times the time."""
    quoted = [_quoted(list(map(_disarmed, column)) if safe else column) for column in columns]
    if len(columns) == 1:
        # an empty line would be no row
        quoted = [[cell or '""' for cell in quoted[0]]]
    return "".join([f"{','.join(row)}\r\n" for row in zip(*quoted, strict=True)])


def _disarmed(cell: str) -> str:
    """The cell with an apostrophe before it, where a spreadsheet would take it for a formula; numbers stay."""
    if cell[:1] not in _ARMED or not cell:
        return cell
    return cell if re.fullmatch(_NUMBER, cell) else f"'{cell}"


def _quoted(cells: list[str]) -> list[str]:
    """The cells, those in quotes that have to be."""
    if not _is_special("".join(cells)):
        return cells
    different = set(cells)
    if 2 * len(different) < len(cells):
        texts = dict(zip(different, _quoted(list(different)), strict=True))
        return [texts[cell] for cell in cells]
    return ['"' + cell.replace('"', '""') + '"' if _is_special(cell) else cell for cell in cells]


def _is_special(text: str) -> bool:
    return "," in text or '"' in text or "\n" in text or "\r" in text
