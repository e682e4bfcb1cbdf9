"""A collector that does everything right, and ways to break one thing of it each."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf.message import Message
from peers.protosets import Api, api_from
from peers.server import Behaviour, Exchange

from spacectl.plugin.interfaces import interface_named
from spacectl.plugin.proto_text import described
from spacectl.rpc.written import file_set

# after the first run, the cancelled one, the one that begins anew, and the second
FIRST_OF_TWO = 4
SERVICE = "spaceone.api.inventory.plugin.Collector"
METADATA = {
    "supported_schedules": ["hours"],
    "supported_resource_type": ["inventory.CloudService", "inventory.CloudServiceType", "inventory.Region"],
    "supported_features": ["garbage_collection"],
    "filter_format": [],
    "options_schema": {
        "type": "object",
        "properties": {"count": {"type": "integer"}, "regions": {"type": "array", "items": {"type": "string"}}},
    },
}
LAYOUTS = {
    "view": {
        "sub_data": {
            "layouts": [
                {
                    "name": "Instance",
                    "type": "item",
                    "options": {"root_path": "data", "fields": [{"key": "cpu", "name": "CPU"}]},
                },
                {
                    "name": "Disks",
                    "type": "table",
                    "options": {"root_path": "data.disks", "fields": [{"key": "size", "name": "Size"}]},
                },
            ]
        }
    }
}


def api_of(name: str) -> Api:
    """The API of an interface, as its table has it."""
    return api_from(descriptor_pb2.FileDescriptorSet.FromString(file_set(**described(interface_named(name)))))


def resources() -> list[dict[str, Any]]:
    """A type, a region, eight machines, and one that could not be collected."""
    kind = {
        "state": "SUCCESS",
        "resource_type": "inventory.CloudServiceType",
        "match_rules": {"1": ["name", "group", "provider"]},
        "resource": {
            "name": "Instance",
            "group": "EC2",
            "provider": "aws",
            "is_primary": True,
            "metadata": {"view": {"table": {"layout": {"options": {"fields": [{"key": "data.cpu", "name": "CPU"}]}}}}},
        },
    }
    region = {
        "state": "SUCCESS",
        "resource_type": "inventory.Region",
        "match_rules": {"1": ["region_code", "provider"]},
        "resource": {"name": "Seoul", "region_code": "ap-northeast-2", "provider": "aws"},
    }
    failure = {
        "state": "FAILURE",
        "resource_type": "inventory.ErrorResource",
        "message": "AccessDenied: i-99",
        "resource": {"provider": "aws", "cloud_service_group": "EC2"},
    }
    return [kind, region, *(machine(index) for index in range(8)), failure]


def machine(index: int) -> dict[str, Any]:
    """One machine, the same for the same number."""
    return {
        "state": "SUCCESS",
        "resource_type": "inventory.CloudService",
        "match_rules": {"1": ["reference.resource_id", "provider"], "2": ["name"]},
        "resource": {
            "name": f"vm-{index}",
            "provider": "aws",
            "region_code": "ap-northeast-2",
            "cloud_service_group": "EC2",
            "cloud_service_type": "Instance",
            "account": "123456789012",
            "data": {"cpu": 2, "disks": [{"size": 20}], "nothing": []},
            "metadata": deepcopy(LAYOUTS),
            "reference": {"resource_id": f"i-{index}"},
            "tags": {},
        },
    }


@dataclass
class Collector:
    """A collector as it is put together before it is served; `busy` is for what breaks it at work."""

    api: Api
    metadata: Any = field(default_factory=lambda: deepcopy(METADATA))
    found: list[dict[str, Any]] = field(default_factory=resources)
    missing: tuple[str, ...] = ()
    verify_hangs: bool = False
    takes_all: bool = False
    refusal: grpc.StatusCode = grpc.StatusCode.UNAUTHENTICATED
    complaint: grpc.StatusCode | None = grpc.StatusCode.INVALID_ARGUMENT
    gap_after: int = -1
    breaks_after: int = -1
    raw: dict[str, bytes] = field(default_factory=dict)
    changes: Callable[[int, list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    alone: bool = False
    pause: float = 0.0
    stuck_by_cancel: bool = False
    runs: Iterator[int] = field(default_factory=itertools.count)
    stuck: threading.Event = field(default_factory=threading.Event)
    running: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))
    holder: grpc.ServicerContext | None = None
    met: threading.Event = field(default_factory=threading.Event)

    def behaviours(self) -> dict[str, Behaviour]:
        """What answers the calls."""
        made = {"init": self.init, "verify": self.verify, "collect": self.collect}
        return {f"{SERVICE}/{name}": answer for name, answer in made.items() if name not in self.missing}

    def init(self, exchange: Exchange) -> Iterator[Message]:
        """Answers the metadata."""
        next(exchange.requests)
        if self.stuck.is_set():
            hang(exchange)
        yield self._with_raw("init", exchange.reply(metadata=self.metadata))

    def verify(self, exchange: Exchange) -> Iterator[Message]:
        """Takes one token, and credentials that are not given."""
        request = exchange.api.as_dict(next(exchange.requests))
        if self.verify_hangs:
            hang(exchange)
        secret = request.get("secret_data", {})
        if secret and secret.get("token") != "right-token" and not self.takes_all:
            exchange.context.abort(self.refusal, f"bad credentials: {secret}")
        yield self._with_raw("verify", exchange.reply())

    def collect(self, exchange: Exchange) -> Iterator[Message]:
        """Streams the resources."""
        options = exchange.api.as_dict(next(exchange.requests)).get("options", {})
        run = next(self.runs)
        sent = 0
        if self.stuck_by_cancel:
            exchange.context.add_callback(lambda: self.stuck.set() if sent < len(self.found) else None)
        if self.complaint is not None and not isinstance(options.get("count", 0), int | float):
            exchange.context.abort(self.complaint, f"options.count: {options['count']!r} is no number")
        if self.alone:
            self._run_alone(exchange, run)
        try:
            found = self.found if self.changes is None else self.changes(run, deepcopy(self.found))
            for index, values in enumerate(found):
                if self.alone and not exchange.context.is_active():
                    return
                if index == self.gap_after:
                    hang(exchange)
                if index == self.breaks_after:
                    raise RuntimeError("the provider said no")
                yield self._with_raw("collect", exchange.reply(**values))
                sent = index + 1
                time.sleep(self.pause)
                if self.stuck_by_cancel:
                    time.sleep(0.02)
        finally:
            if self.alone:
                self.running.release()

    def _run_alone(self, exchange: Exchange, run: int) -> None:
        """Breaks off where another run is at work; the first of the two runs at once waits for the other."""
        while not self.running.acquire(timeout=0.05):
            if self.holder is not None and self.holder.is_active():
                self.met.set()
                exchange.context.abort(grpc.StatusCode.INTERNAL, "dictionary changed size during iteration")
        self.holder = exchange.context
        if run == FIRST_OF_TWO:
            self.met.wait(60)

    def _with_raw(self, name: str, message: Message) -> Message:
        """The message with bytes that its descriptor does not have."""
        if name in self.raw:
            message.MergeFromString(self.raw[name])
        return message


def hang(exchange: Exchange) -> None:
    """Says nothing until nobody waits any more."""
    over = threading.Event()
    if exchange.context.add_callback(over.set):
        over.wait(60)


def api_with(change: Callable[[descriptor_pb2.FileDescriptorProto], None]) -> Api:
    """The API of a collector, changed."""
    files = descriptor_pb2.FileDescriptorSet.FromString(file_set(**described(interface_named("inventory.Collector"))))
    change(files.file[-1])
    return api_from(files)
