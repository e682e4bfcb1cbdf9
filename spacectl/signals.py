"""Signals as numbers to wait for, of which none is lost.

A handler in Python runs between two steps of the main thread: a signal that comes just before that thread blocks is
seen when it wakes, which may be never, and one that comes while it holds a lock must not take that lock. What the
handler in C writes to a socket (signal.set_wakeup_fd) waits there.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class SignalQueue:
    """What has come and was not yet taken."""

    _reader: socket.socket
    _writer: socket.socket

    def get(self) -> int:
        """Waits for a signal, and gives its number; 0 is a wake()."""
        return self._reader.recv(1)[0]

    def wake(self) -> None:
        """Has get() return 0: for another thread, which knows that the wait is over."""
        with suppress(OSError):  # nobody waits any more
            self._writer.send(b"\0")


@contextmanager
def signals_queued(numbers: Iterable[int]) -> Iterator[SignalQueue]:
    """Has signals do nothing in the block but to come out of a queue; for the main thread."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        outer = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        before = {number: signal.signal(number, lambda *_: None) for number in numbers}
        try:
            yield SignalQueue(reader, writer)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(outer)
