"""The calls of a channel, with a Trace told of each: an interceptor, and the stream of answers that it gives."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import grpc

from spacectl.rpc.trace import REFLECTION, Trace, messages

if TYPE_CHECKING:
    from spacectl.rpc.channel import Channel


def watched(channel: Channel, trace: Trace) -> Any:
    """The calls of a channel, with a Trace told of everything on it."""
    trace.watches(channel)
    return grpc.intercept_channel(channel.calls, Interceptor(trace))


class Interceptor(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[misc]  # grpc has no types
    grpc.UnaryStreamClientInterceptor,  # type: ignore[misc]
    grpc.StreamStreamClientInterceptor,  # type: ignore[misc]
):
    """Tells a Trace of every call; of reflection, only how long it takes."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        """A call with one answer, which is here when this returns, or a future."""
        trace = self._trace
        self._request(details)
        trace.sent(request)
        began = time.monotonic()
        call = continuation(details, request)
        call.add_done_callback(lambda done: self._done(done, began))
        return call

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        """A server stream."""
        self._request(details)
        self._trace.sent(request)
        return Answers(continuation(details, request), self._trace, "call")

    def intercept_stream_stream(self, continuation: Any, details: Any, request_iterator: Any) -> Any:
        """A stream in both directions."""
        if REFLECTION in _text(details.method):
            self._trace.begins()
            return Answers(continuation(details, request_iterator), self._trace, "reflection")
        self._request(details)
        told = messages(request_iterator, self._trace)
        return Answers(continuation(details, told), self._trace, "call")

    def _request(self, details: Any) -> None:
        self._trace.request(_text(details.method), details.metadata, details.timeout)

    def _done(self, call: Any, began: float) -> None:
        self._trace.spend("call", time.monotonic() - began)
        self._trace.metadata(call.initial_metadata())
        if call.code() == grpc.StatusCode.OK:
            self._trace.received(len(call.result() or b""))
        self._trace.status(call)


class Answers:
    """The messages of a call as they come, with everything else that the call has."""

    def __init__(self, call: Any, trace: Trace, what: str) -> None:
        self._call = call
        self._trace = trace
        self._what = what
        self._began = False

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        rendering = self._trace.rendered()
        began = time.monotonic()
        quiet = self._what == "reflection"
        try:
            message = next(self._call)
        except (StopIteration, grpc.RpcError):
            if not quiet:
                self._head()
                self._trace.status(self._call)
            raise
        finally:
            self._trace.spend(self._what, time.monotonic() - began)
            if quiet:
                self._trace.resumes(rendering=rendering)
        if not quiet:
            self._head()
            self._trace.received(len(message))
        return message

    def _head(self) -> None:
        if not self._began:
            self._began = True
            self._trace.metadata(self._call.initial_metadata())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def _text(method: Any) -> str:
    return method.decode() if isinstance(method, bytes) else str(method)
