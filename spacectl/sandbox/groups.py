"""Rows put into groups, with figures for each group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spacectl.sandbox import status
from spacectl.sandbox.columns import MISSING, inner
from spacectl.sandbox.filters import test_of

Rows = list[dict[str, Any]]
Key = tuple[str, str, str]


def numbers(values: list[Any]) -> list[float]:
    """The numbers among values, those inside of lists too."""
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [one for one in flat if isinstance(one, (int, float)) and not isinstance(one, bool)]


def average(values: list[Any]) -> float | None:
    """The mean of the numbers, None when there are none."""
    found = numbers(values)
    return sum(found) / len(found) if found else None


def different(values: list[Any]) -> list[Any]:
    """The values without repetitions, in the order in which they came."""
    return list({repr(value): value for value in values}.values())


def merged(values: list[Any]) -> dict[str, Any]:
    """All maps as one; a later one wins."""
    return {key: value for one in values if isinstance(one, dict) for key, value in one.items()}


def extreme(choose: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    """The smallest or largest number, or text when there is no number; None when there is neither."""

    def of(values: list[Any]) -> Any:
        return choose(numbers(values) or [value for value in values if isinstance(value, str)], default=None)

    return of


OPERATORS: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": lambda values: sum(numbers(values)),
    "average": average,
    "max": extreme(max),
    "min": extreme(min),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "push": list,
    "add_to_set": different,
    "merge_objects": merged,
}


def group(rows: Rows, keys: list[Key], fields: list[dict[str, Any]]) -> Rows:
    """One row for each combination of the keys' values, in the order in which they come first.

    A key is (path, name in the answer, strftime format or nothing). Raises ApiError for a bad key or field.
    """
    for key, name, _ in keys:
        if not key or not name:
            lacks, given = ("name", {"key": key}) if key else ("key", {"name": name} if name else {})
            raise status.query_failed(f"'aggregate.group.keys' condition requires a {lacks}: {given}")
    for field in fields:
        check_field(field)
    groups: dict[str, tuple[dict[str, Any], Rows]] = {}
    for row in rows:
        head = {name: key_value(row, key, form) for key, name, form in keys}
        head = {name: value for name, value in head.items() if value is not MISSING}
        groups.setdefault(repr(sorted(head.items())), (head, []))[1].append(row)
    return [
        {**head, **{alias(field, "name"): figure(field, members) for field in fields}}
        for head, members in groups.values()
    ]


def key_value(row: dict[str, Any], key: str, form: str) -> Any:
    """The value of a key, a time in another format where one is given."""
    value = inner(row, key)
    if not form or not isinstance(value, str):
        return value
    from spacectl.sandbox.times import moment

    return moment("datetime", value).strftime(form)


def alias(values: dict[str, Any], name: str) -> Any:
    """The value under a name or under its first letter."""
    return values.get(name) or values.get(name[0])


def check_field(field: dict[str, Any]) -> None:
    """Raises ApiError for a field without a name, or whose operator is not known or lacks a key."""
    operator = alias(field, "operator")
    if operator not in OPERATORS:
        raise status.query_failed(
            f"'aggregate.group.fields' condition's {operator} operator is not supported. "
            f"(supported_operator = {list(OPERATORS)})"
        )
    if not alias(field, "name"):
        raise status.query_failed(f"'aggregate.group.fields' condition requires a name: {field}")
    if operator != "count" and not alias(field, "key") and not field.get("fields"):
        raise status.query_failed(f"'aggregate.group.fields' condition requires a key: {field}")


def figure(field: dict[str, Any], rows: Rows) -> Any:
    """The figure that a field asks for over the rows of a group."""
    for condition in field.get("conditions", ()):
        holds = test_of(alias(condition, "operator") or "", condition.get("value", condition.get("v")), condition)
        rows = [row for row in rows if holds(inner(row, alias(condition, "key") or ""))]
    operator, key = alias(field, "operator"), alias(field, "key")
    if operator == "count":
        return len(rows)
    if not key:
        parts = [(alias(part, "key"), alias(part, "name")) for part in field["fields"]]
        found = [{name: inner(row, part) for part, name in parts} for row in rows]
        return [{name: value for name, value in one.items() if value is not MISSING} for one in found]
    values = [value for value in (inner(row, key) for row in rows) if value is not MISSING]
    return OPERATORS[operator](values)
