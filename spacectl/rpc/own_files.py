"""The files of protobuf's own messages, which servers need not describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto


def well_known(name: str) -> FileDescriptorProto | None:
    """The file of one of protobuf's own messages, None for any other."""
    if not name.startswith("google/protobuf/"):
        return None
    import importlib

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    module = name.removesuffix(".proto").removeprefix("google/protobuf/").replace("/", ".")
    try:
        descriptor = importlib.import_module(f"google.protobuf.{module}_pb2").DESCRIPTOR
    except ImportError:
        return None
    file = FileDescriptorProto()
    descriptor.CopyToProto(file)
    return file
