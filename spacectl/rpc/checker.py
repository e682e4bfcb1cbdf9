"""Inputs -> requests: checked by what is known of the server, and before anything of it is asked where that can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from spacectl.errors import CallError, InputError, Problem, SpacectlError
from spacectl.resource_type import ResourceType
from spacectl.rpc.catalog import Method, Source, find_method
from spacectl.rpc.decode import Decoder
from spacectl.rpc.encode import REQUIRED, encode
from spacectl.rpc.own_fields import without_own_fields
from spacectl.rpc.question import Question, Request
from spacectl.rpc.types import Types
from spacectl.values import Fields

if TYPE_CHECKING:
    from spacectl.rpc.docs import Docs
    from spacectl.rpc.protoset import Pack

Prepared = TypeVar("Prepared")
REFRESH = "by what is kept of the server; --refresh asks it anew"


class Checker:
    """Makes requests of inputs and finds what is wrong with them; it never calls.

    `source` is where descriptors come from; `packs` are descriptor sets, which tell what fields are required, and what
    there is where nothing else does.
    """

    def __init__(self, source: Source, packs: Sequence[Pack] = ()) -> None:
        self.source = source
        self.types = Types(source)
        self._packs = packs
        self._docs: Docs | None = None
        if packs:
            from spacectl.rpc.docs import Docs

            self._docs = Docs(packs)

    @property
    def described(self) -> Source:
        """The source, with the packs instead where the server cannot be asked."""
        if not self._packs:
            return self.source
        from spacectl.rpc.protoset import FallbackSource

        return FallbackSource(self.source, self._packs, always=True)

    def method(self, resource: ResourceType, verb: str, version: str | None) -> Method:
        """The method of a verb and a resource. Raises UsageError, CallError."""
        return self._fresh_at_need(lambda: find_method(self.source, resource, verb, version))

    def checked(self, question: Question) -> list[dict[str, Any]]:
        """The requests as they would be sent, as plain values; nothing is sent. Raises UsageError, CallError.

        Where the server cannot be asked what it wants, the packs decide.
        """
        try:
            method, messages = self.prepared(question)
        except CallError as error:
            found = self._by_packs(question)
            if found is None:
                raise
            method, messages = found
            question.warn(f"checked by the descriptor set alone: {error.message}")
        return [Decoder(find_type=self.types.find).converter(method.input)(request.message) for request in messages]

    def prepared(self, question: Question) -> tuple[Method, list[Request]]:
        """The method and the requests of a question. Raises UsageError, CallError."""
        if self._packs:
            self.precheck(question)
        try:
            return self._fresh_at_need(lambda: self._prepared(question, self.source))
        except CallError:
            # what is wrong with the input counts for more than that nobody can be asked
            self._by_packs(question)
            raise

    def precheck(self, question: Question) -> None:
        """Checks what can be checked without asking the server. Raises InputError for what no server would take."""
        for source in self._at_hand():
            try:
                self._prepared(question._replace(warn=_unheard), source)
            except InputError as error:
                if not error.may_be_stale:
                    raise
            except SpacectlError:
                # what is at hand does not know it: the server may
                continue
            return

    def request(self, method: Method, given: Fields, warnings: list[str]) -> tuple[Request, bool]:
        """The request that an input makes, and whether fields were left out; adds to `warnings`. Raises InputError."""
        from google.protobuf.message_factory import GetMessageClass

        fields, ignored = without_own_fields(given, method)
        if ignored:
            place = f"{given.where.name}: " if given.where.name else ""
            warnings.append(f"{place}{method.verb} does not take {', '.join(ignored)}: left out")
        message = GetMessageClass(method.input)()
        problems: list[Problem] = []
        try:
            warnings += encode(message, fields, self.types.find)
        except InputError as error:
            problems += error.problems
        if self._docs is not None:
            from spacectl.rpc.required import missing

            problems += missing(message, fields, self._docs)
        if problems:
            raise InputError(problems)
        return Request(message, fields), bool(ignored)

    def refresh(self) -> bool:
        """Asks for descriptors anew from now on; whether that can make a difference."""
        forget = getattr(self.source, "refresh", None)
        return forget is not None and bool(forget())

    def _at_hand(self) -> list[Source]:
        """What can be looked into without asking anybody, the best first."""
        kept: Source | None = getattr(self.source, "kept", None)
        sources = [] if kept is None else [kept]
        if self._packs:
            from spacectl.rpc.protoset import ProtosetSource

            sources.append(ProtosetSource(self._packs))
        return sources

    def _by_packs(self, question: Question) -> tuple[Method, list[Request]] | None:
        """The requests as the packs alone have them, None where these do not know the verb. Raises InputError."""
        if not self._packs:
            return None
        from spacectl.rpc.protoset import ProtosetSource

        try:
            return self._prepared(question, ProtosetSource(self._packs))
        except InputError:
            raise
        except SpacectlError:
            return None

    def _fresh_at_need(self, prepare: Callable[[], Prepared]) -> Prepared:
        """What `prepare` gives, with descriptors asked for anew where it fails with kept ones that may be too old."""
        try:
            return prepare()
        except CallError:
            raise
        except SpacectlError as error:
            # what is older than it may be refuses nothing: only the server does
            old = getattr(self.source, "old", False)
            if isinstance(error, InputError) and not error.may_be_stale and not old:
                if any(problem.may_be_stale for problem in error.problems) and getattr(self.source, "used", False):
                    error.hints += (REFRESH,)
                raise
            if not self.refresh():
                raise
            try:
                return prepare()
            except CallError:
                if old:
                    raise
                # a server that cannot be asked has said nothing against what is kept of it
                raise error from None

    def _prepared(self, question: Question, source: Source) -> tuple[Method, list[Request]]:
        method = find_method(source, question.resource, question.verb, question.version)
        messages: list[Request] = []
        problems: list[Problem] = []
        warnings: list[str] = []
        for given in question.requests(method):
            try:
                request, ignored = self.request(method, given, warnings)
            except InputError as error:
                problems += error.problems
                continue
            if ignored and source is self.source and self.refresh():
                return self._prepared(question, source)
            messages.append(request)
        if question.strict:
            problems += [Problem("", "", warning) for warning in warnings]
        if problems:
            raise self._input_error(question, problems)
        for warning in warnings:
            question.warn(warning)
        return method, messages

    def _input_error(self, question: Question, problems: list[Problem]) -> InputError:
        from spacectl.blame import ways_on

        lacks = any(problem.message == REQUIRED for problem in problems)
        return InputError(problems, *(ways_on(question.verb, question.resource) if lacks else ()))


def _unheard(warning: str) -> None:
    pass
