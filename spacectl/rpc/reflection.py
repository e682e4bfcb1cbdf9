"""What a server says of itself: gRPC server reflection, v1 and v1alpha, with the requests of a step sent together.

The protocol: grpc/reflection/v1/reflection.proto in the gRPC repository; v1alpha has the same messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError
from spacectl.rpc.status import call_error, is_of_web_server

if TYPE_CHECKING:
    from queue import SimpleQueue

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from spacectl.rpc.channel import Channel
    from spacectl.rpc.retrying import Attempts

PATHS = (
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
)
UNIMPLEMENTED = 12
INTERNAL = 13
RESOURCE_EXHAUSTED = 8
# bounds against a server that lies: all of googleapis is below each of them
MAX_FILES = 10_000
MAX_SERVICES = 100_000
MAX_BYTES = 64 * 1024 * 1024
MAX_IMPORT_DEPTH = 100


class Described:
    """What a server says of itself, out of the answers that `ask` gives to requests, in their order.

    Raises CallError, with `what` for the name of the call.
    """

    def __init__(self, ask: Callable[[list[Any]], list[Any]], what: str) -> None:
        self._ask = ask
        self._what = what

    def services(self) -> list[str]:
        """The full names of all services, sorted."""
        answer = self._ask([listing()])[0]
        if answer.HasField("error_response"):
            raise self._error(answer.error_response.error_code, answer.error_response.error_message)
        listed = answer.list_services_response.service
        if len(listed) > MAX_SERVICES:
            raise self._error(RESOURCE_EXHAUSTED, f"the server lists more than {MAX_SERVICES:,} services")
        return sorted(service.name for service in listed)

    def files(self, symbols: Iterable[str]) -> dict[str, FileDescriptorProto]:
        """The files that define the symbols, and all that they import, by file name.

        A symbol or import that the server does not know is left out: what needs it fails alone, later.
        """
        found: dict[str, FileDescriptorProto] = {}
        asked: set[str] = set()
        size = 0
        requests = [defining(symbol) for symbol in symbols]
        for _ in range(MAX_IMPORT_DEPTH):
            for answer in self._ask(requests):
                for data in answer.file_descriptor_response.file_descriptor_proto:
                    size += len(data)
                    file = self._parsed(data)
                    found.setdefault(file.name, file)
            wanted = {name for file in found.values() for name in file.dependency} - found.keys() - asked
            if not wanted:
                return found
            if len(found) + len(wanted) > MAX_FILES:
                raise self._error(RESOURCE_EXHAUSTED, f"the server's descriptors are more than {MAX_FILES:,} files")
            if size > MAX_BYTES:
                raise self._error(RESOURCE_EXHAUSTED, f"the server's descriptors are more than {MAX_BYTES >> 20} MiB")
            asked |= wanted
            requests = [named(name) for name in sorted(wanted)]
        words = f"the server's descriptors import each other more than {MAX_IMPORT_DEPTH} deep"
        raise self._error(RESOURCE_EXHAUSTED, words)

    def _parsed(self, data: bytes) -> FileDescriptorProto:
        from google.protobuf.descriptor_pb2 import FileDescriptorProto
        from google.protobuf.message import DecodeError

        try:
            return FileDescriptorProto.FromString(data)
        except DecodeError:
            raise self._error(INTERNAL, "the server's reflection gives descriptors that cannot be read") from None

    def _error(self, code: int, details: str, *hints: str) -> CallError:
        return CallError(self._what, code, details, *hints)


class Reflection(Described):
    """A conversation with a server's reflection service, opened at the first question, and again after its end.

    Raises CallError: status UNIMPLEMENTED where the server has no reflection.
    """

    def __init__(self, connection: Channel, metadata: Any, timeout: float | None, what: str) -> None:
        super().__init__(self._insisted, what)
        self._connection = connection
        self._metadata = metadata
        self._timeout = timeout
        self._stream: _Stream | None = None
        self._paths: Sequence[str] = PATHS

    def close(self) -> None:
        """Ends the conversation: a server that has but one worker can do nothing else as long as it goes on."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def sent(self, requests: Sequence[Any]) -> list[Any]:
        """Sends requests in a conversation of their own; the calls, one a version, that give the answers."""
        return [opened(self._connection.calls, path, requests, self._metadata, self._timeout) for path in self._paths]

    def _insisted(self, requests: list[Any]) -> list[Any]:
        import grpc

        if not requests:
            return []
        began = time.monotonic()
        attempts: Attempts | None = None
        while True:
            try:
                return self._asked(requests)
            except grpc.RpcError as error:
                from spacectl.rpc.retrying import Attempts

                self.close()
                self._paths = PATHS
                attempts = attempts or Attempts(self._connection, None, began, self._timeout)
                if not attempts.wait(error):
                    raise call_error(error, self._what, self._timeout, self._connection) from None

    def _asked(self, requests: list[Any]) -> list[Any]:
        import grpc

        if self._stream is not None:
            self._stream.send(requests)
            return self._receive(self._stream, len(requests))
        # one of the two versions is UNIMPLEMENTED on most servers; asking both at once costs one round trip, not two
        candidates = [_Stream(self._connection.calls, path, self._metadata, self._timeout) for path in self._paths]
        for candidate in candidates:
            candidate.send(requests)
        failure: Exception | None = None
        for candidate in candidates:
            try:
                answers = self._receive(candidate, len(requests))
            except (grpc.RpcError, CallError) as error:
                candidate.close()
                # a proxy may refuse one of the two in words of its own: the other decides
                if failure is None and not _says_unimplemented(error):
                    failure = error
                continue
            self._stream = candidate
            self._paths = (candidate.path,)
            for other in candidates:
                if other is not candidate:
                    other.close()
            return answers
        raise failure or self._error(
            UNIMPLEMENTED,
            f"the server at {self._connection.address} has no reflection to say what it offers",
            "describe it with a descriptor set: --protoset FILE",
        )

    def _receive(self, stream: _Stream, count: int) -> list[Any]:
        answers = list(islice(stream.answers, count))
        if len(answers) < count:
            raise self._error(INTERNAL, "the server ended its reflection half way")
        return answers


def _says_unimplemented(error: Any) -> bool:
    # a web server says so of everything
    return not isinstance(error, CallError) and error.code().value[0] == UNIMPLEMENTED and not is_of_web_server(error)


def listing() -> Any:
    """The request for the names of all services."""
    return _request(list_services="*")


def defining(symbol: str) -> Any:
    """The request for the file that defines a symbol."""
    return _request(file_containing_symbol=symbol)


def named(file: str) -> Any:
    """The request for a file."""
    return _request(file_by_filename=file)


def opened(channel: Any, path: str, requests: Iterable[Any], metadata: Any, timeout: float | None) -> Any:
    """A call of a reflection service: the answers to the requests, as they come."""
    from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

    return channel.stream_stream(
        path,
        request_serializer=ServerReflectionRequest.SerializeToString,
        response_deserializer=ServerReflectionResponse.FromString,
    )(iter(requests), metadata=metadata, timeout=timeout)


def _request(**fields: str) -> Any:
    from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

    return ServerReflectionRequest(**fields)


class _Stream:
    def __init__(self, channel: Any, path: str, metadata: Any, timeout: float | None) -> None:
        from queue import SimpleQueue

        self.path = path
        self._requests: SimpleQueue[Any] = SimpleQueue()
        self.answers = opened(channel, path, iter(self._requests.get, None), metadata, timeout)

    def send(self, requests: list[Any]) -> None:
        for request in requests:
            self._requests.put(request)

    def close(self) -> None:
        self._requests.put(None)
        self.answers.cancel()
