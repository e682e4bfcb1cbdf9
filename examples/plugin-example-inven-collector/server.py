"""Serves the functions of plugin.py over gRPC: `python server.py --port 50051`. There is nothing to change here."""

import argparse
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha import reflection

import plugin

PROTOSET = Path(__file__).with_name("interface.protoset")
LOG = logging.getLogger("plugin")


def load_pool():
    """The descriptors of the interface, as protoc makes them of interface.proto, and the classes of its messages."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(PROTOSET.read_bytes()).file
    for file in files:
        pool.AddSerializedFile(file.SerializeToString())
    return pool, message_factory.GetMessageClassesForFiles([file.name for file in files], pool)


def handler(method, function, classes):
    request_class = classes[method.input_type.full_name]
    response_class = classes[method.output_type.full_name]

    def plain(request):
        return json_format.MessageToDict(request, preserving_proto_field_name=True)

    def message(answer):
        # taken from all classes, so that they are kept: none may be collected while another thread asks for it
        return json_format.ParseDict(answer or {}, classes[method.output_type.full_name]())

    def failed(error, context):
        if isinstance(error, plugin.PluginError):
            context.abort(error.status, str(error))
        LOG.exception("%s failed", method.full_name)
        context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")

    def unary(request, context):
        try:
            return message(function(plain(request)))
        except Exception as error:
            failed(error, context)

    def stream(request, context):
        try:
            for answer in function(plain(request)):
                if not context.is_active():
                    return
                yield message(answer)
        except Exception as error:
            failed(error, context)

    make = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
    return make(
        stream if method.server_streaming else unary,
        request_deserializer=request_class.FromString,
        response_serializer=response_class.SerializeToString,
    )


def make_server(address):
    """A server that listens at HOST:PORT (0 is any free port), and the port."""
    pool, classes = load_pool()
    server = grpc.server(ThreadPoolExecutor(max_workers=32), options=[("grpc.so_reuseport", 0)])
    services = {}
    for path, function in plugin.METHODS.items():
        service, _, name = path.partition(".")
        full_name = f"{plugin.PACKAGE}.{service}"
        method = pool.FindServiceByName(full_name).methods_by_name[name]
        services.setdefault(full_name, {})[name] = handler(method, function, classes)
    for full_name, handlers in services.items():
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(full_name, handlers)])
    reflection.enable_server_reflection([*services, reflection.SERVICE_NAME], server, pool)
    return server, server.add_insecure_port(address)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="[::]")
    parser.add_argument("--port", default="50051")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    server, port = make_server(f"{given.host}:{given.port}")
    server.start()
    print(f"serving on port {port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
