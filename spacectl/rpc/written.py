"""Descriptors made of plain values: the services and messages of an interface that is known from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spacectl.rpc.own_files import well_known
from spacectl.rpc.scalars import TYPE_BOOL, TYPE_DOUBLE, TYPE_ENUM, TYPE_INT32, TYPE_INT64, TYPE_MESSAGE, TYPE_STRING

TYPES = {"string": TYPE_STRING, "bool": TYPE_BOOL, "double": TYPE_DOUBLE, "int32": TYPE_INT32, "int64": TYPE_INT64}
WELL_KNOWN = ("Struct", "ListValue", "Empty")
DEPENDENCIES = ("google/protobuf/empty.proto", "google/protobuf/struct.proto")


def file_set(
    name: str,
    package: str,
    services: Mapping[str, Mapping[str, tuple[str, str, bool]]],
    messages: Mapping[str, Mapping[str, tuple[str, int, bool]]],
    enums: Mapping[str, Sequence[str]],
) -> bytes:
    """A serialized FileDescriptorSet of one file, with what it imports.

    An RPC is (request, response, whether it streams), a field (type, number, whether it is repeated); the enum `A.B` is
    one inside the message `A`.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    file = FileDescriptorProto(name=name, package=package, syntax="proto3", dependency=DEPENDENCIES)

    def full(type_name: str) -> str:
        return f".google.protobuf.{type_name}" if type_name in WELL_KNOWN else f".{package}.{type_name}"

    for message_name, fields in messages.items():
        message = file.message_type.add(name=message_name)
        for enum_name, values in enums.items():
            if enum_name.startswith(f"{message_name}."):
                _fill_enum(message.enum_type.add(name=enum_name.partition(".")[2]), values)
        for field_name, (type_name, number, repeated) in fields.items():
            field: Any = message.field.add(name=field_name, number=number, label=3 if repeated else 1)
            field.type = TYPES.get(type_name) or (TYPE_ENUM if type_name in enums else TYPE_MESSAGE)
            if type_name not in TYPES:
                field.type_name = full(type_name)
    for enum_name, values in enums.items():
        if "." not in enum_name:
            _fill_enum(file.enum_type.add(name=enum_name), values)
    for service_name, rpcs in services.items():
        service = file.service.add(name=service_name)
        for rpc_name, (request, response, streaming) in rpcs.items():
            rpc = service.method.add(name=rpc_name, input_type=full(request), output_type=full(response))
            if streaming:
                rpc.server_streaming = True
    found = [known for known in map(well_known, DEPENDENCIES) if known is not None]
    return FileDescriptorSet(file=[*found, file]).SerializeToString(deterministic=True)


def _fill_enum(enum: Any, values: Sequence[str]) -> None:
    for number, value in enumerate(values):
        enum.value.add(name=value, number=number)
