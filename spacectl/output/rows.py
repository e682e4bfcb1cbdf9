"""Rows on their way to a table or to CSV: batches of them, their columns, the text of their cells."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from spacectl.output.json_writer import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

BATCH = 256

# The header of rows that have no fields, such as the versions that `get_versions` lists.
VALUES = "Values"


class Column:
    """One column: its name, the text of each cell from the top, and the types of the values behind them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells: list[str] = []
        self.types: set[type] = set()

    @property
    def numeric(self) -> bool:
        """Whether there are numbers in it, and nothing but numbers."""
        types = self.types - {type(None)}
        return bool(types) and types <= {int, float}


def batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows in lists of at most `BATCH`, taken as they come."""
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def cell_text(value: Any) -> str:
    """The text of one cell: a string as it is, nothing for None, JSON for everything else."""
    if type(value) is str:
        return value
    if type(value) is int:
        return int.__repr__(value)
    return "" if value is None else inline(value)


def cell_texts(
    batch: list[dict[str, Any]], name: str, types: set[type], nested: Callable[[Any], str] = inline
) -> list[str]:
    """The text of one column's cells, "" where a row lacks the field; the types of the values are added to `types`.

    `nested` gives the text of a dict or a list.
    """
    values: list[Any] = [row.get(name) for row in batch]
    found = set(map(type, values))
    types |= found
    if found == {str}:
        return values
    if found <= {dict, list}:
        return [nested(value) for value in values]
    return [nested(value) if type(value) is dict or type(value) is list else cell_text(value) for value in values]


def as_dicts(batch: list[Any]) -> list[dict[str, Any]]:
    """The rows as dicts: a row that is not one becomes the only field of one, `Values`."""
    return [row if type(row) is dict else {VALUES: row} for row in batch]


def collect(
    rows: Iterable[Any], columns: Sequence[str] | None = None, field_order: Sequence[str] | None = None
) -> tuple[list[Column], int]:
    """The columns of all rows, and how many rows there are.

    `columns` names them; without it they are the union of the fields of the rows (ragged rows are normal: proto3 omits
    empty fields), those in `field_order` first and in that order, the others as they appeared.
    """
    from spacectl.output.remembered import Remembered

    found: dict[str, Column] = {name: Column(name) for name in columns or ()}
    nested = Remembered(inline).text
    count = 0
    for batch in batches(rows):
        dicts = as_dicts(batch)
        for name in columns or dict.fromkeys(chain.from_iterable(dicts)):
            column = found.get(name)
            if column is None:
                column = found[name] = Column(name)
            column.cells.extend([""] * (count - len(column.cells)))
            column.cells.extend(_shared(cell_texts(dicts, name, column.types, nested)))
        count += len(dicts)
    for column in found.values():
        column.cells.extend([""] * (count - len(column.cells)))
    names = columns or in_order(found, field_order)
    return [found[name] for name in names], count


def _shared(texts: list[str]) -> list[str]:
    """The texts, equal ones being one in memory: rows repeat them, and all of a table's are kept to its end."""
    known = dict(zip(texts, texts, strict=True))
    return list(map(known.__getitem__, texts))


def in_order(names: Iterable[str], field_order: Sequence[str] | None) -> list[str]:
    """The names, those in `field_order` first and in that order."""
    if not field_order:
        return list(names)
    present = dict.fromkeys(names)
    return list(dict.fromkeys([name for name in field_order if name in present] + list(present)))
