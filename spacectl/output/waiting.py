"""A sign of life on a terminal, for a wait that is longer than a second; rich is imported then, and not before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, TextIO, TypeVar

AFTER_SECONDS = 1.0

Item = TypeVar("Item")


def waited_for(items: Iterator[Item], stream: TextIO, what: str) -> Iterator[Item]:
    """The same items; while one is waited for, `what` turns on the stream, and is gone before the item is given."""
    try:
        while True:
            with _Spinner(stream, what):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


class _Spinner:
    """Draws from a thread of its own: the one that waits is inside gRPC."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream = stream
        self._what = what
        self._lock = threading.Lock()
        self._over = False
        self._status: Any = None
        self._timer = threading.Timer(AFTER_SECONDS, self._show)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()

    def _show(self) -> None:
        from rich.console import Console

        with self._lock:
            if not self._over:
                self._status = Console(file=self._stream, highlight=False).status(self._what)
                self._status.start()
