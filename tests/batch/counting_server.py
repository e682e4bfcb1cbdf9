"""A server that counts what it is asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import grpc
from google.protobuf.message import Message
from peers.command import Result
from peers.server import Exchange, Server

Run = Callable[..., Result]


def answered(result: Result) -> list[str]:
    """The names in the answers, in the order of the output."""
    return [json.loads(line)["name"] for line in result.out.splitlines()]


@dataclass
class Counter:
    """A server of one verb, `exec create kitchen.Dish`, and `get`: how often each name came, how many at once.

    A name says how it is answered: `refused…` INVALID_ARGUMENT, `lost…` UNKNOWN; all others after `seconds`, those that
    are `held` when their event is set, or the one that `frees` them has ended. While `gathering`, none is answered
    before so many are there at once.
    """

    server: Server | None = None
    seconds: float = 0.0
    slow: dict[str, float] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    frees: dict[str, str] = field(default_factory=dict)
    gathering: int = 0
    gathered: threading.Event = field(default_factory=threading.Event)
    names: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, exchange: Exchange) -> Iterator[Message]:
        request = next(exchange.requests)
        name = getattr(request, "name", "") or getattr(request, "dish_id", "")
        with self.lock:
            self.names.append(name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if self.at_once >= self.gathering:
                self.gathered.set()
        self.gathered.wait(60)
        time.sleep(self.slow.get(name, self.seconds))
        if name in self.held:
            self.held[name].wait(60)
        with self.lock:
            self.at_once -= 1
            self.ended.append(name)
        if name in self.frees:
            self.held[self.frees[name]].set()
        if name.startswith("refused"):
            exchange.context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"ERROR_X: no {name}")
        if name.startswith("lost"):
            exchange.context.abort(grpc.StatusCode.UNKNOWN, f"ERROR_UNKNOWN: {name}")
        yield exchange.reply(dish_id=f"dish-{name}", name=name)

    @property
    def env(self) -> dict[str, str]:
        assert self.server is not None
        return {"SPACECTL_ENDPOINT_KITCHEN": self.server.endpoint}
