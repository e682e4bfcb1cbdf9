"""Descriptor sets compiled by protoc from the .proto files beside this module, and message classes made from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from grpc_tools import protoc

PROTO = Path(__file__).parent / "proto"
CLASHING = ("clash/left.proto", "clash/right.proto")


@dataclass(frozen=True)
class Api:
    """A descriptor set, in a pool of its own, so that no test sees the descriptors of another.

    `classes` holds those of all messages: protobuf can hand out a class to one thread while the collector takes it
    apart in another, which ends the process.
    """

    files: descriptor_pb2.FileDescriptorSet
    pool: descriptor_pool.DescriptorPool
    classes: dict[str, type[Message]] = field(repr=False)

    def message(self, name: str, values: dict[str, Any] | None = None) -> Message:
        """A message of the type with this full name, with the values that its JSON form gives it."""
        return json_format.ParseDict(values or {}, self.classes[name](), descriptor_pool=self.pool)

    def as_dict(self, message: Message) -> dict[str, Any]:
        """The message as json_format gives it, with the names of the .proto file."""
        return json_format.MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=self.pool)

    def services(self) -> list[ServiceDescriptor]:
        """Every service of the set, in the order of the files."""
        return [
            self.pool.FindServiceByName(f"{file.package}.{service.name}".lstrip("."))
            for file in self.files.file
            for service in file.service
        ]

    def method(self, path: str) -> MethodDescriptor:
        """The method that is called by `package.Service/Method`."""
        service, _, name = path.rpartition("/")
        return self.pool.FindServiceByName(service).methods_by_name[name]


def api_from(*sets: descriptor_pb2.FileDescriptorSet) -> Api:
    """An Api of these sets together: files in any order, those that several sets hold taken once."""
    by_name = {file.name: file for files in sets for file in files.file}
    pool = descriptor_pool.DescriptorPool()
    ordered: dict[str, descriptor_pb2.FileDescriptorProto] = {}

    def add(name: str) -> None:
        if name in ordered:
            return
        for dependency in by_name[name].dependency:
            add(dependency)
        ordered[name] = by_name[name]
        pool.Add(by_name[name])

    for name in by_name:
        add(name)
    classes: dict[str, type[Message]] = {}
    waiting = [message for name in ordered for message in pool.FindFileByName(name).message_types_by_name.values()]
    while waiting:
        one = waiting.pop()
        classes[one.full_name] = message_factory.GetMessageClass(one)
        waiting += one.nested_types
    return Api(descriptor_pb2.FileDescriptorSet(file=ordered.values()), pool, classes)


def read_api(protoset: Path) -> Api:
    """The Api in a file that `protoc --include_imports --descriptor_set_out` wrote."""
    return api_from(descriptor_pb2.FileDescriptorSet.FromString(protoset.read_bytes()))


def compile_protoset(output: Path, *names: str, source_info: bool = False) -> Path:
    """Compile the named files, by default all that fit together, into the descriptor set `output`, and give it back."""
    names = names or tuple(
        sorted(path for p in PROTO.rglob("*.proto") if (path := p.relative_to(PROTO).as_posix()) not in CLASHING)
    )
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    options = [f"-I{PROTO}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={output}"]
    options += ["--include_source_info"] * source_info
    if protoc.main(["protoc", *options, *names]) != 0:
        raise AssertionError(f"protoc failed on {', '.join(names)}")
    return output
