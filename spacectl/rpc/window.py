"""A window of calls in flight: sent in order, taken as they end, given out in order, written down in a journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from spacectl.batch.journal import Journal, State
from spacectl.errors import CallError, SpacectlError

if TYPE_CHECKING:
    from spacectl.rpc.batch import Batch, Item

# answers that wait for an earlier one, as a multiple of the window: one slow call must not stop all the others
AHEAD = 4
IDLE_SECONDS = 0.2
# with these a server says that it did not do what it was asked; after any other failure a write may have been done:
# INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE,
# UNIMPLEMENTED, UNAUTHENTICATED
REFUSALS = frozenset((3, 5, 6, 7, 9, 10, 11, 12, 16))


class Window(NamedTuple):
    """How a batch is run: how many requests are in flight, and whether failures do not end it.

    `idle` is called whenever there is nothing to do but to wait.
    """

    parallel: int
    keep_going: bool
    idle: Callable[[], None]


class Results:
    """An iterator over the items of a batch, each when it is its turn: the caller uses `answers`, and sets `error`
    where they fail.

    No more is sent after a failure, unless the window says so. Who leaves before the end calls `finish`.
    """

    def __init__(
        self, batch: Batch, source: Iterator[Item], window: Window, writes: Journal | None, reads: Journal | None
    ) -> None:
        self._batch = batch
        self._source = source
        self._window = window
        self._writes = writes
        self._reads = reads
        self._pending: deque[Item] = deque()
        self._ended: SimpleQueue[Item] = SimpleQueue()
        self._flying = 0
        self.exhausted = False
        self.stopped = False

    def __iter__(self) -> Iterator[Item]:
        while True:
            self._fill()
            if self._pending and self._pending[0].ended:
                item = self._pending.popleft()
                yield item
                self._used(item)
            elif self._pending:
                self._wait()
            elif self.exhausted or self.stopped:
                return

    def cancel(self) -> None:
        """Ends the calls in flight; what became of those that write is not known."""
        self.stopped = True
        for item in self._pending:
            item.abandoned = True
        self._take_ended()
        self._source = iter(())
        for item in self._pending:
            if item.future is not None:
                item.future.cancel()
        self._flying = 0

    def finish(self, *, wait: bool) -> None:
        """Sends no more, and waits for what is in flight, or cancels it."""
        self.stopped = True
        try:
            while wait and self._flying:
                self._take(self._ended.get())
        finally:
            self.cancel()

    def rest(self) -> Iterator[Item]:
        """The items that were begun and not yet given out."""
        while self._pending:
            yield self._pending.popleft()

    def _fill(self) -> None:
        """Sends as many as the window has room for."""
        if self._writes is not None and self._flying > self._window.parallel // 2:
            # a line in the journal costs a wait for the disk: one wait for several
            return
        begun: list[Item] = []
        while (
            not (self.exhausted or self.stopped)
            and self._flying + len(begun) < self._window.parallel
            and len(self._pending) < self._window.parallel * AHEAD
        ):
            item = next(self._source, None)
            if item is None:
                self.exhausted = True
                break
            self._pending.append(item)
            if item.request is not None:
                begun.append(item)
            elif item.error is not None and not item.outcome:
                self._failed()
            if self._batch.one_by_one:
                break
        if begun and self._writes is not None:
            self._writes.intend((item.position, self._batch.digest(item)) for item in begun)
        for item in begun:
            self._flying += 1
            self._batch.begin(item, self._ended.put)

    def _wait(self) -> None:
        """Waits until an answer is here, or for a moment."""
        self._take_ended()
        if self._pending and not self._pending[0].ended:
            self._window.idle()
            try:
                self._take(self._ended.get(timeout=IDLE_SECONDS))
            except Empty:
                return
            self._take_ended()

    def _take_ended(self) -> None:
        while True:
            try:
                self._take(self._ended.get_nowait())
            except Empty:
                return

    def _take(self, item: Item) -> None:
        if not item.abandoned and self._batch.begin_again(item, self._ended.put):
            return
        item.ended = True
        self._flying -= 1
        if item.future is None:
            return
        item.error = self._batch.failure(item)
        if self._writes is not None:
            self._note(self._writes, item)
        if item.error is not None:
            item.answers = ()
            self._failed()

    def _used(self, item: Item) -> None:
        """After the caller has used the answers of an item."""
        if item.request is not None:
            if self._reads is not None:
                self._note(self._reads, item)
            elif self._writes is not None and item.future is None:
                self._note(self._writes, item)
        if item.error is not None and not item.outcome:
            self._failed()

    def _failed(self) -> None:
        if not self._window.keep_going:
            self.stopped = True

    def _note(self, journal: Journal, item: Item) -> None:
        state, code = state_of(item.error)
        journal.ended(item.position, self._batch.digest(item), state, code)


def state_of(error: SpacectlError | None) -> tuple[State, int]:
    """What a failure says of a request, and its gRPC status code: was it done, was it refused, did it ever arrive?"""
    if error is None:
        return "done", 0
    if not isinstance(error, CallError):
        return "unknown", 0
    if error.unsent:
        return "unsent", error.code
    return ("failed" if error.code in REFUSALS else "unknown"), error.code
