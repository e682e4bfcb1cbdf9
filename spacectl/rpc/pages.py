"""A list fetched page by page, the next page asked for while the rows of the last one are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from spacectl.rpc.answer import Answer


class Page(NamedTuple):
    """One page as it arrived: the answer, and the number of its rows before they are read."""

    answer: Answer
    length: int
    keys: Sequence[int]


class PageOptions(NamedTuple):
    """How a list is fetched: rows a page, and rows in all (None for every one)."""

    size: int = 1000
    limit: int | None = None


class Pages:
    """The pages of one list as a single answer.

    `ask(start, size)` sends the request for a page (`start` counts from 1) and gives a function that waits for it.
    What does not fit together (a total that changes, a row that comes twice, rows that are missing at the end, a page
    that comes again) is told to `warn`.
    """

    def __init__(
        self,
        ask: Callable[[int, int], Callable[[], Page]],
        options: PageOptions,
        warn: Callable[[str], None],
    ) -> None:
        self._ask = ask
        self._options = options
        self._warn = warn
        self._received = 0
        self._longest = 0
        self._total: int | None = None
        self._first_total: int | None = None
        self._last_keys: frozenset[int] = frozenset()
        self._twice = 0
        self._alike = False

    def answer(self) -> Answer:
        """The list: its first page is here, the others come while the rows are read."""
        first = self._take(self._ask(1, self._size(0))())
        self._first_total = self._total
        extras = dict(first.answer.value)
        return Answer(extras, first.answer.fields, self._rows(first))

    def _rows(self, page: Page) -> Iterator[Any]:
        while True:
            following = self._following(page)
            yield from page.answer.rows or ()
            if following is None:
                break
            before, page = page, following()
            if self._total is None and page.length and list(page.keys) == list(before.keys):
                # without a total it would go on for ever
                self._warn("the server gives the same page again: it does not list by pages, and there may be more")
                return
            page = self._take(page)
        self._judge()

    def _following(self, page: Page) -> Callable[[], Page] | None:
        if page.length == 0:
            return None
        size = self._size(self._received)
        # a server may give fewer rows than were asked for: without a total, a page shorter than another is the last
        if size <= 0 or (self._received >= self._total if self._total is not None else page.length < self._longest):
            return None
        return self._ask(self._received + 1, size)

    def _size(self, received: int) -> int:
        limit = self._options.limit
        return self._options.size if limit is None else min(self._options.size, limit - received)

    def _take(self, page: Page) -> Page:
        self._received += page.length
        self._longest = max(self._longest, page.length)
        total = page.answer.value.get("total_count")
        self._total = total if isinstance(total, int) else None
        keys = frozenset(page.keys)
        # rows that are equal in one page, as of `-c state`, cannot be told from each other in two
        self._alike = self._alike or len(keys) < page.length
        self._twice += len(self._last_keys & keys)
        self._last_keys = keys
        return page

    def _judge(self) -> None:
        if self._total != self._first_total and self._total is not None and self._first_total is not None:
            self._warn(f"the total changed from {self._first_total:,} to {self._total:,} while the pages were fetched")
        if self._twice and not self._alike:
            rows = "1 row came twice" if self._twice == 1 else f"{self._twice:,} rows came twice"
            self._warn(f"{rows}, so as many may be missing: sort by what is unique (-s) and try again")
        wanted = self._total if self._options.limit is None else min(self._options.limit, self._total or 0)
        if wanted is not None and self._received < wanted:
            self._warn(f"{wanted - self._received:,} of {wanted:,} rows did not come")
