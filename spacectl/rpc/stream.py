"""Answers of a stream with a limit on the time between two of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any


class NoAnswerInTimeError(Exception):
    """The next message of a stream did not come in time."""


def answers_in_time(call: Any, timeout: float | None) -> Iterator[Any]:
    """The messages of a call; the call is cancelled when the reader goes away.

    Raises NoAnswerInTimeError when more than `timeout` seconds pass while the next one is waited for; the time that the
    reader itself takes does not count.
    """
    watch = None if timeout is None else _Watch(call, timeout)
    try:
        while True:
            if watch is not None:
                watch.waiting_since = time.monotonic()
            try:
                message = next(call)
            except StopIteration:
                return
            except Exception:
                if watch is not None and watch.expired:
                    raise NoAnswerInTimeError from None
                raise
            if watch is not None:
                watch.waiting_since = None
            yield message
    finally:
        if watch is not None:
            watch.stop()
        call.cancel()


class _Watch:
    """One thread for the whole stream: a timer for each message would cost more than the message."""

    def __init__(self, call: Any, timeout: float) -> None:
        self.waiting_since: float | None = None
        self.expired = False
        self._call = call
        self._timeout = timeout
        self._stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        pause = self._timeout
        while not self._stopped.wait(pause):
            since = self.waiting_since
            pause = self._timeout if since is None else since + self._timeout - time.monotonic()
            if since is not None and pause <= 0:
                self.expired = True
                self._call.cancel()
                return
            pause = max(pause, 0.01)
