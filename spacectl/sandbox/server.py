"""The sandbox as a gRPC server in this process."""

from __future__ import annotations

import logging
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from spacectl.errors import SpacectlError
from spacectl.sandbox.calls import Call
from spacectl.sandbox.engine import Engine
from spacectl.sandbox.identity import SERVICES as SERVICE_TITLES
from spacectl.sandbox.reflection import SERVICE as REFLECTION
from spacectl.sandbox.reflection import reflect
from spacectl.sandbox.schema import Descriptor, Message, Schema, load_schema
from spacectl.sandbox.services import special_methods
from spacectl.sandbox.status import ApiError, query_failed, unknown
from spacectl.sandbox.store import Store, open_store, unusable
from spacectl.sandbox.tokens import check
from spacectl.stand_ins import quiet_logger

if TYPE_CHECKING:
    from concurrent.futures import Executor

# The names under which an environment lists the sandbox, all with the same URL.
SERVICES = tuple(SERVICE_TITLES)
WORKERS = 16
OPTIONS = (
    # The real services refuse requests over gRPC's default of 4 MiB, and answer with whatever a list needs.
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that is serving. `port` is 0 on a unix socket."""

    endpoint: str
    port: int
    _stop: Callable[[], None]

    def stop(self) -> None:
        """Stops serving, closes the database and removes the socket."""
        self._stop()


def start(database: str, *, address: str | None = None) -> Sandbox:
    """Serves the sandbox in the SQLite file `database` (`:memory:`: in none) until it is stopped.

    `address` is `HOST:PORT`, port 0 for any free one. Without it the sandbox serves this user alone, on a unix socket
    in a private directory, or on a loopback port where there are no unix sockets.
    Raises SpacectlError when the database or the address cannot be used.
    """
    schema = load_schema()
    store, new = open_store(database)
    try:
        engine = Engine(schema, store)
        if new:
            fill_new(engine, store, database)
        return serve(engine, address)
    except BaseException:
        store.close()
        raise


def fill_new(engine: Engine, store: Store, database: str) -> None:
    """Seeds a new store and ends the transaction that it was opened in."""
    from spacectl.sandbox.seed import seed

    try:
        seed(engine)
        store.commit()
    except sqlite3.Error as error:
        raise unusable(database, error) from error


def serve(engine: Engine, address: str | None) -> Sandbox:
    """Starts the gRPC server of an engine. Raises SpacectlError when the address cannot be used."""
    from concurrent.futures import ThreadPoolExecutor

    directory = None if address or not hasattr(socket, "AF_UNIX") else tempfile.mkdtemp(prefix="spacectl-")
    where = f"unix:{directory}/sock" if directory else address or "127.0.0.1:0"
    executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="sandbox")
    quiet_logger(logging)
    server = grpc.server(executor, options=OPTIONS)
    router = Router(engine)
    server.add_generic_rpc_handlers((router,))
    try:
        port = 0 if directory else bind(server, where)
        if directory:
            bind(server, where)
        endpoint = f"unix://{directory}/sock" if directory else f"grpc://{where.rpartition(':')[0]}:{port}"
        router.endpoint = endpoint
        server.start()
    except BaseException:
        stop(server, executor, engine.store, directory)
        raise
    return Sandbox(endpoint, port, lambda: stop(server, executor, engine.store, directory))


def bind(server: Any, where: str) -> int:
    """Binds the server to an address and returns the port. Raises SpacectlError when that is not possible."""
    try:
        port = int(server.add_insecure_port(where))
    except RuntimeError:
        port = 0
    if not port:
        raise SpacectlError(
            f"cannot serve on {where}: the address is in use or cannot be bound", "--port 0 takes any free port"
        )
    return port


def stop(server: Any, executor: Executor, store: Store, directory: str | None) -> None:
    """Stops a server, waiting for the calls that it is answering, and tidies up."""
    server.stop(0.5).wait()
    executor.shutdown()
    store.close()
    if directory:
        shutil.rmtree(Path(directory), ignore_errors=True)


class Router(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Finds the handler of each method when it is first called, so that starting costs nothing."""

    def __init__(self, engine: Engine) -> None:
        self.endpoint = ""
        self._engine = engine
        self._special = special_methods()
        self._handlers: dict[str, Any] = {}

    def service(self, handler_call_details: Any) -> Any:
        """The handler of the method at the path, None when there is no such method."""
        path = handler_call_details.method
        if path not in self._handlers:
            method = self._engine.schema.method(path)
            if method is None:
                return None
            self._handlers[path] = self._handler(method)
        return self._handlers[path]

    def _handler(self, method: Descriptor) -> Any:
        schema: Schema = self._engine.schema
        deserialize = schema.message_class(method.input_type.full_name).FromString
        if method.containing_service.name == REFLECTION:
            return grpc.stream_stream_rpc_method_handler(
                lambda requests, context: reflect(schema, method, requests), deserialize, serialize
            )
        function = self._special.get(method.full_name)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(
                lambda request, context: self._stream(method, function, request, context), deserialize, serialize
            )
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._unary(method, function, request, context), deserialize, serialize
        )

    def _unary(self, method: Descriptor, function: Any, request: Message, context: Any) -> Any:
        try:
            check(method, context)
            if function is None:
                return self._engine.call(method, request)
            self._engine.check_required(request)
            return function(Call(self._engine, method, request, context, self.endpoint))
        except Exception as error:
            return abort(context, error)

    def _stream(self, method: Descriptor, function: Any, request: Message, context: Any) -> Iterator[Any]:
        try:
            check(method, context)
            self._engine.check_required(request)
            yield from function(Call(self._engine, method, request, context, self.endpoint))
        except Exception as error:
            abort(context, error)


def serialize(answer: Any) -> bytes:
    """The bytes of an answer; a list is made as bytes already."""
    return answer if isinstance(answer, bytes) else bytes(answer.SerializeToString())


def abort(context: Any, error: Exception) -> Any:
    """Ends a call with an error, in the way of the real services."""
    if isinstance(error, sqlite3.Error):
        error = query_failed(str(error))
    elif not isinstance(error, ApiError):
        error = unknown(str(error))
    return context.abort(grpc.StatusCode[error.status], error.details)
