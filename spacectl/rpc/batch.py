"""Many requests of one method over one channel: a window of them in flight, their answers in the order of the input."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from spacectl.batch.journal import Journal
from spacectl.blame import places
from spacectl.errors import CallError, SpacectlError
from spacectl.query import can_page
from spacectl.resource_type import ResourceType
from spacectl.rpc.answer import Answer
from spacectl.rpc.client import Client
from spacectl.rpc.decode import Decoder
from spacectl.rpc.pages import PageOptions
from spacectl.rpc.question import Request
from spacectl.rpc.window import Results, Window
from spacectl.values import Fields

if TYPE_CHECKING:
    from spacectl.rpc.retrying import Attempts


class Item:
    """One request of a batch, and what became of it.

    `outcome` says what to make of it without sending it ("done before", …), or is empty; `error` is its failure.
    """

    def __init__(
        self,
        position: int,
        label: str,
        request: Request | None,
        *,
        outcome: str = "",
        error: SpacectlError | None = None,
    ) -> None:
        self.position = position
        self.label = label
        self.request = request
        self.outcome = outcome
        self.error = error
        self.digest = ""
        self.data = b""
        self.answers: Iterable[Answer] = ()
        self.future: Any = None
        self.began = 0.0
        self.attempts: Attempts | None = None
        self.abandoned = False
        self.ended = request is None

    def leave_out(self, outcome: str, error: SpacectlError | None = None) -> None:
        """Not to be sent, for this reason."""
        self.request, self.outcome, self.error, self.ended = None, outcome, error, True


class Batch:
    """The requests of one method of a client; `place` is where they go, the same whenever they go there.

    Raises UsageError, CallError where the method cannot be found.
    """

    def __init__(
        self,
        client: Client,
        asked: tuple[ResourceType, str, str | None],
        pages: PageOptions | None,
        place: str,
        warn: Callable[[str], None],
    ) -> None:
        self.method = client.method(*asked)
        self.target = sha256(place.encode()).hexdigest()
        self._client = client
        self._pages = pages if can_page(self.method.query_shape()) else None
        self._warn = warn
        self._reader = client.reader(self.method)
        self._send = client.send(self.method)

    @property
    def one_by_one(self) -> bool:
        """Whether an answer is more than one message, and so is read while it is printed."""
        return self.method.server_streaming or self._pages is not None

    def item(self, position: int, label: str, fields: Fields, warnings: list[str]) -> Item:
        """A request that is ready to be sent; adds to `warnings`. Raises InputError."""
        request, _ = self._client.request(self.method, fields, warnings)
        return Item(position, label, request)

    def not_sent(self, position: int, label: str, error: SpacectlError) -> Item:
        """A request that cannot be made."""
        return Item(position, label, None, error=error)

    def plain(self, item: Item) -> Any:
        """The request as it would be sent, as plain values."""
        return None if item.request is None else Decoder().converter(self.method.input)(item.request.message)

    def digest(self, item: Item) -> str:
        """A hash of the method and the request."""
        if not item.digest:
            item.digest = sha256(self.method.path.encode() + b"\0" + self._data(item)).hexdigest()
        return item.digest

    def stream(self, items: Iterable[Item]) -> Iterator[Answer]:
        """The answers to all requests as the messages of one client stream. Raises CallError."""
        return self._client.call(self.method, (item.request.message for item in items if item.request is not None))

    def results(
        self,
        items: Iterator[Item],
        parallel: int,
        *,
        keep_going: bool,
        idle: Callable[[], None],
        journal: Journal | None,
        reads: bool,
    ) -> Results:
        """The requests as they are answered; a journal has a line before each is sent, unless the method `reads`."""
        window = Window(1 if self.one_by_one else parallel, keep_going, idle)
        return Results(self, items, window, None if reads else journal, journal if reads else None)

    def begin(self, item: Item, done: Callable[[Item], None]) -> None:
        """Sends a request; `done` is called in another thread when the answer is here."""
        if item.request is None:
            return
        if self.one_by_one:
            item.answers = self._one_by_one(item.request)
            done(item)
            return
        item.began = time.monotonic()
        item.answers = self._read(item)
        self._begin(item, done)

    def begin_again(self, item: Item, done: Callable[[Item], None]) -> bool:
        """Sends a request that has failed once more, after a pause and beside the others; whether it does."""
        if item.request is None or item.future is None or item.future.code().value[0] == 0:
            return False
        item.attempts = item.attempts or self._client.attempts(self.method, item.began)
        pause = item.attempts.pause(item.future)
        if pause is None:
            return False
        from threading import Timer

        timer = Timer(pause, self._begin, (item, done))
        timer.daemon = True
        timer.start()
        return True

    def _begin(self, item: Item, done: Callable[[Item], None]) -> None:
        if item.abandoned:
            return
        # ValueError: the channel has been closed meanwhile
        with suppress(ValueError):
            item.future = self._send(self._data(item), item.attempts)
            item.future.add_done_callback(lambda _: done(item))

    def failure(self, item: Item) -> CallError | None:
        """The failure of a call that has ended, None where it has not or there is none."""
        if item.request is None or item.future is None or item.future.code().value[0] == 0:
            return None
        return _placed(self._client.failure(item.future), item.request)

    def _one_by_one(self, request: Request) -> Iterator[Answer]:
        try:
            if self._pages is not None:
                yield self._client.paged(self.method, request, self._pages, self._warn)
            else:
                yield from self._client.call(self.method, request.message)
        except CallError as error:
            raise _placed(error, request) from None

    def _read(self, item: Item) -> Iterator[Answer]:
        yield self._reader.read(item.future.result())

    def _data(self, item: Item) -> bytes:
        if not item.data and item.request is not None:
            # the same bytes in every run: maps have no order of their own
            item.data = item.request.message.SerializeToString(deterministic=True)
        return item.data


def _placed(error: CallError, request: Request) -> CallError:
    error.hints += tuple(places(error, request.fields))
    return error
