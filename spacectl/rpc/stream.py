"""Calls that are streams: the messages that go out as they are made, and a limit on the time between answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any


class NoAnswerInTimeError(Exception):
    """The next message of a stream did not come in time."""


class NotOneAnswerError(Exception):
    """A call that has one answer had none, or more."""


def the_only(answers: Iterator[Any]) -> Iterator[Any]:
    """The one answer of a client stream, when it has ended well: before a failure it counts for nothing.

    Raises NotOneAnswerError.
    """
    found = list(islice(answers, 2))
    if len(found) != 1:
        raise NotOneAnswerError("more than the one answer that there may be" if found else "no answer at the end of it")
    yield found[0]


class Outgoing:
    """The messages of a client stream, taken from `source` in gRPC's own thread, as the server has room for them.

    Where the source fails, the call is cancelled, so that the server never takes a part for the whole, and `error` is
    what the source raised. `sent` counts the messages.
    """

    def __init__(self, source: Iterable[Any]) -> None:
        self.error: Exception | None = None
        self.sent = 0
        self.since = time.monotonic()
        self.is_asking = False
        self._source = iter(source)
        self._call: Any = None
        self._known = threading.Event()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self.is_asking = True
        try:
            message = next(self._source)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            self._known.wait()
            self._call.cancel()
            raise StopIteration from None
        finally:
            self.since = time.monotonic()
            self.is_asking = False
        self.sent += 1
        return message

    def belongs_to(self, call: Any) -> None:
        """Tells which call is to be cancelled."""
        self._call = call
        self._known.set()


def answers_in_time(call: Any, timeout: float | None, outgoing: Outgoing | None = None) -> Iterator[Any]:
    """The messages of a call; the call is cancelled when the reader goes away.

    Raises NoAnswerInTimeError when more than `timeout` seconds pass while the next one is waited for. What the reader
    itself takes does not count, nor does the time until the next message that goes out is there: a server owes no
    answer to what has not been said.
    """
    watch = None if timeout is None else _Watch(call, timeout, outgoing)
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

    def __init__(self, call: Any, timeout: float, outgoing: Outgoing | None) -> None:
        self.waiting_since: float | None = None
        self.expired = False
        self._call = call
        self._timeout = timeout
        self._outgoing = outgoing
        self._stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _since(self) -> float | None:
        since, outgoing = self.waiting_since, self._outgoing
        if since is None or outgoing is None:
            return since
        return None if outgoing.is_asking else max(since, outgoing.since)

    def _run(self) -> None:
        pause = self._timeout
        while not self._stopped.wait(pause):
            since = self._since()
            pause = self._timeout if since is None else since + self._timeout - time.monotonic()
            if since is not None and pause <= 0:
                self.expired = True
                self._call.cancel()
                return
            pause = max(pause, 0.01)
