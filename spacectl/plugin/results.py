"""What a test found: one result a check, and the tallies of a stream while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from spacectl.plugin.interfaces import Check

State = Literal["passed", "failed", "warned", "skipped"]
MOST_SHOWN = 3
LONGEST_TEXT = 100
MOST_ENTRIES = 8


class Offence(NamedTuple):
    """One thing that broke a check: where, why, what of it matters, and the command that shows all of it."""

    where: str
    message: str
    part: Any = None
    command: str = ""


class Result(NamedTuple):
    """What came of a check; `detail` is one line."""

    check: Check
    state: State
    detail: str = ""
    offences: tuple[Offence, ...] = ()
    number: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        found: dict[str, Any] = {"check": self.check.name, "state": self.state, "detail": self.detail}
        if self.state in ("failed", "warned"):
            found |= {"reason": self.check.reason, "way_out": self.check.way_out}
        if self.number:
            found["count"] = self.number
        if self.offences:
            found["offences"] = [offence._asdict() for offence in self.offences]
        return found


@dataclass
class Tally:
    """What a stream has brought so far; sizes in bytes, times in seconds."""

    step: str
    resources: bool
    messages: int = 0
    rows: int = 0
    size: int = 0
    largest: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The tally as plain values."""
        return {
            "step": self.step,
            "messages": self.messages,
            "rows": self.rows,
            "bytes": self.size,
            "largest_message": self.largest,
            "slowest_gap_seconds": round(self.slowest, 3),
            "seconds": round(self.seconds, 3),
            "counts": {name: dict(counter.most_common()) for name, counter in self.counts.items()},
        }


class Counting(NamedTuple):
    """A stream is being read: the tally until now."""

    tally: Tally


class Collected(NamedTuple):
    """A stream was read to its end: its tally."""

    tally: Tally


Event = Result | Counting | Collected


class Offences:
    """The offences against one check: all are counted, the first few are kept."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.count = 0
        self.kept: list[Offence] = []

    def add(
        self, where: str, message: str, part: Callable[[], Any] | None = None, command: Callable[[], str] = str
    ) -> None:
        """One more; `part` is asked for what matters of it, and `command` for how to see it, if it is kept."""
        self.count += 1
        if len(self.kept) < MOST_SHOWN:
            self.kept.append(Offence(where, message, None if part is None else part(), command()))

    def result(self, good: str, bad: str) -> Result:
        """The result of the check: `good` and `bad` are its detail."""
        if not self.count:
            return Result(self.check, "passed", good)
        return Result(self.check, "failed", bad, tuple(self.kept), self.count)


def masked_result(result: Result, mask: Callable[[Any], Any]) -> Result:
    """A result whose texts were all given to `mask`, which takes credentials out of plain values."""
    offences = tuple(Offence(*(mask(value) for value in offence)) for offence in result.offences)
    return result._replace(detail=mask(result.detail), offences=offences)


def cut(value: Any, depth: int = 3) -> Any:
    """What matters of a value: long texts, long lists and what is nested deep are cut, and say so."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}… ({len(value):,} characters)"
    if isinstance(value, Mapping):
        if depth == 0:
            return f"{{… {len(value)} fields}}" if value else {}
        kept = {key: cut(item, depth - 1) for key, item in list(value.items())[:MOST_ENTRIES]}
        if len(value) > MOST_ENTRIES:
            kept["…"] = f"{len(value) - MOST_ENTRIES} more fields"
        return kept
    if isinstance(value, list):
        if depth == 0:
            return f"[… {len(value)} items]" if value else []
        kept_items = [cut(item, depth - 1) for item in value[:MOST_SHOWN]]
        return kept_items if len(value) <= MOST_SHOWN else [*kept_items, f"… {len(value) - MOST_SHOWN} more"]
    return value
