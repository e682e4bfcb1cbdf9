"""CSV as the csv module writes it: one header, `\\r\\n`, nested values as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacectl.output.rows import BATCH, as_dicts, batches, cell_text, cell_texts, collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def listing(
    rows: Iterable[Any],
    header: list[str],
    columns: Sequence[str] | None = None,
    field_order: Sequence[str] | None = None,
) -> Iterator[str]:
    """The lines of a table of rows under one header, in pieces.

    With `columns` the rows stream; without, all of them have to be seen before the header is known. `header` is the
    header printed before, empty at the start, which is not printed again; it is changed to the one in force.
    """
    if columns:
        if header != list(columns):
            header[:] = columns
            yield line(header)
        for batch in batches(rows):
            dicts = as_dicts(batch)
            yield lines([cell_texts(dicts, name, set()) for name in columns])
        return
    found, count = collect(rows, None, field_order)
    if not found:
        return
    cells = {column.name: column.cells for column in found}
    if not header or not header_covers(header, cells):
        header[:] = dict.fromkeys([*header, *cells])
        yield line(header)
    shown = [cells.get(name, [""] * count) for name in header]
    for start in range(0, count, BATCH):
        yield lines([column[start : start + BATCH] for column in shown])


def record(value: Any, header: list[str], field_order: Sequence[str] | None = None) -> str:
    """One message of a stream as a line, and before it the header when there is none yet or it lacks a field.

    `header` is the header printed before, empty at the start; it is changed to the one in force.
    """
    fields = as_dicts([value])[0]
    text = ""
    if not header or not header_covers(header, fields):
        header[:] = dict.fromkeys([*header, *(field_order or ()), *fields])
        text = line(header) if header else ""
    return text + line([cell_text(fields.get(name)) for name in header]) if header else ""


def header_covers(header: list[str], fields: dict[str, Any]) -> bool:
    """Whether each field has its column."""
    return fields.keys() <= set(header)


def line(cells: Sequence[str]) -> str:
    """One row as CSV."""
    return lines([[cell] for cell in cells])


def lines(columns: Sequence[list[str]]) -> str:
    """The text of the rows whose cells these columns hold, as `csv.writer` writes it in six times the time."""
    quoted = [_quoted(column) for column in columns]
    if len(columns) == 1:
        # an empty line would be no row
        quoted = [[cell or '""' for cell in quoted[0]]]
    return "".join([f"{','.join(row)}\r\n" for row in zip(*quoted, strict=True)])


def _quoted(cells: list[str]) -> list[str]:
    """The cells, those in quotes that have to be."""
    if not _is_special("".join(cells)):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if _is_special(cell) else cell for cell in cells]


def _is_special(text: str) -> bool:
    return "," in text or '"' in text or "\n" in text or "\r" in text
