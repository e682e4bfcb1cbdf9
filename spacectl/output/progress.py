"""A bar on standard error for work that takes longer than a second; rich is imported then, and not before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AFTER_SECONDS = 1.0
EVERY_SECONDS = 0.1
ROWS_A_LOOK = 64


class Progress:
    """How far the work is, out of `total` (None while nobody knows).

    It is drawn when `advance` or `poll` is called, by the caller's own thread, so that nothing else is torn apart;
    `hide` takes it away before something is printed on the same terminal.
    """

    def __init__(self, stream: TextIO, total: int | None, what: str) -> None:
        self.total = total
        self._stream = stream
        self._what = what
        self._done = 0
        self._next = time.monotonic() + AFTER_SECONDS
        self._bar: Any = None
        self._shown = False

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self._done += count
        self.poll()

    def poll(self) -> None:
        """Draws the bar where it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY_SECONDS
        if self._bar is None:
            self._bar = _bar(self._stream)
            self._bar.add_task(self._what)
        self._bar.update(self._bar.task_ids[0], completed=self._done, total=self.total)
        if self._shown:
            self._bar.refresh()
        else:
            self._bar.start()
            self._shown = True

    def hide(self) -> None:
        """Takes the bar off the screen; the next `poll` may bring it back."""
        if self._shown:
            self._bar.stop()
            self._shown = False
            self._next = time.monotonic() + EVERY_SECONDS

    def hide_for(self, stream: TextIO) -> None:
        """Takes the bar off the screen where something is printed to a stream that is on it, too."""
        if self._shown and stream.isatty():
            self.hide()

    def watched(self, rows: Iterable[Any], total: Any) -> Iterator[Any]:
        """The same rows, counted as they go by, out of a `total` if it is a number; no bar is left at the end."""
        self.total = total if isinstance(total, int) else None
        try:
            for number, row in enumerate(rows, 1):
                yield row
                if not number % ROWS_A_LOOK:
                    self.advance(ROWS_A_LOOK)
        finally:
            self.hide()


def _bar(stream: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=stream)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, auto_refresh=False)
