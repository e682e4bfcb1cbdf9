"""Compiles the sandbox's `.proto` files to one descriptor set: `python -m spacectl.sandbox.compile`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

PROTO_DIRECTORY = Path(__file__).with_name("proto")
PROTOSET = Path(__file__).with_name("api.protoset")


def compile_protos(directory: Path = PROTO_DIRECTORY) -> bytes:
    """The serialized FileDescriptorSet of all files under `directory`, with imports and comments.

    Needs grpcio-tools. Raises ValueError when a file does not compile, and where there is none: wheels go without them.
    """
    from importlib.resources import as_file, files

    from grpc_tools import protoc

    names = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*.proto"))
    if not names:
        raise ValueError(f"there are no .proto files under {directory}: they come with the sources, not with the wheel")
    with as_file(files("grpc_tools") / "_proto") as well_known, tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        options = [f"-I{directory}", f"-I{well_known}", "--include_imports", "--include_source_info"]
        if protoc.main(["protoc", *options, f"--descriptor_set_out={out}", *names]):
            raise ValueError(f"the .proto files under {directory} do not compile")
        return without_foreign_comments(out.read_bytes())


def without_foreign_comments(protoset: bytes) -> bytes:
    """The same set without the comments of Google's own files, which differ from one protoc to the next."""
    from google.protobuf import descriptor_pb2

    files = descriptor_pb2.FileDescriptorSet.FromString(protoset)
    for file in files.file:
        if file.name.startswith("google/"):
            file.ClearField("source_code_info")
    return files.SerializeToString(deterministic=True)


def main() -> int:
    """Writes the descriptor set beside the code."""
    PROTOSET.write_bytes(compile_protos())
    return 0


if __name__ == "__main__":
    sys.exit(main())
