"""Rows as names that other commands take: `repository.Plugin/plugin-x`, one a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spacectl.errors import UsageError
from spacectl.output.rows import as_dicts, batches, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BEFORE_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def names(rows: Iterable[Any], resource: str) -> Iterator[str]:
    """The resource and the id of each row, in pieces that end with a line break.

    The id is the field `<resource>_id` or `<resource>` (a Provider has a `provider`), else the first that is `id` or
    ends in `_id`, else `name`. An answer of nothing at all has no name. Raises UsageError for a row that has none.
    """
    own = _BEFORE_CAPITAL.sub("_", resource.rpartition(".")[2]).lower()
    for batch in batches(rows):
        yield "".join([f"{resource}/{_id_of(row, own)}\n" for row in as_dicts(batch) if row])


def _id_of(row: dict[str, Any], own: str) -> str:
    candidates = (f"{own}_id", own, *(key for key in row if f"_{key}".endswith("_id")), "name")
    key = next((key for key in candidates if isinstance(row.get(key), str | int) and row[key]), "name")
    if not row.get(key):
        raise UsageError(
            "-o name: a row has no id, and no name",
            f"its fields are {', '.join(row)}",
        )
    return cell_text(row[key])
