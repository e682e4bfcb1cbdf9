"""Files that refer to types of files that they do not import, as the reflection of grpc-js gives them.

What they mean can be told all the same where one of the given files has the type. Protobuf's own types are taken from
protobuf itself: such a server has spelled their fields in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from spacectl.rpc.own_files import well_known

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

OWN = "google.protobuf"
OWN_FILES = ("any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers")


def with_imports(files: Mapping[str, FileDescriptorProto]) -> dict[str, FileDescriptorProto] | None:
    """The same files with the imports that they lack; None where they lack none that could be told."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    foreign = {name: file for name, file in files.items() if file.package != OWN}
    homes = {name: file.name for file in foreign.values() for name in _defined(file.package, file)} | _own_types()
    repaired: dict[str, FileDescriptorProto] = {}
    changed = False
    for name, file in foreign.items():
        needed = {homes[found] for scope, used in _used(file) if (found := _resolved(scope, used, homes)) is not None}
        kept = [one for one in file.dependency if one not in files or one in foreign]
        lacking = sorted(needed - {name, *kept})
        repaired[name] = FileDescriptorProto()
        repaired[name].CopyFrom(file)
        repaired[name].dependency[:] = [*kept, *lacking]
        changed = changed or bool(lacking)
    return repaired if changed else None


def _own_types() -> dict[str, str]:
    """Protobuf's own messages, each with the file that has it."""

    found = [well_known(f"google/protobuf/{name}.proto") for name in OWN_FILES]
    return {name: file.name for file in found if file is not None for name in _defined(file.package, file)}


def _defined(scope: str, holder: Any) -> Iterator[str]:
    """The full names of the messages and enums of a file or message."""
    messages = holder.message_type if hasattr(holder, "message_type") else holder.nested_type
    for kind in (*messages, *holder.enum_type):
        name = f"{scope}.{kind.name}".lstrip(".")
        yield name
        if kind in messages:
            yield from _defined(name, kind)


def _used(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """The names of types that a file refers to, each with the scope that it stands in."""
    yield from _used_by(file.package, file.message_type)
    for service in file.service:
        for method in service.method:
            yield file.package, method.input_type
            yield file.package, method.output_type


def _used_by(scope: str, messages: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for message in messages:
        inside = f"{scope}.{message.name}".lstrip(".")
        for field in message.field:
            if field.type_name:
                yield inside, field.type_name
        yield from _used_by(inside, message.nested_type)


def _resolved(scope: str, name: str, homes: Mapping[str, str]) -> str | None:
    """The full name that a name means in a scope: the innermost that there is."""
    if name.startswith("."):
        return name[1:] if name[1:] in homes else None
    while True:
        full = f"{scope}.{name}".lstrip(".")
        if full in homes:
            return full
        if not scope:
            return None
        scope = scope.rpartition(".")[0]
