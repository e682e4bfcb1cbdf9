"""A table on a terminal to which rows are added as they arrive, so that its widths are chosen before all is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacectl.output.display import cut, display_width, pad_left, pad_right, visible
from spacectl.output.rows import as_dicts, cell_text, in_order
from spacectl.output.table import HEADER_PADDING, NARROWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEPARATOR = 3  # " | "


class GrowingTable:
    """Rows as lines of at most `width` terminal columns, under a header that is repeated when a column is added.

    `columns` are those that the user chose; without them a column is added when a row has a field without one, in the
    order of the message's fields, as long as there is room. A column takes the width of its first cell; what is wider
    later takes free room, or is cut.
    """

    def __init__(self, width: int, columns: Sequence[str] | None = None) -> None:
        self._width = width
        self._chosen = columns is not None
        self._widths: dict[str, int] = dict.fromkeys(columns or (), 0)
        self._full = False
        self._has_header = False

    def lines(self, rows: Iterable[Any], field_order: Sequence[str] | None = None) -> str:
        """The lines of some more rows, with their line breaks."""
        return "".join([self._line(row, field_order) for row in as_dicts(list(rows))])

    def _line(self, row: dict[str, Any], field_order: Sequence[str] | None) -> str:
        cells = {name: visible(cell_text(value)).replace("\n", "\\n") for name, value in row.items()}
        header = self._header(cells, field_order)
        self._widen(cells)
        numeric = {name for name, value in row.items() if type(value) in (int, float)}
        texts = []
        for name, width in self._widths.items():
            text = cut(cells.get(name, ""), width)
            texts.append(pad_left(text, width) if name in numeric else pad_right(text, width))
        return header + _joined(texts, " | ")

    def _header(self, cells: dict[str, str], field_order: Sequence[str] | None) -> str:
        """The header, where it has to be printed because it is new or has grown."""
        new = [] if self._chosen or self._full else [name for name in cells if name not in self._widths]
        for name in new:
            least = max(NARROWEST, display_width(name) + HEADER_PADDING)
            if self._widths and self._free() < least + SEPARATOR:
                # the others have a place in -o yaml
                self._full = True
                break
            self._widths[name] = least
            self._has_header = False
        if self._has_header or not self._widths:
            return ""
        self._has_header = True
        self._widths = {name: self._widths[name] for name in in_order(self._widths, field_order)}
        for name, width in self._widths.items():
            self._widths[name] = max(width, display_width(name) + HEADER_PADDING)
        self._widen(cells)
        names = [pad_right(visible(name), width) for name, width in self._widths.items()]
        return _joined(names, " | ") + "+".join(["-" * (width + 2) for width in self._widths.values()]) + "\n"

    def _widen(self, cells: dict[str, str]) -> None:
        for name, width in self._widths.items():
            missing = display_width(cells.get(name, "")) - width
            if missing > 0 and (free := self._free()) > 0:
                self._widths[name] += min(missing, free)

    def _free(self) -> int:
        return self._width - sum(self._widths.values()) - SEPARATOR * len(self._widths) + 1


def _joined(texts: list[str], separator: str) -> str:
    return f" {separator.join(texts)}".rstrip() + "\n"
