"""Servers whose answers are canned bytes, so that they are no part of what is measured: `python -m tests.bench.server`.

It prints the port of the one that is called, the port of a proxy in front of it that delays every byte by half of a
round trip, and with an argument `many` the ports of those with many resources; another argument is a directory, for the
Python modules of all that is served. It serves until its standard input ends.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import grpc
from peers.protosets import Api, read_api
from peers.reflection import reflection_handlers

from tests.bench.api import compile_api, compile_many, resources
from tests.bench.delay import delaying_proxy
from tests.bench.lines import PACKAGE

ROUND_TRIP = 0.02  # seconds
DEFAULT_ROWS = 10
PLACE = b"plugin-000000"
UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0))


def row(api: Api) -> bytes:
    """One row of 900 bytes, with Structs as plugins have them; its id is to be replaced."""
    values: dict[str, Any] = {
        "plugin_id": PLACE.decode(),
        "name": "A plugin of the benchmark",
        "state": "ENABLED",
        "image": "spaceone/plugin-google-cloud-inventory-collector",
        "provider": "google_cloud",
        "resource_type": "inventory.Collector",
        "capability": {
            "supported_schema": ["google_oauth2_credentials", "google_service_account"],
            "filter_format": [{"key": "region_name", "name": "Region", "type": "str"}],
            "monitoring_type": "METRIC",
            "use_resource_secret": True,
            "timeout": 7200,
        },
        "template": {
            "options": {"schema": {"type": "object", "properties": {"cloud_service_types": {"type": "array"}}}}
        },
        "tags": {
            "description": "Collects what there is in the cloud and keeps it in the inventory",
            "spaceone:plugin_name": "Google Cloud",
            "icon": "https://assets.example.com/console-assets/icons/google_cloud.svg",
            "link": "https://example.com/plugin-google-cloud-inventory-collector",
        },
        "labels": ["Cloud", "Inventory", "GCP"],
        "size": "123456789",
        "domain_id": "domain-6f0f2e86c591",
        "created_at": "2026-01-31T09:30:00.000Z",
        "updated_at": "2026-02-01T10:31:01.000Z",
    }
    name = f"{PACKAGE}.PluginInfo"
    values["docs"] = "x" * (900 - api.message(name, {**values, "docs": "x"}).ByteSize())
    return api.message(name, values).SerializeToString()


def handlers(api: Api) -> Iterator[grpc.GenericRpcHandler]:
    """The handlers of the API's methods."""
    one = row(api)
    listing = type(api.message(f"{PACKAGE}.PluginsInfo"))
    head = listing(results=[api.message(f"{PACKAGE}.PluginInfo")]).SerializeToString()[:1] + _varint(len(one))
    request_class = type(api.message(f"{PACKAGE}.ListRequest"))

    @lru_cache(maxsize=16)
    def page(total: int, start: int, limit: int) -> bytes:
        last = min(total, start - 1 + (limit or total))
        rows = [head + one.replace(PLACE, b"plugin-%06d" % number) for number in range(start, last + 1)]
        return b"".join(rows) + listing(total_count=total).SerializeToString()

    def list_plugins(data: bytes, context: grpc.ServicerContext) -> bytes:
        request = request_class.FromString(data)
        asked = request.query.page
        return page(int(request.name or DEFAULT_ROWS), max(asked.start, 1), asked.limit)

    methods = {"get": lambda data, context: one, "list": list_plugins, "delete": lambda data, context: b""}
    named = {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}
    yield grpc.method_handlers_generic_handler(f"{PACKAGE}.Plugin", named)
    yield from reflection(api, [f"{PACKAGE}.Plugin"])


def reflection(api: Api, names: list[str]) -> Iterator[grpc.GenericRpcHandler]:
    """The handlers that describe these services: themselves they do not list, as the servers of Cloudforet do not."""
    yield from reflection_handlers(api, "v1alpha", names, transitive=False, record=lambda version, request: None)


def serve(handlers: Iterator[grpc.GenericRpcHandler]) -> tuple[grpc.Server, int]:
    """A server that has started, and its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=32), list(handlers), options=UNLIMITED)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main(many: bool, python: Path | None) -> None:
    """Serves until standard input ends."""
    with tempfile.TemporaryDirectory() as directory:
        served = [serve(handlers(read_api(compile_api(Path(directory) / "bench.protoset", python=python))))]
        if many:
            api = read_api(compile_many(Path(directory), python=python))
            names: dict[str, list[str]] = {}
            for service, name in resources():
                names.setdefault(service, []).append(f"spaceone.api.{service}.v1.{name}")
            served += [serve(reflection(api, listed)) for listed in names.values()]
    ports = [port for _, port in served]
    with delaying_proxy(ports[0], ROUND_TRIP / 2) as far_port:
        print(ports[0], far_port, *ports[1:], flush=True)
        sys.stdin.read()
    for server, _ in served:
        server.stop(0).wait()


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


if __name__ == "__main__":
    directories = [Path(argument) for argument in sys.argv[1:] if argument != "many"]
    main("many" in sys.argv[1:], directories[0] if directories else None)
