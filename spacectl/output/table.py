"""Tables in the style that tabulate calls presto, in 2 microseconds a row, and tables that fit a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacectl.output.display import cut, display_width, display_widths, harmless, pad_left, pad_right, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacectl.output.rows import Column

ROWS_A_CHUNK = 1024

# tabulate makes a column two wider than its header.
HEADER_PADDING = 2

# What a cell says that has nothing to say.
EMPTY = frozenset(("", "{}", "[]"))

# What a column keeps on a narrow terminal. The first is the one that names the row: it is what people copy.
NARROWEST = 8
NARROWEST_FIRST = 36


def table(columns: Sequence[Column], width: int | None = None) -> Iterator[str]:
    """The lines of a table, in pieces that end with a line break.

    With `width`, the columns of a terminal, control characters are made visible and the widest columns are cut until
    a line fits; columns do not shrink below their headers and a minimum: a table of too many columns runs over.
    """
    headers = [column.name.replace("\n", " ") for column in columns]
    cells = [_decimals_aligned(column.cells) if column.numeric else _unix_lines(column.cells) for column in columns]
    if width is not None:
        headers = [visible(header) for header in headers]
        cells = [list(map(visible, column)) for column in cells]
    else:
        headers = list(map(harmless, headers))
        cells = [
            column if harmless(joined := "".join(column)) is joined else list(map(harmless, column)) for column in cells
        ]
    right = [column.numeric for column in columns]
    cell_widths = [display_widths(column) for column in cells]
    needed = [max(found, default=0) for found in cell_widths]
    names = [display_width(header) for header in headers]
    widths = [max(most, name + HEADER_PADDING) for most, name in zip(needed, names, strict=True)]
    if width is not None and _line_width(widths) > width:
        narrow = fitted([max(most, name) for most, name in zip(needed, names, strict=True)], names, width)
        cells = [
            [cut(cell, most) for cell in column] if max(found, default=0) > most else column
            for column, found, most in zip(cells, cell_widths, narrow, strict=True)
        ]
        widths = narrow
    yield _row([(pad_left if r else pad_right)(h, w) for h, w, r in zip(headers, widths, right, strict=True)])
    yield "+".join(["-" * (w + 2) for w in widths]) + "\n"
    yield from _body(cells, widths, right)


def fitting(columns: Sequence[Column], width: int) -> tuple[list[Column], list[str]]:
    """The columns that a terminal has room for, and the names of the others.

    Where not all fit, those go first that are empty in every row, then the last ones.
    """
    if _least_width(columns) <= width:
        return list(columns), []
    shown = [column for column in columns[1:] if not EMPTY.issuperset(column.cells)]
    shown.insert(0, columns[0])
    while len(shown) > 1 and _least_width(shown) > width:
        shown.pop()
    kept = {column.name for column in shown}
    return shown, [column.name for column in columns if column.name not in kept]


def _least_width(columns: Sequence[Column]) -> int:
    needed = [max(display_widths(column.cells), default=0) for column in columns]
    names = [display_width(column.name) for column in columns]
    return _line_width(_least([max(most, name) for most, name in zip(needed, names, strict=True)], names))


def _least(widths: Sequence[int], headers: Sequence[int]) -> list[int]:
    return [
        min(most, max(NARROWEST_FIRST if position == 0 else NARROWEST, header))
        for position, (most, header) in enumerate(zip(widths, headers, strict=True))
    ]


def fitted(widths: list[int], headers: list[int], width: int) -> list[int]:
    """The widths of columns that make a line of at most `width`, the widest cut first, none below its minimum."""
    least = _least(widths, headers)
    low, high = 0, max(widths)
    while low < high:
        cap = (low + high + 1) // 2
        if _line_width(_capped(widths, least, cap)) <= width:
            low = cap
        else:
            high = cap - 1
    narrow = _capped(widths, least, low)
    # The last few columns that equal cuts leave over.
    spare = width - _line_width(narrow)
    for position, most in enumerate(widths):
        if spare > 0 and narrow[position] < most:
            narrow[position] += 1
            spare -= 1
    return narrow


def _capped(widths: list[int], least: list[int], cap: int) -> list[int]:
    return [max(minimum, min(most, cap)) for most, minimum in zip(widths, least, strict=True)]


def _line_width(widths: Sequence[int]) -> int:
    return sum(widths) + 3 * len(widths) - 1


def _body(cells: list[list[str]], widths: list[int], right: list[bool]) -> Iterator[str]:
    many_lines = any("\n" in "".join(column) for column in cells)
    formats = []
    for position, column in enumerate(cells):
        if "".join(column).isascii():
            formats.append(f"%{'' if right[position] else '-'}{widths[position]}s")
        else:
            pad = pad_left if right[position] else pad_right
            cells[position] = [cell if "\n" in cell else pad(cell, widths[position]) for cell in column]
            formats.append("%s")
    one_line = f" {' | '.join(formats)}".__mod__
    rows = zip(*cells, strict=True)
    texts: list[str] = []
    for row in rows:
        if many_lines and any("\n" in cell for cell in row):
            texts.append(_tall_row(row, widths, right))
        else:
            texts.append(one_line(row).rstrip())
        if len(texts) == ROWS_A_CHUNK:
            yield "\n".join(texts) + "\n"
            texts = []
    if texts:
        yield "\n".join(texts) + "\n"


def _tall_row(row: Sequence[str], widths: list[int], right: list[bool]) -> str:
    """A row with line breaks in its cells, which takes as many lines as its tallest cell."""
    lines = [cell.removesuffix("\n").split("\n") for cell in row]
    height = max(map(len, lines))
    texts = []
    for number in range(height):
        parts = [cell[number] if number < len(cell) else "" for cell in lines]
        texts.append(_row([(pad_left if r else pad_right)(p, w) for p, w, r in zip(parts, widths, right, strict=True)]))
    return "".join(texts)[:-1]


def _row(padded: list[str]) -> str:
    return f" {' | '.join(padded)}".rstrip() + "\n"


def _unix_lines(cells: list[str]) -> list[str]:
    return [cell.replace("\r\n", "\n") for cell in cells] if "\r\n" in "".join(cells) else cells


def _decimals_aligned(cells: list[str]) -> list[str]:
    """Numbers with spaces after them, so that their decimal points stand in one column when aligned right."""
    decimals = [_decimals(cell) for cell in cells]
    most = max(decimals, default=-1)
    return [cell + " " * (most - count) for cell, count in zip(cells, decimals, strict=True)]


def _decimals(number: str) -> int:
    """How many characters follow the point, or the exponent's `e` without a point; -1 for a whole number."""
    point = number.rfind(".")
    if point < 0:
        point = number.rfind("e")
    return len(number) - point - 1 if point >= 0 else -1
