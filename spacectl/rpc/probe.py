"""A server that is being tested: what it describes, what it answers in bytes and seconds, and what nobody declared."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.errors import CallError
from spacectl.rpc.channel import Channel
from spacectl.rpc.decode import Decoder
from spacectl.rpc.descriptors import find_service
from spacectl.rpc.encode import encode
from spacectl.rpc.item import Item
from spacectl.rpc.reflection import Reflection
from spacectl.rpc.scalars import TYPE_ENUM, TYPE_MESSAGE
from spacectl.rpc.scanned import ScannedItem, Scanner
from spacectl.rpc.status import call_error, no_answer
from spacectl.rpc.stream import NoAnswerInTimeError, answers_in_time

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint
    from spacectl.rpc.catalog import Source
    from spacectl.rpc.protoset import Pack
    from spacectl.values import Fields

# no server has it: to be told so is to be answered
NO_METHOD = "/spacectl.Nothing/nothing"
AGAIN_SECONDS = 0.1
SCALARS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 8: "bool", 9: "string", 12: "bytes"}


class FieldShape(NamedTuple):
    """A field as the server declares it; `type` is a scalar's name, `enum`, or the message's full name."""

    number: int
    type: str
    repeated: bool


class Rpc(NamedTuple):
    """An RPC as the server declares it; `method` is its descriptor."""

    request: Mapping[str, FieldShape]
    response: Mapping[str, FieldShape]
    client_streaming: bool
    streaming: bool
    method: Any


class Reply(NamedTuple):
    """What one call answered: `size` in bytes, `unknown` are the numbers of fields that the server does not declare."""

    value: Any
    size: int
    unknown: tuple[int, ...]
    seconds: float


class Probe:
    """A connection to a server under test; no credentials of an environment are sent.

    `packs` describe a server that has no reflection.

    Every method that calls raises CallError; the deadlines are in seconds.
    """

    def __init__(
        self, endpoint: Endpoint, deadline: float | None, settings: ConnectionSettings, packs: Sequence[Pack] = ()
    ) -> None:
        self.url = endpoint.url
        self._connection = Channel(endpoint, settings)
        self.address = self._connection.address
        self._channel = self._connection.calls
        self._reflection = Reflection(self._connection, (), deadline, "plugin test")
        self._source: Source = self._reflection
        if packs:
            from spacectl.rpc.protoset import FallbackSource

            self._source = FallbackSource(self._reflection, packs)
        self._decoder = Decoder()

    def close(self) -> None:
        """Ends all calls and the connection."""
        self._reflection.close()
        self._connection.close()

    def services(self) -> list[str]:
        """The full names of all services."""
        return self._source.services()

    def rpcs(self, service: str) -> dict[str, Rpc]:
        """The RPCs of a service, by name. Raises SpacectlError where the descriptors cannot be used."""
        found = find_service(self._source.files([service]), service)
        return {
            method.name: Rpc(
                _shape(method.input_type),
                _shape(method.output_type),
                method.client_streaming,
                method.server_streaming,
                method,
            )
            for method in found.methods
        }

    def check(self, rpc: Rpc, request: Fields) -> None:
        """Raises InputError where a request does not fit."""
        _message(rpc, request)

    def call(self, rpc: Rpc, request: Fields, deadline: float | None) -> Reply:
        """The answer of a unary call."""
        import grpc
        from google.protobuf.message_factory import GetMessageClass

        self._reflection.close()
        invoke = self._channel.unary_unary(_path(rpc), lambda message: message.SerializeToString())
        begun = time.monotonic()
        try:
            data = invoke(_message(rpc, request), timeout=deadline)
        except grpc.RpcError as error:
            raise call_error(error, rpc.method.name, deadline, self._connection) from None
        seconds = time.monotonic() - begun
        message = _parsed(GetMessageClass(rpc.method.output_type), data, rpc)
        value = self._decoder.converter(rpc.method.output_type)(message)
        return Reply(value, len(data), _unknown(message), seconds)

    def stream(
        self, rpc: Rpc, request: Fields, gap: float | None, *, closely: bool = False
    ) -> Iterator[Item | ScannedItem]:
        """The messages of a server stream; at most `gap` seconds may pass while one is waited for.

        `closely` where most fields of each will be asked for. Closing the iterator cancels the call.
        """
        import grpc
        from google.protobuf.message_factory import GetMessageClass

        message_class = GetMessageClass(rpc.method.output_type)
        converter = self._decoder.converter(rpc.method.output_type)

        def parsed(data: bytes) -> Item:
            return Item(_parsed(message_class, data, rpc), len(data), converter)

        item = Scanner(rpc.method.output_type, parsed, closely=closely).item
        self._reflection.close()
        invoke = self._channel.unary_stream(_path(rpc), lambda message: message.SerializeToString())
        try:
            yield from map(item, answers_in_time(invoke(_message(rpc, request)), gap))
        except grpc.RpcError as error:
            raise call_error(error, rpc.method.name, gap, self._connection) from None
        except NoAnswerInTimeError:
            raise no_answer(rpc.method.name, gap, self.address) from None

    def lives(self, patience: float) -> bool:
        """Whether the server still takes calls, asked for so many seconds: one that refuses connections does not.

        What takes them and is slow to answer is there.
        """
        import grpc

        invoke = self._channel.unary_unary(NO_METHOD)
        until = time.monotonic() + patience
        while True:
            try:
                invoke(b"", timeout=patience)
            except grpc.RpcError as error:
                known: Any = error  # a grpc.Call, which the stubs do not say
                if known.code() is not grpc.StatusCode.UNAVAILABLE:
                    return True
            else:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(AGAIN_SECONDS)


def _path(rpc: Rpc) -> str:
    return f"/{rpc.method.containing_service.full_name}/{rpc.method.name}"


def _message(rpc: Rpc, request: Fields) -> Any:
    from google.protobuf.message_factory import GetMessageClass

    message = GetMessageClass(rpc.method.input_type)()
    encode(message, request)
    return message


def _parsed(message_class: Any, data: bytes, rpc: Rpc) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return message_class.FromString(data)
    except DecodeError as error:
        raise CallError(rpc.method.name, 13, f"the answer cannot be read: {' '.join(str(error).split())}") from None


def _unknown(message: Any) -> tuple[int, ...]:
    from google.protobuf.unknown_fields import UnknownFieldSet

    found: Any = UnknownFieldSet(message)  # its stubs have no iteration
    return tuple(sorted({field.field_number for field in found}))


def _shape(descriptor: Any) -> dict[str, FieldShape]:
    return {
        field.name: FieldShape(field.number, _type_name(field), bool(field.is_repeated)) for field in descriptor.fields
    }


def _type_name(field: Any) -> str:
    if field.type == TYPE_MESSAGE:
        return str(field.message_type.full_name)
    return "enum" if field.type == TYPE_ENUM else SCALARS.get(field.type, str(field.type))
