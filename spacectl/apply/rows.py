"""`@modules/join`, `concat` and `csv`: rows of values."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from spacectl import columns as column_names
from spacectl.apply.trees import scalar
from spacectl.errors import UsageError
from spacectl.values import Scalar

Row = dict[str, Any]


def concat(before: Any, data: Any) -> list[Any]:
    """The items of an earlier result of the same id, then those of `data`. Raises UsageError."""
    return [*(_list(before, "the output before") if before is not None else []), *_list(data, "data")]


def read_csv(data: bytes, name: str) -> list[Row]:
    """The rows under the header of a CSV file; a value that reads as a number is one. Raises UsageError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: not UTF-8 (byte 0x{data[error.start]:02x})") from None
    try:
        return [
            {key: scalar(Scalar(value or "", "plain")) for key, value in row.items() if key is not None}
            for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
    except csv.Error as error:
        raise UsageError(f"{name}: not CSV: {error}") from None


def join(spec: Mapping[str, Any]) -> list[Row]:
    """`origin_data` with the columns of `other_data` where all `join_keys` are equal. Raises UsageError.

    `how` is left, right, inner or outer; columns of both get `_x` and `_y`; what is missing is null.
    """
    left, right = _rows(spec, "origin_data"), _rows(spec, "other_data")
    keys = [spec["join_keys"]] if isinstance(spec["join_keys"], str) else _list(spec["join_keys"], "join_keys")
    how = spec.get("how", "left")
    if how not in ("left", "right", "inner", "outer"):
        raise UsageError(f"how: {how!r} is no way to join", "left, right, inner, outer")
    joined = _joined(left, right, [str(key) for key in keys], how) if left and right else left
    return _chosen(joined, spec.get("output") or {}, list(dict.fromkeys(key for row in left for key in row)))


def _joined(left: Sequence[Row], right: Sequence[Row], keys: Sequence[str], how: str) -> list[Row]:
    left_names = list(dict.fromkeys(key for row in left for key in row))
    right_names = [name for name in dict.fromkeys(key for row in right for key in row) if name not in keys]
    both = set(left_names) & set(right_names)

    def merged(one: Row, other: Row) -> Row:
        row = {f"{name}_x" if name in both else name: one.get(name) for name in left_names}
        row |= {key: one.get(key, other.get(key)) for key in keys}
        return row | {f"{name}_y" if name in both else name: other.get(name) for name in right_names}

    index: dict[str, list[int]] = {}
    for position, row in enumerate(right):
        index.setdefault(repr([row.get(key) for key in keys]), []).append(position)
    pairs = [(i, j) for i, row in enumerate(left) for j in index.get(repr([row.get(key) for key in keys]), ())]
    if how == "right":
        pairs.sort(key=lambda pair: pair[1])
    used_left, used_right = {i for i, _ in pairs}, {j for _, j in pairs}
    if how in ("left", "outer"):
        pairs += [(i, -1) for i in range(len(left)) if i not in used_left]
        pairs.sort(key=lambda pair: pair[0])
    if how in ("right", "outer"):
        pairs += [(-1, j) for j in range(len(right)) if j not in used_right]
    if how == "right":
        pairs.sort(key=lambda pair: pair[1])
    return [merged(left[i] if i >= 0 else {}, right[j] if j >= 0 else {}) for i, j in pairs]


def _chosen(rows: list[Row], output: Mapping[str, Any], origin: list[str]) -> list[Row]:
    chosen = output.get("columns")
    if not chosen:
        return rows
    append = output.get("append_origin_columns") or {}
    more = origin[append.get("start", 0) : append.get("end") or None] if append.get("location") else []
    chosen = [*more, *chosen] if append.get("location") == "LEFT" else [*chosen, *more]
    columns = column_names.parse_all(chosen)
    return [column_names.project(columns, row) for row in rows]


def _rows(spec: Mapping[str, Any], key: str) -> list[Row]:
    rows = _list(spec[key], key)
    if not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{key}: rows are due, mappings of column names to values")
    return rows


def _list(value: Any, what: str) -> list[Any]:
    if isinstance(value, list):
        return value
    if value in (None, "", {}):
        return []
    raise UsageError(f"{what}: a list is due")
