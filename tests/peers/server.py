"""A gRPC server for any Api: behaviours answer the calls, and every call is kept for the test to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from peers.protosets import Api
from peers.reflection import Request, Version, reflection_handlers

STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0))


@dataclass
class Call:
    """One call as the server saw it."""

    method: str  # package.Service/Method
    metadata: list[tuple[str, str | bytes]]
    time_remaining: float | None  # seconds until the deadline, None without one
    messages: list[Message] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)  # the same, as json_format gives them


@dataclass
class Exchange:
    """One call being answered: what a behaviour gets."""

    api: Api
    descriptor: MethodDescriptor
    call: Call
    context: grpc.ServicerContext
    requests: Iterator[Message]

    def reply(self, **values: Any) -> Message:
        """A message of the method's output type, from its JSON form."""
        return self.api.message(self.descriptor.output_type.full_name, values)


Behaviour = Callable[[Exchange], Iterator[Message]]


@dataclass
class Server:
    """A server that is running, and what it was asked."""

    api: Api
    address: str  # host:port, or unix:path
    port: int
    calls: list[Call] = field(default_factory=list)
    reflections: list[tuple[str, Request]] = field(default_factory=list)  # (version, request), in order
    scheme: str = "grpc"

    @property
    def endpoint(self) -> str:
        """The address as people write it in a configuration."""
        return self.address if self.address.startswith("unix:") else f"{self.scheme}://{self.address}"

    @property
    def last(self) -> Call:
        """The newest call."""
        return self.calls[-1]

    def forget(self) -> None:
        """Drop the calls that were kept."""
        self.calls.clear()
        self.reflections.clear()


def _handler(server: Server, method: MethodDescriptor, behaviour: Behaviour) -> grpc.RpcMethodHandler:
    def kept(requests: Iterator[Message], call: Call) -> Iterator[Message]:
        for message in requests:
            call.messages.append(message)
            call.requests.append(server.api.as_dict(message))
            yield message

    def answers(requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
        metadata = [(key, value) for key, value in context.invocation_metadata()]
        # grpcio gives a time in the far future where the caller set no deadline
        remaining = context.time_remaining()
        deadline = remaining if remaining is not None and remaining < 10**8 else None
        call = Call(f"{method.containing_service.full_name}/{method.name}", metadata, deadline)
        server.calls.append(call)
        yield from behaviour(Exchange(server.api, method, call, context, kept(requests, call)))

    def unary(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        return answers(iter([request]), context)

    def respond(requests: Iterator[Message], context: grpc.ServicerContext) -> Message:
        return next(answers(requests, context))

    def respond_unary(request: Message, context: grpc.ServicerContext) -> Message:
        return next(unary(request, context))

    request_class = message_factory.GetMessageClass(method.input_type)
    response_class = message_factory.GetMessageClass(method.output_type)
    make, function = {
        (False, False): (grpc.unary_unary_rpc_method_handler, respond_unary),
        (False, True): (grpc.unary_stream_rpc_method_handler, unary),
        (True, False): (grpc.stream_unary_rpc_method_handler, respond),
        (True, True): (grpc.stream_stream_rpc_method_handler, answers),
    }[method.client_streaming, method.server_streaming]
    return make(
        function, request_deserializer=request_class.FromString, response_serializer=response_class.SerializeToString
    )


@contextmanager
def serve(
    api: Api,
    behaviours: Mapping[str, Behaviour],
    *,
    reflection: Version | None = "v1alpha",
    transitive: bool = False,
    listed: tuple[str, ...] = (),
    listen: str = "127.0.0.1:0",
    credentials: grpc.ServerCredentials | None = None,
    options: tuple[tuple[str, Any], ...] = UNLIMITED,
    on_reflection: Callable[[], object] = lambda: None,
    handlers: Sequence[grpc.GenericRpcHandler] = (),
    workers: int = 32,
) -> Iterator[Server]:
    """Serve the behaviours, keyed by `package.Service/Method`, until the block ends.

    `listed` names services that reflection lists without having them. A method without a behaviour answers
    UNIMPLEMENTED, as grpcio does. `listen` may be `unix:/path`; with credentials the server speaks TLS.
    `on_reflection` is called before each question of reflection is answered; `handlers` serve what else there is;
    `workers` is how many calls are answered at once.
    """
    server = Server(api, listen, 0, scheme="grpc+ssl" if credentials else "grpc")
    methods: dict[str, dict[str, grpc.RpcMethodHandler]] = {}
    for path, behaviour in behaviours.items():
        service, _, name = path.rpartition("/")
        methods.setdefault(service, {})[name] = _handler(server, api.method(path), behaviour)
    all_handlers = [grpc.method_handlers_generic_handler(service, served) for service, served in methods.items()]
    all_handlers += handlers

    def reflected(version: str, request: Request) -> None:
        server.reflections.append((version, request))
        on_reflection()

    if reflection:
        names = {*methods, *listed, "grpc.reflection.v1alpha.ServerReflection"}
        all_handlers += reflection_handlers(
            api,
            reflection,
            names,
            transitive=transitive,
            record=reflected,
        )
    running = grpc.server(ThreadPoolExecutor(max_workers=workers), all_handlers, options=options)
    if credentials:
        server.port = running.add_secure_port(listen, credentials)
    else:
        server.port = running.add_insecure_port(listen)
    if not listen.startswith("unix:"):
        server.address = f"{listen.rpartition(':')[0]}:{server.port}"
    running.start()
    try:
        yield server
    finally:
        running.stop(0).wait()
