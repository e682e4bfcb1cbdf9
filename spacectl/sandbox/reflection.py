"""Server reflection, v1 and v1alpha alike: which services there are and what their messages look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacectl.sandbox.schema import Descriptor, Message, Schema

NOT_FOUND = 5
SERVICE = "ServerReflection"


def reflect(schema: Schema, method: Descriptor, requests: Iterator[Message]) -> Iterator[Message]:
    """One answer to each question of a reflection stream, in the version of the method that was called."""
    response_class = schema.message_class(method.output_type.full_name)
    for request in requests:
        response = response_class(valid_host=request.host)
        response.original_request.CopyFrom(request)
        answer(schema, request, response)
        yield response


def answer(schema: Schema, request: Message, response: Message) -> None:
    """Puts the answer to one question into a response; a file comes alone, without what it imports."""
    kind = request.WhichOneof("message_request")
    try:
        if kind == "list_services":
            response.list_services_response.SetInParent()
            for name in schema.service_names:
                response.list_services_response.service.add(name=name)
        elif kind == "file_by_filename":
            add_file(response, schema.pool.FindFileByName(request.file_by_filename))
        elif kind == "file_containing_symbol":
            add_file(response, schema.pool.FindFileContainingSymbol(request.file_containing_symbol))
        elif kind == "all_extension_numbers_of_type":
            # The API of the sandbox has no extensions.
            schema.pool.FindMessageTypeByName(request.all_extension_numbers_of_type)
            response.all_extension_numbers_response.base_type_name = request.all_extension_numbers_of_type
        else:
            raise KeyError(kind)
    except KeyError:
        response.error_response.error_code = NOT_FOUND
        response.error_response.error_message = "Not found!"


def add_file(response: Message, file: Descriptor) -> None:
    """Puts one file into a response."""
    response.file_descriptor_response.file_descriptor_proto.append(file.serialized_pb)
