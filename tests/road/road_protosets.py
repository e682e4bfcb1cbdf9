"""Descriptor sets of .proto files that import the sandbox's."""

from __future__ import annotations

from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

SANDBOX = Path(__file__).parents[2] / "spacectl" / "sandbox"  # in the sources: an installation has no .proto files
PROTO = Path(__file__).parent / "proto"


def compiled(directory: Path, *names: str, include: tuple[Path, ...] = (PROTO,)) -> FileDescriptorSet:
    """The descriptor set of some .proto files, with all that they import."""
    output = directory / "compiled.protoset"
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    paths = [f"-I{path}" for path in (*include, SANDBOX / "proto", well_known)]
    assert protoc.main(["protoc", *paths, "--include_imports", f"--descriptor_set_out={output}", *names]) == 0
    return FileDescriptorSet.FromString(output.read_bytes())
