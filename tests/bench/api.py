"""The APIs that the benchmark's servers serve, and Python modules of them for the old command, which asks for none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PROTO = Path(__file__).parent / "proto"
SERVICES, RESOURCES = 13, 160
EXTEND = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
# as the resources of Cloudforet are: a file for each, its messages, its verbs
RESOURCE = """
syntax = "proto3";
package spaceone.api.{service}.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/struct.proto";
message Create{name}Request {{
  string name = 1;
  google.protobuf.Struct tags = 2;
}}
message {name}Request {{
  string {lower}_id = 1;
}}
message {name}Query {{
  string name = 1;
  repeated string only = 2;
}}
message {name}Info {{
  string {lower}_id = 1;
  string name = 2;
  google.protobuf.Struct data = 3;
  google.protobuf.Struct tags = 4;
  string domain_id = 5;
  string created_at = 6;
}}
message {name}sInfo {{
  repeated {name}Info results = 1;
  int32 total_count = 2;
}}
service {name} {{
  rpc create(Create{name}Request) returns ({name}Info);
  rpc update({name}Request) returns ({name}Info);
  rpc delete({name}Request) returns (google.protobuf.Empty);
  rpc get({name}Request) returns ({name}Info);
  rpc list({name}Query) returns ({name}sInfo);
  rpc stat({name}Query) returns (google.protobuf.Struct);
}}
"""


def compile_api(output: Path, *, python: Path | None = None) -> Path:
    """The descriptor set of the API that is called, written to `output`; its modules go under `python`."""
    return _compile(PROTO, output, python)


def compile_many(directory: Path, *, python: Path | None = None) -> Path:
    """The descriptor set of `SERVICES` services with `RESOURCES` resources, in a directory; its modules likewise."""
    for service, name in resources():
        path = directory / "spaceone" / "api" / service / "v1" / f"{name.lower()}.proto"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RESOURCE.format(service=service, name=name, lower=name.lower()))
    return _compile(directory, directory / "many.protoset", python)


def resources() -> Iterator[tuple[str, str]]:
    """The service and the name of each of the many resources."""
    for number in range(RESOURCES):
        yield f"service_{number % SERVICES}", f"Resource{number:03}"


def _compile(protos: Path, output: Path, python: Path | None) -> Path:
    # not above: what the parent of a measured process takes counts as its memory
    import grpc_tools
    from grpc_tools import protoc

    well_known = Path(grpc_tools.__file__).parent / "_proto"
    options = [f"-I{protos}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={output}"]
    if python is not None:
        for package in ("spaceone", "spaceone/api"):
            (python / package).mkdir(parents=True, exist_ok=True)
            (python / package / "__init__.py").write_text(EXTEND)
        options += [f"--python_out={python}", f"--grpc_python_out={python}"]
    names = [path.relative_to(protos).as_posix() for path in sorted(protos.rglob("*.proto"))]
    if protoc.main(["protoc", *options, *names]) != 0:
        raise AssertionError("protoc failed")
    return output
