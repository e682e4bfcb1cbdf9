"""Calls of methods over one connection: messages out, answers back as they come, read by the newest descriptors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError, SpacectlError
from spacectl.resource_type import ResourceType
from spacectl.rpc.answer import Answer
from spacectl.rpc.cache import CachedSource, DescriptorCache
from spacectl.rpc.catalog import Method, Source, find_method
from spacectl.rpc.checker import Checker
from spacectl.rpc.decoding import SET_FIELDS, Decoding
from spacectl.rpc.question import WHOLE_ROWS, Request, Use
from spacectl.rpc.reader import Reader
from spacectl.rpc.reflection import Reflection
from spacectl.rpc.status import INTERNAL, call_error, no_answer

if TYPE_CHECKING:
    from spacectl.rpc.beside import Beside
    from spacectl.rpc.channel import Channel
    from spacectl.rpc.pages import PageOptions
    from spacectl.rpc.protoset import Pack
    from spacectl.rpc.retrying import Attempts
    from spacectl.rpc.trace import Trace


class Caller(Checker):
    """What calls one endpoint, over a connection that is closed with it.

    `timeout` is in seconds, for each answer; None waits for ever. `metadata` gives the pairs of name and value of
    each call; `what` names the call in errors, in the words that the user typed; `cache` keeps descriptors between
    calls, and `refresh` asks for them anew all the same; `packs` are descriptor sets, which tell what fields are
    required, and what there is where the server has no reflection; `decoding` says what is shown of answers beyond
    what is set; `trace` is told of everything that is sent and comes.
    """

    def __init__(
        self,
        connection: Channel,
        metadata: Callable[[], Sequence[tuple[str, str | bytes]]],
        what: str,
        *,
        timeout: float | None,
        cache: DescriptorCache | None = None,
        refresh: bool = False,
        packs: Sequence[Pack] = (),
        decoding: Decoding = SET_FIELDS,
        trace: Trace | None = None,
    ) -> None:
        self._decoding = decoding
        self._metadata = metadata
        self._timeout = timeout
        self._what = what
        self._trace = trace
        self._connection = connection
        if trace is not None:
            from spacectl.rpc.trace_calls import watched

            self._connection.calls = watched(connection, trace)
        self._channel = self._connection.calls
        self.address = self._connection.address
        self._reflection = Reflection(self._connection, metadata(), timeout, what)
        self._cached = None if cache is None else CachedSource(self._reflection, cache, refresh=refresh)
        source: Source = self._reflection if self._cached is None else self._cached
        if packs:
            from spacectl.rpc.protoset import FallbackSource

            # outside the cache: what a file says is not kept as if the server had said it
            source = FallbackSource(source, packs)
        super().__init__(source, packs)
        self._renewed: dict[str, Method | None] = {}

    def close(self) -> None:
        """Ends all calls and the connection."""
        self._reflection.close()
        self._connection.close()

    def send(self, method: Method) -> Callable[[bytes, Attempts | None], Any]:
        """What sends the bytes of a request, and gives the grpc.Future of the answer's bytes."""
        self._reflection.close()
        invoke = self._channel.unary_unary(method.path)

        def begin(data: bytes, attempts: Attempts | None) -> Any:
            timeout = self._timeout if attempts is None else attempts.timeout
            return invoke.future(data, timeout=timeout, metadata=self._metadata())

        return begin

    def failure(self, error: Any) -> CallError:
        """The error of a call that has failed, of a grpc.RpcError."""
        return call_error(error, self._what, self._timeout, self._connection)

    def attempts(self, method: Method, began: float) -> Attempts:
        """The attempts of a call that began at a time of time.monotonic and has failed once."""
        from spacectl.rpc.retrying import Attempts

        return Attempts(self._connection, method, began, self._timeout)

    def call(
        self, method: Method, argument: Any, use: Use = WHOLE_ROWS, *, beside: Beside | None = None
    ) -> Iterator[Answer]:
        """The answers to a message, or to an iterator of the messages of a client stream. Raises CallError.

        `beside` is what goes on beside the call, and decides how its answers are read.
        """
        self._reflection.close()
        if method.server_streaming or method.client_streaming:
            yield from self._streamed(method, argument, use, None, beside)
            return
        # bytes in, bytes out: an answer may have to be read again with newer descriptors
        invoke = self._channel.unary_unary(method.path, _serialized)
        reader = self.reader(method, use, beside)

        def ask(timeout: float | None) -> Any:
            return invoke(argument, timeout=timeout, metadata=self._metadata())

        began = time.monotonic()
        if beside is None:
            answer = self._insisted(lambda: ask(self._timeout), ask, method, began)
        else:
            future = invoke.future(argument, timeout=self._timeout, metadata=self._metadata())
            beside.begin()
            answer = self._insisted(future.result, ask, method, began)
        yield reader.read(answer)

    def paged(
        self,
        method: Method,
        request: Request,
        options: PageOptions,
        warn: Callable[[str], None],
        use: Use = WHOLE_ROWS,
        *,
        beside: Beside | None = None,
    ) -> Answer:
        """A list, page by page. Raises CallError, and so may its rows."""
        self._reflection.close()
        from spacectl.rpc.pages import Page, Pages

        invoke = self._channel.unary_unary(method.path, _serialized)
        reader = self.reader(method, use, beside)
        prefix = method.query_shape().prefix or ()

        def ask(start: int, size: int) -> Callable[[], Page]:
            message = type(request.message)()
            message.CopyFrom(request.message)
            page = (message.query if prefix else message).page
            page.start = max(page.start, 1) + start - 1
            page.limit = size

            def send(timeout: float | None) -> Any:
                return invoke.future(message, timeout=timeout, metadata=self._metadata())

            began = time.monotonic()
            call = send(self._timeout)
            if beside is not None:
                beside.begin()

            def wait() -> Page:
                data = self._insisted(call.result, lambda timeout: send(timeout).result(), method, began)
                return Page(reader.read(data), *reader.count(data))

            return wait

        return Pages(ask, options, warn).answer()

    def reader(self, method: Method, use: Use = WHOLE_ROWS, beside: Beside | None = None) -> Reader:
        """What reads the answers of a method, for a use of their rows."""
        stale = method.path not in self._renewed and self._cached is not None and self._cached.used
        return Reader(
            self._renewed.get(method.path) or method,
            self._newer,
            self._what,
            use,
            may_be_stale=stale,
            decoding=self._decoding,
            find_type=self.types.find,
            current=None if beside is None else beside.current,
        )

    def _insisted(
        self, first: Callable[[], Any], again: Callable[[float | None], Any], method: Method, began: float
    ) -> Any:
        """The answer to the `first` attempt, or to one made `again` with the seconds that are left."""
        import grpc

        attempts: Attempts | None = None
        while True:
            try:
                return first() if attempts is None else again(attempts.timeout)
            except grpc.RpcError as error:
                attempts = attempts or self.attempts(method, began)
                if not attempts.wait(error):
                    raise self.failure(error) from None

    def _streamed(
        self, method: Method, argument: Any, use: Use, attempts: Attempts | None, beside: Beside | None
    ) -> Iterator[Answer]:
        """The answers of a method that streams; `attempts` are those that were made before."""
        import grpc

        from spacectl.rpc.stream import NoAnswerInTimeError, NotOneAnswerError, Outgoing, answers_in_time, the_only

        # on the wire a single answer is a stream of one: so that a client stream is watched as any other is
        kind = self._channel.stream_stream if method.client_streaming else self._channel.unary_stream
        invoke = kind(method.path, _serialized)
        reader = self.reader(method, use, beside)
        outgoing = Outgoing(argument) if method.client_streaming else None
        began = time.monotonic()
        count = 0
        try:
            call = invoke(outgoing or argument, metadata=self._metadata())
            if beside is not None:
                beside.begin()
            if outgoing is not None:
                outgoing.belongs_to(call)
            answers = answers_in_time(call, self._timeout, outgoing)
            answers = answers if method.server_streaming else the_only(answers)
            for count, data in enumerate(answers, 1):  # noqa: B007  # asked for below, after a failure
                yield reader.read(data)
            if outgoing is not None and outgoing.error is not None:
                raise outgoing.error
        except grpc.RpcError as error:
            if outgoing is not None and outgoing.error is not None:
                raise outgoing.error from None
            attempts = attempts or self.attempts(method, began)
            if count or outgoing is not None or not attempts.wait(error):
                raise self.failure(error) from None
            yield from self._streamed(method, argument, use, attempts, beside)
        except NoAnswerInTimeError:
            raise no_answer(self._what, self._timeout, self.address) from None
        except NotOneAnswerError as error:
            if outgoing is not None and outgoing.error is not None:
                raise outgoing.error from None
            raise CallError(self._what, INTERNAL, str(error)) from None

    def _newer(self, method: Method) -> Method | None:
        """A method that was described from the cache, described anew by the server; None where that cannot be done.

        What was answered is there to be shown: no failure on the way to newer descriptors may lose it.
        """
        if method.path not in self._renewed:
            self.refresh()
            service, _, verb = method.path.removeprefix("/").rpartition("/")
            package, _, name = service.rpartition(".")
            try:
                found = find_method(self.source, ResourceType(package, name), verb, None)
            except SpacectlError:
                found = method
            self._renewed[method.path] = found if found.path == method.path and found is not method else None
        return self._renewed[method.path]


def _serialized(message: Any) -> Any:
    return message.SerializeToString()
