"""The client that one would write first: grpcio, json_format, PyYAML with its C dumper. Arguments: HOST:PORT, rows."""

from __future__ import annotations

import sys

import grpc
import yaml
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def main(target: str, rows: str) -> None:
    """Prints a list as YAML."""
    channel = grpc.insecure_channel(target, [("grpc.max_receive_message_length", -1)])
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("spaceone.api.bench.v1.Plugin").FindMethodByName("list")
    answer = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        GetMessageClass(method.input_type).SerializeToString,
        GetMessageClass(method.output_type).FromString,
    )(GetMessageClass(method.input_type)(name=rows))
    value = MessageToDict(answer, preserving_proto_field_name=True)
    yaml.dump(value, sys.stdout, yaml.CSafeDumper, allow_unicode=True)


main(*sys.argv[1:])
