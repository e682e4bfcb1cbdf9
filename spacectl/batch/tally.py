"""How many requests of a batch ended how."""

from __future__ import annotations

from collections import Counter

from spacectl.errors import SpacectlError

_ORDER = ("done", "done before", "failed", "failed before", "of unknown outcome", "not sent")
_ALWAYS = ("done", "failed", "not sent")


class BatchError(SpacectlError):
    """Not all requests of a batch are done; the failures themselves were reported before."""

    def __init__(self, summary: str, exit_status: int, *hints: str) -> None:
        super().__init__(summary, *hints)
        self.exit_status = exit_status


class Tally:
    """Counts outcomes; `total` is None while nobody knows how many requests there are."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self._counts: Counter[str] = Counter()

    def count(self, outcome: str) -> None:
        """One more request with this outcome."""
        self._counts[outcome] += 1

    @property
    def seen(self) -> int:
        """How many requests were counted."""
        return sum(self._counts.values())

    @property
    def left(self) -> bool:
        """Whether there are more requests than were counted."""
        return self.total is None or self.total > self.seen

    def summary(self) -> str:
        """One line: `1,000 requests: 990 done, 10 failed, 0 not sent`."""
        counts = dict(self._counts)
        if self.total is not None:
            counts["not sent"] = counts.get("not sent", 0) + self.total - self.seen
        total = self.seen if self.total is None else self.total
        parts = [f"{counts.get(name, 0):,} {name}" for name in _ORDER if name in _ALWAYS or counts.get(name)]
        if self.total is None:
            parts[-1] = "the rest not read"
        return f"{total:,} {'request' if total == 1 else 'requests'}: {', '.join(parts)}"
