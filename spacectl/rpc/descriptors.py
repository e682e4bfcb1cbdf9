"""Descriptor pools made from the files that a server, or a descriptor set, gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spacectl.errors import SpacectlError
from spacectl.rpc.own_files import well_known

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto


def find_service(files: Mapping[str, FileDescriptorProto], full_name: str) -> Any:
    """The ServiceDescriptor of a full name, in a pool of its own with the file that defines it and its imports.

    One pool for each service: the same symbol may be defined twice in the whole of an API. Raises SpacectlError where
    no file defines it, and for files that contradict themselves or miss an import.
    """
    package, _, name = full_name.rpartition(".")
    for file in files.values():
        if file.package == package and any(service.name == name for service in file.service):
            pool = _pool(files, file.name)
            return pool.FindServiceByName(full_name)
    raise SpacectlError(f"the server lists {full_name}, and does not describe it")


def find_message(files: Mapping[str, FileDescriptorProto], full_name: str) -> Any:
    """The Descriptor of a message type of a full name, which may be a nested one, as `find_service` finds a service.

    None where no file defines it. Raises SpacectlError for files that cannot be used.
    """
    for file in files.values():
        if any(is_within(full_name, f"{file.package}.{message.name}".lstrip(".")) for message in file.message_type):
            pool = _pool(files, file.name)
            try:
                return pool.FindMessageTypeByName(full_name)
            except KeyError:
                continue
    return None


def message_classes(descriptor: Any) -> dict[str, Any]:
    """The classes of a message type and of all the types in it, by full name.

    Who reads messages in several threads keeps them: protobuf can hand out a class to one thread while the collector
    takes it apart in another, which ends the process.
    """
    from google.protobuf.message_factory import GetMessageClass

    found: dict[str, Any] = {}
    waiting = [descriptor]
    while waiting:
        one = waiting.pop()
        if one.full_name not in found:
            found[one.full_name] = GetMessageClass(one)
            waiting += [field.message_type for field in one.fields if field.message_type]
    return found


def is_within(name: str, top: str) -> bool:
    """Whether a full name is that of a thing, or of one below it."""
    return name == top or name.startswith(f"{top}.")


def _pool(files: Mapping[str, FileDescriptorProto], name: str) -> Any:
    """A pool with a file and what it imports, also where the server left the imports out."""
    from google.protobuf.descriptor_pool import DescriptorPool

    pool = DescriptorPool()
    try:
        _add(pool, files, name, set())
    except SpacectlError:
        from spacectl.rpc.missing_imports import with_imports

        repaired = with_imports(files)
        if repaired is None:
            raise
        pool = DescriptorPool()
        _add(pool, repaired, name, set())
    return pool


def _add(pool: Any, files: Mapping[str, FileDescriptorProto], name: str, added: set[str]) -> None:
    stack = [(name, False)]
    open_files: set[str] = set()
    while stack:
        current, complete = stack.pop()
        if current in added:
            continue
        file = files.get(current) or well_known(current)
        if file is None:
            raise SpacectlError(f"the server does not give the file {current} that its descriptors import")
        if complete:
            try:
                pool.AddSerializedFile(file.SerializeToString())
            except TypeError as error:
                reason = " ".join(str(error).split())
                raise SpacectlError(f"the server's descriptors cannot be used: {current}: {reason}") from None
            added.add(current)
            continue
        if current in open_files:
            raise SpacectlError(f"the server's descriptors import each other in a circle: {current}")
        open_files.add(current)
        stack.append((current, True))
        stack.extend((dependency, False) for dependency in file.dependency if dependency not in added)
