"""Reading a stream: every message is looked at once, counted, timed and forgotten."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.errors import CallError
from spacectl.plugin.layouts import LayoutCheck
from spacectl.plugin.resources import RowCheck, Show, checks_of
from spacectl.plugin.results import Counting, Event, Offences, Result, Tally, cut
from spacectl.plugin.rows import Keys, Row, Rows, brief, key_of
from spacectl.plugin.shapes import shape

if TYPE_CHECKING:
    from spacectl.plugin.interfaces import Step
    from spacectl.plugin.recording import Comparison, Recorder
    from spacectl.plugin.target import Item

LARGEST = 4 * 1024 * 1024
EVERY_SECONDS = 0.1
COUNTED = ("type", "provider", "region", "state")
COUNTED_PATHS = ("provider", "region_code")
# what rows that are alike have the same values of: nothing else may a check ask for that has not to see all of them
ASKED_FOR = (*COUNTED_PATHS, "cloud_service_group", "cloud_service_type")
LONGEST_NAME = 60
MOST_GROUPS = 10_000


class Keeping(NamedTuple):
    """Where what is received goes besides the checks."""

    recorder: Recorder | None
    comparison: Comparison | None


class Group:
    """Rows that are alike: how many, what they count as, and the checks that have to look at each of them."""

    __slots__ = ("count", "names", "see")

    def __init__(self, names: tuple[Any, ...], see: list[Callable[[Row], object]]) -> None:
        self.names = names
        self.see = see
        self.count = 1


class Run:
    """The first, thorough run of a stream; `error` is what ended it before its end.

    `first` is how many messages the first stream had, where there is one for each of several tasks.
    """

    def __init__(self, step: Step, show: Show, declared: Any, extra: frozenset[str], keeping: Keeping) -> None:
        self.keys = Keys()
        self.tally = Tally(step.name, step.stream == "resources")
        self.error: CallError | None = None
        self.first: int | None = None
        self._step = step
        self._show = show
        self._extra = extra
        self._keeping = keeping
        self._unknown = Offences(step.every["fields"])
        self._large = Offences(step.every["size"])
        self._resources = step.stream == "resources"
        self._checks: list[RowCheck] = checks_of(step, show, declared, self.keys)
        layouts = [check for check in step.checks if check.settings.get("test") == "layouts"]
        self._checks += [LayoutCheck(check, show) for check in layouts]
        self._shapes = [
            (Offences(check), shape(check.settings["schema"]))
            for check in step.checks
            if check.settings.get("test") == "row"
        ]
        self._see_row = [check.see for check in self._checks]
        self._rows = Rows(ASKED_FOR)
        self._counted: Counter[tuple[Any, ...]] = Counter()
        self._groups: dict[Hashable, Group] = {}

    def read(self, items: Iterator[Item]) -> Iterator[Event]:
        """Reads one stream to its end, and says now and then how far it is."""
        tally = self.tally
        before = tally.seconds
        begun = last = shown = time.monotonic()
        try:
            for item in items:
                tally.slowest = max(tally.slowest, time.monotonic() - last)
                self._see(item)
                last = time.monotonic()
                if last - shown > EVERY_SECONDS:
                    shown = last
                    self._count(before + last - begun)
                    yield Counting(tally)
                    last = time.monotonic()
        except CallError as error:
            self.error = error
        tally.slowest = max(tally.slowest, time.monotonic() - last) if self.error is None else tally.slowest
        self.first = tally.messages if self.first is None else self.first
        self._count(before + time.monotonic() - begun)

    def results(self) -> Iterator[Result]:
        """What came of the checks of every message."""
        tally = self.tally
        total, noun = (tally.messages, "resources") if self._resources else (tally.messages, "messages")
        yield self._large.result(
            f"the largest has {amount(tally.largest)}", f"{self._large.count:,} of {total:,} {noun}"
        )
        yield self._unknown.result("", f"{self._unknown.count:,} of {total:,} {noun}")
        for check in self._checks:
            yield check.result(total)
        for offences, _ in self._shapes:
            yield offences.result(f"{tally.rows:,} rows", f"{offences.count:,} of {tally.rows:,} rows")

    def _see(self, item: Item) -> None:
        tally = self.tally
        tally.messages += 1
        position = tally.messages
        tally.size += item.size
        tally.largest = max(tally.largest, item.size)
        if item.size > LARGEST:
            part = (lambda: brief(self._rows.row(position, item))) if self._resources else None
            self._large.add(f"message {position:,}", f"it has {amount(item.size)}", part, lambda: self._show(position))
        unknown = item.unknown()
        if unknown or self._extra:
            self._see_fields(item, position, unknown)
        if self._resources:
            tally.rows += 1
            self._see_resource(self._rows.row(position, item))
        else:
            self._see_rows(item, position)

    def _see_resource(self, row: Row) -> None:
        likeness = row.likeness()
        group = self._groups.get(likeness)
        if group is None:
            self._begin(row, likeness)
        else:
            group.count += 1
            for see in group.see:
                see(row)
        if self._keeping.recorder is not None or self._keeping.comparison is not None:
            self._keep(row.item.plain())

    def _begin(self, row: Row, likeness: Hashable) -> None:
        """Looks at a row that is like none before; of those like it, only what may be found again is looked for."""
        see_again: list[Callable[[Row], object]] = [see for see in self._see_row if not see(row)]
        provider, region = (None if value is None else str(value) for value in map(row.value, COUNTED_PATHS))
        if len(self._groups) == MOST_GROUPS:
            self._end_groups()
        self._groups[likeness] = Group((row.kind, provider, region, row.state), see_again)

    def _end_groups(self) -> None:
        for group in self._groups.values():
            self._counted[group.names] += group.count
        self._groups.clear()

    def _see_rows(self, item: Item, position: int) -> None:
        value = item.plain()
        rows = value.get(self._step.rows, []) if isinstance(value, dict) else []
        for row in rows:
            self.tally.rows += 1
            for offences, problem in self._shapes:
                found = problem(row)
                if found:
                    offences.add(f"row {self.tally.rows:,}", found, partial(cut, row), lambda: self._show(position))
            self._keep(row)
            self.keys.add(repr(row))

    def _see_fields(self, item: Item, position: int, unknown: tuple[int, ...]) -> None:
        extra = sorted(name for name in self._extra if item.has(name))
        if unknown or extra:
            names = ", ".join([*extra, *(f"number {number}" for number in unknown)])
            self._unknown.add(
                f"message {position:,}", f"the interface has no field {names}", None, lambda: self._show(position)
            )

    def _keep(self, value: Any) -> None:
        if self._keeping.recorder is not None:
            self._keeping.recorder.keep(self._step.name, value)
        if self._keeping.comparison is not None:
            self._keeping.comparison.see(value)

    def _count(self, seconds: float) -> None:
        self.tally.seconds = seconds
        if self._resources:
            counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
            groups = ((group.names, group.count) for group in self._groups.values())
            for names, count in chain(self._counted.items(), groups):
                for counter, name in zip(counts.values(), names, strict=True):
                    if name is not None:
                        counter[name[:LONGEST_NAME] or "(none)"] += count
            self.tally.counts = counts


def read_keys(
    items: Iterator[Item], step: Step, tally: Tally, see: Callable[[str], None], most: int | None = None
) -> None:
    """Reads a stream for its keys alone, at most so many messages, which `tally` counts. Raises CallError."""
    rows = Rows(keys_alone=True)
    for count, item in enumerate(items, 1):
        tally.messages += 1
        if step.stream == "resources":
            tally.rows += 1
            key = key_of(rows.row(count, item))
            if key is not None:
                see(key)
        else:
            value = item.plain()
            for row in value.get(step.rows, []) if isinstance(value, dict) else []:
                tally.rows += 1
                see(repr(row))
        if count == most:
            break
    close = getattr(items, "close", None)
    if close is not None:
        close()


def amount(size: int) -> str:
    """A number of bytes as people say it."""
    if size < 1024:
        return f"{size:,} bytes"
    return f"{size / 1024:,.1f} KiB" if size < 1024 * 1024 else f"{size / 1024 / 1024:,.1f} MiB"
