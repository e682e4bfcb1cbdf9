"""The options of list, stat and analyze -> the `query` of a request, in the shape that its message declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from spacectl.columns import Column, by_title
from spacectl.errors import UsageError
from spacectl.parameters import opened_at
from spacectl.paths import at_path, with_path
from spacectl.values import Fields, Where, from_python


class QueryShape(NamedTuple):
    """What a request message lets a client ask for.

    `prefix` is the path of the message that holds the page: ("query",), () for the request itself, None where there is
    no page at all; `fields` are that message's field names; `sort_repeated` tells core.v2 from core.v1.
    """

    prefix: tuple[str, ...] | None
    fields: frozenset[str] = frozenset()
    sort_repeated: bool = True


class QueryOptions(NamedTuple):
    """The list options as they were typed."""

    columns: Sequence[Column] = ()
    minimal: bool = False
    every: bool = False
    limit: int | None = None
    sort: Sequence[str] = ()
    all_pages: bool = False
    page_size: int = 1000

    @property
    def needs_pages(self) -> bool:
        """Whether more rows are wanted than one answer brings."""
        return self.all_pages or (self.limit is not None and self.limit > self.page_size)


def applied(request: Fields, options: QueryOptions, shape: QueryShape) -> Fields:
    """The request with the options in its query. Raises UsageError where the server has no way to do it.

    A limit that cannot be asked for is left to the caller, who can stop printing.
    """
    if options.every and options.minimal:
        raise UsageError("-a and -m contradict each other")
    if shape.prefix:
        request = opened_at(request, shape.prefix[0])
    if options.every:
        request = _put(request, shape, "minimal", False, Where("-a"))
    elif options.minimal:
        request = _put(request, shape, "minimal", True, Where("-m"))
    elif options.columns:
        only = list(dict.fromkeys(column.field for column in options.columns if column.field))
        request = _put(request, shape, "only", only, Where("-c"))
    if options.limit is not None and can_page(shape):
        request = _put(request, shape, "page.limit", options.limit, Where("-l"))
    if options.sort:
        request = _sorted(request, options, shape)
    return request


def first_page(request: Fields, options: QueryOptions, shape: QueryShape) -> Fields:
    """The request for the first of several pages, as a client makes it while it calls."""
    where = Where("--all-pages")
    if at_path(request, (*(shape.prefix or ()), "page", "start")) is None:
        request = _put(request, shape, "page.start", 1, where)
    size = options.page_size if options.limit is None else min(options.limit, options.page_size)
    return _put(request, shape, "page.limit", size, where)


def can_page(shape: QueryShape) -> bool:
    """Whether the server can be asked for a number of rows."""
    return shape.prefix is not None and "page" in shape.fields


def _sorted(request: Fields, options: QueryOptions, shape: QueryShape) -> Fields:
    keys = [_sort_key(text.strip(), options) for given in options.sort for text in given.split(",")]
    if shape.prefix is None or "sort" not in shape.fields:
        raise UsageError("-s: this resource has no sort in its request", "sort the answer: -o jsonl | sort")
    if len(keys) > 1 and not shape.sort_repeated:
        raise UsageError("-s: this resource is sorted by one column only")
    return _put(request, shape, "sort", keys if shape.sort_repeated else keys[0], Where("-s"))


def _sort_key(text: str, options: QueryOptions) -> dict[str, Any]:
    key = by_title(options.columns, text.removeprefix("-"))
    if not key:
        raise UsageError("-s needs the name of a column", "write -s name, or -s -name for the other way round")
    return {"key": key, "desc": True} if text.startswith("-") else {"key": key}


def _put(request: Fields, shape: QueryShape, path: str, value: Any, where: Where) -> Fields:
    parts = path.split(".")
    if shape.prefix is None or parts[0] not in shape.fields:
        return request
    full = (*shape.prefix, *parts)
    if value is False and at_path(request, full) is None:
        return request
    return with_path(request, full, from_python(value, where), where)
