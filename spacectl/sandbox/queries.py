"""Lists: which rows a `core.v2` Query asks for, in which order, and with which columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from spacectl.sandbox.columns import MISSING, check_column, column, project
from spacectl.sandbox.filters import Test, compile_condition, compile_filters
from spacectl.sandbox.schema import is_repeated, plain_scalar

if TYPE_CHECKING:
    from spacectl.sandbox.resources import Resource
    from spacectl.sandbox.schema import Descriptor, Message
    from spacectl.sandbox.store import Store


def list_rows(store: Store, resource: Resource, row_class: type[Message], request: Message) -> tuple[list[bytes], int]:
    """The serialized rows of one page, and the number of rows that match. Raises ApiError for a bad query."""
    descriptor = row_class.DESCRIPTOR
    query = request.query if "query" in request.DESCRIPTOR.fields_by_name else None
    tests = request_tests(resource, descriptor, request)
    if query is None:
        return all_matching(store, resource, row_class, tests)
    tests += compile_filters(descriptor, query, keyword_columns(resource, descriptor))
    wanted = wanted_columns(resource, descriptor, query)
    order = sort_keys(query, descriptor)
    start, limit = page_bounds(query.page)
    if query.count_only and not tests:
        return [], store.count(resource.service)
    if not tests and not order:
        bodies, total = store.bodies(resource.service, start, limit), store.count(resource.service)
        return [cut(row_class, body, wanted) for body in bodies], total
    rows = matching(store, resource, row_class, tests)
    if query.count_only:
        return [], len(rows)
    for key, descending in reversed(order):
        rows.sort(key=sort_value(key), reverse=descending)
    page = rows[start:] if limit < 0 else rows[start : start + limit]
    return [(project(row, wanted) if wanted else row).SerializeToString() for row in page], len(rows)


def all_matching(
    store: Store, resource: Resource, row_class: type[Message], tests: list[Test]
) -> tuple[list[bytes], int]:
    """The rows that pass, for a request that has no query."""
    rows = [row.SerializeToString() for row in matching(store, resource, row_class, tests)]
    return rows, len(rows)


def matching(store: Store, resource: Resource, row_class: type[Message], tests: list[Test]) -> list[Message]:
    """The rows that pass every test, in their usual order."""
    rows: Iterable[Message] = map(row_class.FromString, store.bodies(resource.service))
    for test in tests:
        rows = filter(test, rows)
    return list(rows)


def cut(row_class: type[Message], body: bytes, wanted: tuple[str, ...]) -> bytes:
    """The serialized row with only the wanted columns; all of it when none are named."""
    return project(row_class.FromString(body), wanted).SerializeToString() if wanted else body


def request_tests(resource: Resource, descriptor: Descriptor, request: Message) -> list[Test]:
    """The tests that the fields of a list request make: each one that is set must be equal in the row."""
    tests = []
    for field, value in request.ListFields():
        if field.name in ("query", "only", *resource.ignored) or is_repeated(field):
            continue
        key = resource.filters.get(field.name, field.name)
        if key.partition(".")[0] in descriptor.fields_by_name:
            tests.append(compile_condition(descriptor, key, "eq", plain_scalar(field, value), {}))
    return tests


def keyword_columns(resource: Resource, descriptor: Descriptor) -> tuple[str, ...]:
    """The columns in which the words of a keyword are looked for."""
    return tuple(name for name in dict.fromkeys((resource.id, "name")) if name in descriptor.fields_by_name)


def wanted_columns(resource: Resource, descriptor: Descriptor, query: Message) -> tuple[str, ...]:
    """The columns to answer, none for all; the identifier always comes along. Raises ApiError for an unknown one."""
    only = tuple(query.only)
    for path in only:
        check_column(descriptor, path)
    if only:
        return tuple(dict.fromkeys((resource.id, *only)))
    return resource.minimal if query.minimal else ()


def sort_keys(query: Message, descriptor: Descriptor) -> list[tuple[str, bool]]:
    """The columns to sort by, and whether downwards; like the real services it passes over unknown ones."""
    keys = [(item.key, item.desc) for item in query.sort]
    return [(key, desc) for key, desc in keys if key.partition(".")[0] in descriptor.fields_by_name]


def sort_value(key: str) -> Callable[[Message], tuple[int, Any]]:
    """The function that gives a row's place in an order by one column."""
    return lambda row: comparable(column(row, key))


def comparable(value: Any) -> tuple[int, Any]:
    """A value that can be compared with any other: missing ones first, then numbers, text, the rest."""
    if value is MISSING or value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (4, value)
    if isinstance(value, (int, float)):
        return (1, value)
    if isinstance(value, str):
        return (2, value)
    return (3, repr(value))


def page_bounds(page: Message) -> tuple[int, int]:
    """The 0-based first row and the number of rows of a page, -1 for all; `start` counts from 1."""
    return (max(page.start, 1) - 1, page.limit) if page.limit else (0, -1)
