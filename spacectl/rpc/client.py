"""Questions to a server: a verb of a resource and its requests, and the answers as they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from spacectl.errors import CallError
from spacectl.query import can_page
from spacectl.rpc.answer import Answer
from spacectl.rpc.caller import Caller
from spacectl.rpc.catalog import READS, Method, verbs_of
from spacectl.rpc.question import Question, Request
from spacectl.rpc.status import UNIMPLEMENTED

if TYPE_CHECKING:
    from spacectl.rpc.beside import Beside


class Client(Caller):
    """What is asked over a connection to one endpoint."""

    def grpcurl(self, question: Question, environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """The lines of grpcurl that do the same, and the variables to be set for them; nothing is sent.

        Raises UsageError, CallError.
        """
        from spacectl.rpc.grpcurl import Line

        method, requests = self.prepared(question)
        line = Line(
            self._connection.endpoint,
            self._connection.settings,
            self._metadata(),
            environ,
            timeout=self._timeout,
            packs=self._packs,
            emit_defaults=self._decoding.emit_defaults,
        )
        messages = [request.message for request in requests]
        calls = [messages] if method.client_streaming else [[message] for message in messages]
        return [line.of(method.path, one, self.types.find) for one in calls], list(line.variables)

    def verbs(self) -> dict[str, list[str]]:
        """The names of the methods of each service, by the service's full name, sorted. Raises CallError."""
        return verbs_of(self.source)

    def answers(self, question: Question) -> Iterator[Answer]:
        """The answers to all requests, one by one as they arrive. Raises UsageError, CallError.

        Everything is checked before anything is sent. Several requests are sent one after the other, or as the
        messages of one client stream.
        """
        method, answers = self._begun(question)
        answered = False
        try:
            for answer in answers:
                answered = True
                yield answer
        except CallError as error:
            if answered or error.code != UNIMPLEMENTED or not self.refresh():
                raise
            # the method may have moved since its descriptor was kept; the same one is never called again
            try:
                moved, requests = self.prepared(question)
            except CallError:
                raise error from None
            if moved.path == method.path:
                raise
            yield from self._calls(moved, requests, question)

    def _begun(self, question: Question) -> tuple[Method, Iterator[Answer]]:
        """The method of a question, and the answers to its requests.

        A verb that reads may be called as kept descriptors have it that are older than they may be, while the server
        is asked for new ones. One that writes may not: what it did, shaped by an API that is gone, no one can undo.
        """
        cached = self._cached
        if cached is None or question.verb.lower() not in READS:
            method, requests = self.prepared(question)
            return method, self._calls(method, requests, question)
        warnings: list[str] = []
        cached.any_age = True
        try:
            method, requests = self.prepared(question._replace(warn=warnings.append))
        finally:
            cached.any_age = False
        if cached.old:
            return self._begun_beside(question, method, requests, warnings)
        for warning in warnings:
            question.warn(warning)
        return method, self._calls(method, requests, question)

    def _begun_beside(
        self, question: Question, method: Method, requests: Sequence[Request], warnings: Sequence[str]
    ) -> tuple[Method, Iterator[Answer]]:
        """As `_begun`, with reflection beside the call; `warnings` are about the requests."""
        from spacectl.rpc.beside import Beside, Shape, is_possible

        shape, cached = Shape(method, requests), self._cached
        if cached is None or not is_possible(shape, cached.wanted):
            self.refresh()
            method, requests = self.prepared(question)
            return method, self._calls(method, requests, question)

        def again() -> Shape:
            self.types.forget()
            return Shape(*self.prepared(question))

        def tell() -> None:
            for warning in warnings:
                question.warn(warning)

        if self._trace is not None:
            self._trace.note("what is kept of the server may be out of date: reflection beside the call")
        beside = Beside(self._reflection, cached, shape, again, tell, paged=question.pages is not None)
        return method, beside.answers(lambda shape, beside: self._calls(*shape, question, beside))

    def _calls(
        self, method: Method, requests: Sequence[Request], question: Question, beside: Beside | None = None
    ) -> Iterator[Answer]:
        if method.client_streaming:
            yield from self.call(method, iter([request.message for request in requests]), question.use)
            return
        pages = question.pages if can_page(method.query_shape()) and not method.server_streaming else None
        for request in requests:
            try:
                if pages is not None:
                    yield self.paged(method, request, pages, question.warn, question.use, beside=beside)
                else:
                    yield from self.call(method, request.message, question.use, beside=beside)
            except CallError as error:
                from spacectl.blame import places, ways_on

                error.hints += tuple(places(error, request.fields))
                if "REQUIRED" in error.details:
                    error.hints += ways_on(question.verb, question.resource)
                raise
