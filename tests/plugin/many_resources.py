"""A process that collects as many resources as it is asked for, and does as little as possible for each."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from collectors import METADATA, SERVICE, api_of, machine
from peers.reflection import reflection_handlers

MARK = "i-0000000"


def main() -> None:
    api = api_of("inventory.Collector")
    values = machine(0)
    values["resource"]["reference"]["resource_id"] = MARK
    before, after = (
        api.message("spaceone.api.inventory.plugin.ResourceInfo", values).SerializeToString().split(MARK.encode())
    )
    request_class = type(api.message("spaceone.api.inventory.plugin.CollectRequest"))
    info = api.message("spaceone.api.inventory.plugin.PluginInfo", {"metadata": METADATA}).SerializeToString()

    def collect(data: bytes, context: grpc.ServicerContext):  # type: ignore[no-untyped-def]
        options = request_class.FromString(data).options
        count = options["count"] if "count" in options else 10  # noqa: SIM401 a Struct is no dict
        if isinstance(count, str):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "count is no number")
        for index in range(int(count)):
            yield b"%si-%07d%s" % (before, index, after)

    handlers = {
        "init": grpc.unary_unary_rpc_method_handler(lambda data, context: info),
        "verify": grpc.unary_unary_rpc_method_handler(lambda data, context: b""),
        "collect": grpc.unary_stream_rpc_method_handler(collect),
    }
    generic = [grpc.method_handlers_generic_handler(SERVICE, handlers)]
    names = {SERVICE, "grpc.reflection.v1alpha.ServerReflection"}
    generic += reflection_handlers(api, "v1alpha", names, transitive=False, record=lambda version, request: None)
    server = grpc.server(ThreadPoolExecutor(max_workers=8), generic, options=[("grpc.so_reuseport", 0)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # ends with the test that started it
    sys.stdin.read()
    server.stop(0).wait()


if __name__ == "__main__":
    main()
