"""Reflection beside a call that reads, where what is kept of the server is older than it may be.

The call goes out at once, shaped by what is kept, and the server is asked for all of that again in one go: its
services, the files that define those that were used, and what these import. Nothing is shown before both are here.
Where the server says what it said before, as nearly always, this costs no time; else its answer is read anew, or the
call made again where the request becomes another one. A server that cannot say is believed to be the one that it was,
and is asked again by the next call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.errors import CallError
from spacectl.rpc.ahead import Ahead, NotAskedError
from spacectl.rpc.cache import closure_of
from spacectl.rpc.catalog import READS
from spacectl.rpc.reflection import defining, listing, named

if TYPE_CHECKING:
    from spacectl.rpc.answer import Answer
    from spacectl.rpc.cache import CachedSource
    from spacectl.rpc.catalog import Method
    from spacectl.rpc.question import Request
    from spacectl.rpc.reflection import Reflection

# seconds that the answer waits for reflection, which was sent at the same time
PATIENCE = 1.0
# bytes: some servers answer each file with all that it imports
MAX_BYTES = 4 * 1024 * 1024
# what says nothing of the request: CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE
ELSEWHERE = frozenset((1, 4, 14))


class Shape(NamedTuple):
    """What is sent to which method."""

    method: Method
    requests: Sequence[Request]


class ShapedAnewError(Exception):
    """The call has to be made again: as the server describes it now, it is another one."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape


Files = Mapping[tuple[str, ...], Mapping[str, Any]]


def is_possible(shape: Shape, wanted: Files) -> bool:
    """Whether a call may be made before the server is asked: it changes nothing, and what is asked is not too much."""
    size = sum(file.ByteSize() for files in wanted.values() for file in files.values())
    return (
        shape.method.verb.lower() in READS
        and not shape.method.client_streaming
        and len(shape.requests) == 1
        and size * len(_questions(wanted)) <= MAX_BYTES
    )


class Beside:
    """What goes on beside a call of this shape; `again` shapes it by what the server says now.

    `tell` says what is strange about the request, once it is known to be the right one; `paged` that more requests
    follow, which are made of it.
    """

    def __init__(
        self,
        reflection: Reflection,
        cached: CachedSource,
        shape: Shape,
        again: Callable[[], Shape],
        tell: Callable[[], None],
        *,
        paged: bool,
    ) -> None:
        self._reflection = reflection
        self._cached = cached
        self._shape = shape
        self._again = again
        self._tell = tell
        self._paged = paged
        self._asked = 0
        self._ahead: Ahead | None = None
        self._judged = False

    def begin(self) -> None:
        """Asks the server, once: the call is on its way."""
        if self._ahead is None:
            self._asked = time.time_ns()
            questions = _questions(self._cached.wanted)
            self._ahead = Ahead(questions, self._reflection.sent(questions))

    def answers(self, calls: Callable[[Shape, Beside | None], Iterator[Answer]]) -> Iterator[Answer]:
        """The answers of `calls`, made again without anything beside them where their shape is another one now."""
        try:
            try:
                yield from calls(self._shape, self)
            except CallError as error:
                if not self._judged and error.code not in ELSEWHERE:
                    self._blame(error)
                raise
            if not self._judged:
                # a stream without messages
                self.current(self._shape.method)
            return
        except ShapedAnewError as anew:
            shape = anew.shape
        finally:
            self._end()
        yield from calls(shape, None)

    def current(self, method: Method) -> Method | None:
        """The method as it is now, for who has an answer of it; None where the server has not said it.

        Raises ShapedAnewError, and what is wrong with the request as the server describes it now.
        """
        self._judged = True
        unchanged = self._is_unchanged()
        if unchanged is False:
            shape = self._again()
            if self._paged or not _is_same(self._shape, shape):
                raise ShapedAnewError(shape)
            return shape.method
        self._tell()
        return method if unchanged else None

    def _blame(self, error: CallError) -> None:
        """Looks whether a call failed because the method is another one now. Raises as `current` does."""
        try:
            self.current(self._shape.method)
        except CallError:
            raise error from None

    def _is_unchanged(self) -> bool | None:
        """Whether the server is what it was; None where it has not said so."""
        described = None if self._ahead is None else self._ahead.described(PATIENCE)
        if described is None:
            return None
        wanted = self._cached.wanted
        try:
            names = described.services()
            files = {symbols: described.files(symbols) for symbols in wanted}
        except NotAskedError:
            self._cached.refresh()
            return False
        except CallError:
            return None
        if any(_is_lacking(symbols, names, wanted[symbols], found) for symbols, found in files.items()):
            return None
        return self._cached.renew(names, files, self._asked)

    def _end(self) -> None:
        if not self._judged:
            self._tell()
        if self._ahead is not None:
            self._ahead.close()


def _questions(wanted: Files) -> list[Any]:
    """The requests for all that what is wanted was made of."""
    symbols = dict.fromkeys(symbol for group in wanted for symbol in group)
    imports = {name for files in wanted.values() for file in files.values() for name in file.dependency}
    return [listing(), *map(defining, symbols), *map(named, sorted(imports))]


def _is_lacking(
    symbols: Sequence[str], services: Sequence[str], known: Mapping[str, Any], found: Mapping[str, Any]
) -> bool:
    """Whether a server does not describe what it did describe, and by its own words still has."""
    imports = {name for file in found.values() for name in file.dependency}
    if any(name in known and name not in found for name in imports):
        return True
    return any(s in services and closure_of(s, known) and not closure_of(s, found) for s in symbols)


def _is_same(one: Shape, other: Shape) -> bool:
    """Whether the same call comes of both."""
    kinds = [(s.method.path, s.method.client_streaming, s.method.server_streaming) for s in (one, other)]
    sent = [[r.message.SerializeToString(deterministic=True) for r in s.requests] for s in (one, other)]
    return (kinds[0], sent[0]) == (kinds[1], sent[1])
