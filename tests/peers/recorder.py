"""A server for every method of any Api, with canned answers: to see which request a command line becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from peers.protosets import Api
from peers.server import STATUS_CODES, Exchange, Server, serve


@dataclass(frozen=True)
class Failure:
    """An answer that ends the call with this gRPC status code and these details."""

    code: int
    details: str


Answers = dict[str, list["dict[str, Any] | Message | Failure"]]


def record(api: Api, answers: Answers | None = None, **options: Any) -> AbstractContextManager[Server]:
    """Serve every method of the api until the block ends; `options` are those of `serve`.

    `answers` maps `package.Service/Method` to what it sends: JSON forms, messages or a Failure, in order; one message
    where the method does not stream. A method that is not in it sends one empty message. The dict may change while the
    server runs.
    """
    answers = {} if answers is None else answers

    def behaviour(exchange: Exchange) -> Iterator[Message]:
        list(exchange.requests)
        for given in answers.get(exchange.call.method, [{}]):
            if isinstance(given, Failure):
                exchange.context.abort(STATUS_CODES[given.code], given.details)
            yield exchange.reply(**given) if isinstance(given, dict) else given

    paths = [f"{service.full_name}/{method.name}" for service in api.services() for method in service.methods]
    for path in answers:
        if path not in paths:
            raise AssertionError(f"{path} is no method of this api")
    return serve(api, dict.fromkeys(paths, behaviour), **options)
