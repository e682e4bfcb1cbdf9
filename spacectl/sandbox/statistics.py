"""Figures over rows: `stat` (distinct values, or a chain of steps) and `analyze` (groups in one step)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import status
from spacectl.sandbox.columns import MISSING, column, inner
from spacectl.sandbox.filters import compile_filters
from spacectl.sandbox.groups import group
from spacectl.sandbox.queries import comparable, keyword_columns, page_bounds
from spacectl.sandbox.schema import fill_struct, is_repeated, plain

if TYPE_CHECKING:
    from spacectl.sandbox.resources import Resource
    from spacectl.sandbox.schema import Descriptor, Message

Rows = list[dict[str, Any]]
STEPS = ("unwind", "group", "count", "sort", "project", "limit", "skip")


def stat(
    resource: Resource, descriptor: Descriptor, rows: Iterable[Message], request: Message, answer: Message
) -> None:
    """Puts the answer to a StatisticsQuery over the rows into a Struct. Raises ApiError for a bad query."""
    query = request.query
    found = filtered(resource, descriptor, rows, query)
    start, limit = page_bounds(query.page)
    if query.distinct:
        results: list[Any] = distinct(found, query.distinct, descriptor)
    elif query.aggregate:
        results = [plain(row) for row in found]
        for step in query.aggregate:
            results = aggregate(results, step)
    else:
        raise status.required_parameter("aggregate")
    page = results[start:] if limit < 0 else results[start : start + limit]
    fill_struct(answer, {"results": page} if limit < 0 else {"results": page, "total_count": len(results)})


def filtered(resource: Resource, descriptor: Descriptor, rows: Iterable[Message], query: Message) -> list[Message]:
    """The rows that pass the filters of any kind of query."""
    tests = compile_filters(descriptor, query, keyword_columns(resource, descriptor))
    return [row for row in rows if all(test(row) for test in tests)]


def distinct(rows: list[Message], key: str, descriptor: Descriptor) -> list[Any]:
    """The different values of a column, in order; the elements of lists count one by one."""
    if key.partition(".")[0] not in descriptor.fields_by_name:
        return []
    values: dict[str, Any] = {}
    for row in rows:
        value = column(row, key)
        for one in value if isinstance(value, list) else [value]:
            if one is not MISSING:
                values.setdefault(repr(one), one)
    return sorted(values.values(), key=comparable)


def aggregate(rows: Rows, step: Message) -> Rows:
    """The rows after one step of a chain. Raises ApiError for a step that cannot be done."""
    kind = step.WhichOneof("aggregate_alias")
    if kind is None:
        raise status.query_failed(f"Required parameter. (key = {' or '.join(f'aggregate.{name}' for name in STEPS)})")
    steps: dict[str, Callable[[Rows, Any], Rows]] = {
        "unwind": lambda rows, unwind: unwound(rows, unwind.path),
        "group": grouped,
        "count": lambda rows, count: counted(rows, count.name),
        "sort": lambda rows, sort: ordered(rows, sort_keys(sort)),
        "project": projected,
        "limit": lambda rows, limit: rows[:limit],
        "skip": lambda rows, skip: rows[skip:],
    }
    return steps[kind](rows, getattr(step, kind))


def unwound(rows: Rows, path: str) -> Rows:
    """One row for each element of the list at `path`; rows without it are dropped."""
    if not path:
        raise status.query_failed("Required parameter. (key = aggregate.unwind.path)")
    answer = []
    for row in rows:
        values = inner(row, path)
        for value in values if isinstance(values, list) else [] if values is MISSING else [values]:
            answer.append(replaced(row, path, value))
    return answer


def replaced(row: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the row with another value at `path`."""
    name, dot, rest = path.partition(".")
    child = row.get(name)
    return {**row, name: replaced(child, rest, value) if dot and isinstance(child, dict) else value}


def grouped(rows: Rows, step: Message) -> Rows:
    """One row a group, with its keys and its figures."""
    keys = [(key.key or key.k, key.name or key.n, key.date_format) for key in step.keys]
    return group(rows, keys, [plain(field) for field in step.fields])


def counted(rows: Rows, name: str) -> Rows:
    """One row with the number of rows, or none at all when there are no rows."""
    if not name:
        raise status.query_failed("Required parameter. (key = aggregate.count.name)")
    return [{name: len(rows)}] if rows else []


def sort_keys(sort: Message) -> list[tuple[str, bool]]:
    """The keys of a sort step, a list of maps."""
    return [(str(one.get("key", "")), bool(one.get("desc"))) for one in plain(sort) if isinstance(one, dict)]


def ordered(rows: Rows, keys: list[tuple[str, bool]]) -> Rows:
    """The rows in the order of the keys."""
    for key, descending in reversed([pair for pair in keys if pair[0]]):
        rows = sorted(rows, key=lambda row, key=key: comparable(inner(row, key)), reverse=descending)  # type: ignore[misc]
    return rows


def projected(rows: Rows, step: Message) -> Rows:
    """The rows with computed fields: the size or the sum of a list."""
    answer: Rows = []
    for row in rows:
        new = {} if step.exclude_keys else dict(row)
        for item in step.fields:
            value = inner(row, item.key or item.k)
            operator = item.operator or item.o
            if operator not in ("size", "sum", ""):
                raise status.query_failed(
                    f"'aggregate.project.fields' condition's {operator} operator is not supported."
                )
            if operator == "size":
                value = len(value) if isinstance(value, list) else 0
            elif operator == "sum":
                value = sum(
                    one for one in (value if isinstance(value, list) else [value]) if isinstance(one, (int, float))
                )
            new[item.name or item.n] = None if value is MISSING else value
        answer.append(new)
    return answer


def analyze(
    resource: Resource, descriptor: Descriptor, rows: Iterable[Message], request: Message, answer: Message
) -> None:
    """Puts the answer to an AnalyzeQuery over the rows into a Struct. Raises ApiError for a bad query."""
    query = request.query
    if not query.fields.fields:
        raise status.required_parameter("fields")
    if query.field_group:
        raise status.invalid_parameter("query.field_group", "the sandbox does not group twice")
    results = [plain(row) for row in filtered(resource, descriptor, rows, query)]
    if "unwind" in query.DESCRIPTOR.fields_by_name and query.unwind.path:
        results = unwound(results, query.unwind.path)
    fields = [{"name": name, **wanted} for name, wanted in plain(query.fields).items()]
    results = ordered(group(results, group_keys(query), fields), [(item.key, item.desc) for item in query.sort])
    if query.select.fields:
        chosen = plain(query.select)
        results = [{name: found.get(key) for name, key in chosen.items()} for found in results]
    start, limit = page_bounds(query.page)
    if limit < 0:
        fill_struct(answer, {"results": results})
    else:
        fill_struct(answer, {"results": results[start : start + limit], "more": len(results) > start + limit})


def group_keys(query: Message) -> list[tuple[str, str, str]]:
    """The keys of an AnalyzeQuery: names, or maps of key and name; a dotted key is called by its last part."""
    field = query.DESCRIPTOR.fields_by_name["group_by"]
    wanted = list(query.group_by) if is_repeated(field) else plain(query.group_by)
    keys = []
    for item in wanted:
        pair = item if isinstance(item, dict) else {"key": item}
        key = str(pair.get("key") or pair.get("k") or "")
        keys.append((key, str(pair.get("name") or pair.get("n") or key.rpartition(".")[2]), ""))
    return keys
