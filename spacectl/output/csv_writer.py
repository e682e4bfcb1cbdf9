"""CSV as the csv module writes it: one header, `\\r\\n`, nested values as JSON."""

from __future__ import annotations

import re
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.output.json_writer import inline
from spacectl.output.remembered import Remembered
from spacectl.output.rows import as_dicts, batches, cell_text, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# with what a formula begins, a full-width sign too, and the white space that may stand before one
_ARMED = "=+-@\t\r\n＝＋－＠"
_NUMBER = r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"


class Block(NamedTuple):
    """Some rows, column by column, as their lines have them: the text of each row, or the one text of them all."""

    length: int
    columns: dict[str, str | list[str]]


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
    nested = Remembered(inline).text
    blocks = (_block(as_dicts(batch), nested, safe=safe) for batch in batches(rows))
    if columns:
        if header != list(columns):
            header[:] = columns
            yield line(header, safe=safe)
        for block in blocks:
            yield _lines(block, header)
        return
    kept = list(blocks)
    found = dict.fromkeys(in_order(dict.fromkeys(chain.from_iterable(block.columns for block in kept)), field_order))
    if not found:
        return
    if not header or not header_covers(header, found):
        header[:] = dict.fromkeys([*header, *found])
        yield line(header, safe=safe)
    for block in kept:
        yield _lines(block, header)


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
    texts = [_quoted(_disarmed(cell) if safe else cell) for cell in cells]
    return (",".join(texts) or '""') + "\r\n"


def _block(rows: list[dict[str, Any]], nested: Callable[[Any], str], *, safe: bool) -> Block:
    shapes = dict.fromkeys(map(tuple, rows))
    columns: dict[str, Sequence[Any]]
    if len(shapes) == 1:
        columns = dict(zip(next(iter(shapes)), zip(*[row.values() for row in rows], strict=True), strict=True))
    else:
        columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(chain.from_iterable(shapes))}
    return Block(len(rows), {name: _cells(values, nested, safe=safe) for name, values in columns.items()})


def _cells(values: Sequence[Any], nested: Callable[[Any], str], *, safe: bool) -> str | list[str]:
    """A column's cells as the lines have them; one where they are all the same. `nested` writes dicts and lists."""
    if set(map(type, values)) != {str}:
        if len(set(map(id, values))) == 1:
            values = values[:1]
        values = [nested(value) if type(value) is dict or type(value) is list else cell_text(value) for value in values]
    if values[0] == values[-1] and values.count(values[0]) == len(values):
        return _quoted(_disarmed(values[0]) if safe else values[0])
    different = set(values)
    if 2 * len(different) < len(values):
        texts = {cell: _quoted(_disarmed(cell) if safe else cell) for cell in different}
        return [texts[cell] for cell in values]
    if safe:
        values = list(map(_disarmed, values))
    return list(map(_quoted, values) if _is_special("".join(values)) else values)


def _lines(block: Block, header: Sequence[str]) -> str:
    """The text of a block's rows under a header, as `csv.writer` writes it in ten times the time."""
    parts: list[Iterable[str]] = []
    alike: list[str] = []
    for name in header:
        cells = block.columns.get(name, "")
        if isinstance(cells, str):
            alike.append(cells)
            continue
        if alike:
            parts.append(repeat(",".join(alike), block.length))
            alike = []
        # an empty line would be no row
        parts.append(cells if len(header) > 1 else [cell or '""' for cell in cells])
    if alike:
        parts.append(repeat(",".join(alike) if len(header) > 1 else alike[0] or '""', block.length))
    return "\r\n".join([*map(",".join, zip(*parts, strict=True)), ""])


def _disarmed(cell: str) -> str:
    """The cell with an apostrophe before it, where a spreadsheet would take it for a formula; numbers stay."""
    if cell[:1] not in _ARMED or not cell:
        return cell
    return cell if re.fullmatch(_NUMBER, cell) else f"'{cell}"


def _quoted(cell: str) -> str:
    """The cell, in quotes where it has to be."""
    return '"' + cell.replace('"', '""') + '"' if _is_special(cell) else cell


def _is_special(text: str) -> bool:
    return "," in text or '"' in text or "\n" in text or "\r" in text
