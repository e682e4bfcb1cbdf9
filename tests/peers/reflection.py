"""Server reflection from any Api, as v1alpha, v1 or both, and as the servers in the field do it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Literal

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2

from peers.protosets import Api

Version = Literal["v1alpha", "v1", "both"]
Request = reflection_pb2.ServerReflectionRequest
Response = reflection_pb2.ServerReflectionResponse


def reflection_handlers(
    api: Api, version: Version, services: Collection[str], *, transitive: bool, record: Callable[[str, Request], None]
) -> list[grpc.GenericRpcHandler]:
    """The handlers that serve the api's descriptors and list `services`.

    A service that is listed and is not in the api cannot be resolved. Not `transitive`: an answer holds one file, as
    Python's older grpcio-reflection gives it; else all that it imports too, as grpc-go does. `record` gets the version
    and each request.
    """

    def answers(name: str, requests: Iterator[Request]) -> Iterator[Response]:
        for request in requests:
            record(name, request)
            yield answer(api, services, request, transitive=transitive)

    def handler(name: str) -> grpc.GenericRpcHandler:
        method = grpc.stream_stream_rpc_method_handler(
            lambda requests, context: answers(name, requests),
            request_deserializer=Request.FromString,
            response_serializer=Response.SerializeToString,
        )
        path = f"grpc.reflection.{name}.ServerReflection"
        return grpc.method_handlers_generic_handler(path, {"ServerReflectionInfo": method})

    return [handler(name) for name in (("v1alpha", "v1") if version == "both" else (version,))]


def answer(api: Api, services: Collection[str], request: Request, *, transitive: bool) -> Response:
    """The answer to one reflection request; NOT_FOUND as a message in the stream, as the protocol has it."""
    kind = request.WhichOneof("message_request")
    response = Response(valid_host=request.host, original_request=request)
    try:
        if kind == "list_services":
            response.list_services_response.service.extend(
                reflection_pb2.ServiceResponse(name=name) for name in sorted(services)
            )
        elif kind == "file_by_filename":
            add_files(response, api.pool.FindFileByName(request.file_by_filename), transitive=transitive)
        elif kind == "file_containing_symbol":
            add_files(
                response, api.pool.FindFileContainingSymbol(request.file_containing_symbol), transitive=transitive
            )
        elif kind == "file_containing_extension":
            asked = request.file_containing_extension
            extended = api.pool.FindMessageTypeByName(asked.containing_type)
            extension = api.pool.FindExtensionByNumber(extended, asked.extension_number)
            add_files(response, extension.file, transitive=transitive)
        elif kind == "all_extension_numbers_of_type":
            name = request.all_extension_numbers_of_type
            extensions = api.pool.FindAllExtensions(api.pool.FindMessageTypeByName(name))
            response.all_extension_numbers_response.base_type_name = name
            response.all_extension_numbers_response.extension_number.extend(sorted(e.number for e in extensions))
        else:
            response.error_response.error_code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
    except KeyError as error:
        response.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
        response.error_response.error_message = str(error)
    return response


def add_files(response: Response, file: FileDescriptor, *, transitive: bool) -> None:
    """Put the serialized file into the response, and with `transitive` all files that it imports."""
    files = {file.name: file}
    waiting = [file] if transitive else []
    while waiting:
        for dependency in waiting.pop().dependencies:
            if dependency.name not in files:
                files[dependency.name] = dependency
                waiting.append(dependency)
    for found in files.values():
        proto = FileDescriptorProto()
        found.CopyToProto(proto)
        response.file_descriptor_response.file_descriptor_proto.append(proto.SerializeToString())
