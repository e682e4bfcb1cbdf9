"""A sign of life on a terminal, for a wait that is longer than a second; rich is imported then, and not before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO, TypeVar

AFTER_SECONDS = 1.0

Item = TypeVar("Item")


def waited_for(items: Iterator[Item], stream: TextIO, what: str) -> Iterator[Item]:
    """The same items; while one is waited for, `what` turns on the stream, and is gone before the item is given."""
    spinner = _Spinner(stream, what)
    try:
        while True:
            spinner.begin()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                spinner.end()
            yield item
    finally:
        spinner.stop()
        close = getattr(items, "close", None)
        if close is not None:
            close()


class _Spinner:
    """Draws from a thread of its own: the one that waits is inside gRPC. It is one for all the items."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream = stream
        self._what = what
        self._lock = threading.Lock()
        self._since: float | None = None
        self._status: Any = None
        self._stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self) -> None:
        """Something is waited for from now on."""
        self._since = time.monotonic()

    def end(self) -> None:
        """It is there."""
        with self._lock:
            self._since = None
            if self._status is not None:
                self._status.stop()
                self._status = None

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self._stopped.set()

    def _run(self) -> None:
        pause = AFTER_SECONDS
        while not self._stopped.wait(pause):
            since = self._since
            pause = AFTER_SECONDS if since is None else since + AFTER_SECONDS - time.monotonic()
            if pause <= 0:
                pause = AFTER_SECONDS
                self._show()

    def _show(self) -> None:
        from rich.console import Console

        with self._lock:
            if self._since is not None and self._status is None:
                self._status = Console(file=self._stream, highlight=False).status(self._what)
                self._status.start()
