"""What a server says of itself -> a descriptor set for other tools, each file after those that it imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from spacectl.errors import CallError, SpacectlError
from spacectl.rpc.own_files import well_known
from spacectl.service_names import REFLECTION

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from spacectl.rpc.catalog import Source

NOT_FOUND = 5


def descriptor_set(source: Source, what: str, warn: Callable[[str], None]) -> bytes:
    """The serialized FileDescriptorSet of all services but reflection, with all that they import.

    What a server lists and does not describe is told to `warn`. Raises CallError where it describes nothing.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    names = [name for name in source.services() if name not in REFLECTION]
    files: dict[str, FileDescriptorProto] = dict(source.files(names))
    described = {f"{file.package}.{service.name}".lstrip(".") for file in files.values() for service in file.service}
    if not described:
        raise CallError(what, NOT_FOUND, "the server describes no service")
    for name in sorted(set(names) - described):
        warn(f"the server lists {name}, and does not describe it: left out")
    ordered: dict[str, FileDescriptorProto] = {}
    for name in sorted(files):
        try:
            _add(name, files, ordered)
        except SpacectlError as error:
            warn(f"{error.message}: {name} is left out")
    return FileDescriptorSet(file=ordered.values()).SerializeToString(deterministic=True)


def _add(name: str, files: dict[str, FileDescriptorProto], ordered: dict[str, FileDescriptorProto]) -> None:
    """Adds a file after all that it imports, on a stack of our own: a server decides how deep they are."""
    found: dict[str, FileDescriptorProto] = {}
    stack = [(name, False)]
    begun: set[str] = set()
    while stack:
        current, complete = stack.pop()
        if current in ordered or current in found:
            continue
        file = files.get(current) or well_known(current)
        if file is None:
            raise SpacectlError(f"the server does not give the file {current}")
        if complete:
            found[current] = file
            continue
        if current in begun:
            raise SpacectlError(f"the files import each other in a circle: {current}")
        begun.add(current)
        stack.append((current, True))
        stack.extend((dependency, False) for dependency in file.dependency)
    ordered.update(found)
