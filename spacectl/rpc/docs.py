"""Docs packs: what descriptor sets with source comments say of an API, and reflection does not.

A pack is what `protoc --include_imports --include_source_info` or `buf build` writes. Names are full names:
`spaceone.api.repository.v1.Plugin`, `….Plugin.register`, `….PluginQuery.State.ENABLED`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spacectl.rpc.comments import Comment, comments_of
from spacectl.rpc.protoset import Pack, read_pack

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

NOTHING = Comment()


class Docs:
    """The comments in packs, the first that knows a name winning.

    The packs are read at the first question, which raises their errors; of their files, only those that are asked for
    are looked into. Without packs every answer is empty.
    """

    def __init__(self, packs: Sequence[Pack] = ()) -> None:
        self._packs = packs
        self._by_name: dict[str, list[FileDescriptorProto]] | None = None
        self._comments: dict[int, Mapping[str, Comment]] = {}

    def comment(self, name: str) -> Comment:
        """What is said of a service, method, message, field, enum or enum value."""
        for file in self._files_with(name):
            if id(file) not in self._comments:
                self._comments[id(file)] = comments_of(file)
            said = self._comments[id(file)].get(name)
            if said is not None:
                return said
        return NOTHING

    def prose(self, name: str) -> str:
        """The prose of a thing, a paragraph a line, or nothing."""
        return self.comment(name).prose

    def example(self, name: str) -> str:
        """The example (JSON or YAML, as written) of a thing, or nothing."""
        return self.comment(name).example

    def required(self, field: str) -> bool | None:
        """Whether a field must be given; None where the packs do not tell."""
        return self.comment(field).required

    def is_optional(self, field: str) -> bool:
        """Whether a field is said to be optional."""
        return self.comment(field).required is False

    def knows(self, message: str) -> bool:
        """Whether a pack defines a message, service or enum."""
        return any(self._defines(file, message) for file in self._files_with(message))

    def _files_with(self, name: str) -> Iterator[FileDescriptorProto]:
        """The files that may define a name: those whose package and top-level name begin it."""
        if self._by_name is None:
            self._by_name = {}
            for pack in self._packs:
                for file in read_pack(pack):
                    declared: list[Any] = [*file.service, *file.message_type, *file.enum_type, *file.extension]
                    for top in {thing.name for thing in declared}:
                        self._by_name.setdefault(f"{file.package}.{top}".lstrip("."), []).append(file)
        parts = name.split(".")
        for count in range(len(parts), 0, -1):
            yield from self._by_name.get(".".join(parts[:count]), ())

    @staticmethod
    def _defines(file: FileDescriptorProto, name: str) -> bool:
        inner = name.removeprefix(f"{file.package}.").split(".")
        declared: list[Any] = [*file.service, *file.message_type, *file.enum_type]
        scope = [thing for thing in declared if thing.name == inner[0]]
        for part in inner[1:]:
            nested = [thing for holder in scope for thing in getattr(holder, "nested_type", ())]
            enums = [thing for holder in scope for thing in getattr(holder, "enum_type", ())]
            scope = [thing for thing in (*nested, *enums) if thing.name == part]
        return bool(scope)
