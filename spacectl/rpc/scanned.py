"""Messages of a stream of which the members of Structs stay bytes: what many messages have is looked at once.

Protobuf reads each message as another type, in which a Struct is a list of entries that are not parsed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from operator import attrgetter
from typing import Any

from spacectl.rpc.decode import struct_value
from spacectl.rpc.item import ABSENT, Item, fingerprint_of, kind_of, outline_of, stands_at, unknown_numbers
from spacectl.rpc.scalars import TYPE_BYTES, TYPE_ENUM, TYPE_GROUP, TYPE_INT32, TYPE_MESSAGE

STRUCT = "google.protobuf.Struct"
PACKAGE = "spacectl"
# What is remembered of all members together, in bytes as they came; what is made of them takes up to ten times as much.
REMEMBERED = 1 << 20
LONGEST = 1 << 16
# After so many of a name it is seen whether they repeat themselves at all.
TRIED = 64
FEW = 3
OUTLINE = attrgetter("outline")


class UnusualError(Exception):
    """A message has to be read as what it is."""


class Member:
    """A member of a Struct: a google.protobuf.Value, and its text where it is one; `kind` as in Item.kinds."""

    __slots__ = ("fingerprint", "kind", "message", "name", "outline", "text")

    def __init__(self, name: str, message: Any) -> None:
        kind = kind_of(message)
        self.text: str | None = message.string_value if kind == "text" else None
        self.name = name
        self.message = message
        self.kind = "empty" if self.text == "" else kind
        self.outline = outline_of(name, self.kind)
        self.fingerprint: int | None = None


class Members:
    """The members of a Struct by name, and what they were read from."""

    __slots__ = ("by_name", "data", "outline")

    def __init__(self, data: tuple[bytes, ...], named: Iterable[tuple[str, Member]]) -> None:
        self.data = data
        self.by_name = dict(named)
        self.outline = 0


class ScannedItem:
    """One message of a stream, as Item has it; `values` are those of its fields, `whole` parses all of it."""

    __slots__ = ("_data", "_message", "_structs", "_whole", "size")

    def __init__(self, data: bytes, message: Any, structs: dict[str, Members], whole: Callable[[bytes], Item]) -> None:
        self.size = len(data)
        self._data = data
        self._message = message
        self._structs = structs
        self._whole = whole

    def scalar(self, name: str) -> Any:
        """See Item."""
        return getattr(self._message, name, None)

    def data(self, name: str) -> Hashable:
        """See Item."""
        found = self._structs.get(name)
        return None if found is None else found.data

    def mapping(self, name: str) -> Any:
        """See Item."""
        found = self._structs.get(name)
        return None if found is None else {key: _plain(found.by_name[key]) for key in sorted(found.by_name)}

    def kind(self, struct: str, path: str) -> str:
        """See Item."""
        first = path.partition(".")[0]
        member = self._structs[struct].by_name.get(first)
        found = None if member is None else stands_at(member.message, path)
        return ABSENT if found is None else kind_of(found)

    def kinds(self, struct: str) -> dict[str, str]:
        """See Item."""
        return {name: member.kind for name, member in self._structs[struct].by_name.items()}

    def outline(self, struct: str) -> int:
        """See Item."""
        members = self._structs[struct]
        if not members.outline:
            members.outline = sum(map(OUTLINE, members.by_name.values()))
        return members.outline

    def values(self, struct: str, paths: Iterable[str]) -> dict[str, Any]:
        """See Item."""
        members = self._structs[struct].by_name
        found: dict[str, Any] = {}
        for path in paths:
            if "." in path:
                member = members.get(path.partition(".")[0])
                value = None if member is None else stands_at(member.message, path)
                found[path] = None if value is None else value.string_value or struct_value(value)
            else:
                member = members.get(path)
                found[path] = None if member is None else _plain(member)
        return found

    def fingerprint(self, struct: str, name: str) -> int | None:
        """See Item."""
        member = self._structs[struct].by_name.get(name)
        if member is None:
            return None
        if member.fingerprint is None:
            member.fingerprint = fingerprint_of(member.message)
        return member.fingerprint

    def plain(self) -> Any:
        """See Item."""
        return self._whole(self._data).plain()

    def unknown(self) -> tuple[int, ...]:
        """See Item."""
        return unknown_numbers(self._message)

    def has(self, name: str) -> bool:
        """See Item."""
        found = self._structs.get(name)
        return bool(getattr(self._message, name, None) if found is None else found.by_name)


class Scanner:
    """Makes items of the messages of a type; `whole` makes one of protobuf's, and raises what it likes."""

    def __init__(self, descriptor: Any, whole: Callable[[bytes], Item]) -> None:
        from google.protobuf.message import DecodeError

        self._whole = whole
        self._errors = (DecodeError, UnusualError)
        self._structs = [field.name for field in descriptor.fields if _is_struct(field)]
        self._class: Any = None
        # what has anything else in it is read as what it is
        if self._structs and all(map(_is_plain, descriptor.fields)):
            self._class, self._entry = _classes(descriptor, self._structs[0])
        self._members: dict[bytes, tuple[str, Member]] = {}
        self._known: dict[tuple[bytes, ...], Members] = {}
        self._size = 0
        self._count = 0
        self._new: Counter[str] = Counter()

    def item(self, data: bytes) -> Item | ScannedItem:
        """A message as an item."""
        if self._class is None:
            return self._whole(data)
        self._count += 1
        try:
            message = self._class.FromString(data)
            structs = {name: self._struct(name, tuple(getattr(message, name).entries[:])) for name in self._structs}
        except self._errors:
            return self._whole(data)
        return ScannedItem(data, message, structs, self._whole)

    def _struct(self, name: str, entries: tuple[bytes, ...]) -> Members:
        if len(entries) > FEW:
            return self._read(entries)
        # match rules, options: nearly always the same
        found = self._known.get(entries)
        if found is None:
            found = self._read(entries)
            if self._repeats(name, sum(map(len, entries))):
                self._known[entries] = found
        return found

    def _read(self, entries: tuple[bytes, ...]) -> Members:
        known = list(map(self._members.get, entries))
        members = Members(entries, [one or self._member(entry) for one, entry in zip(known, entries, strict=True)])
        if len(members.by_name) != len(entries):
            raise UnusualError
        return members

    def _member(self, entry: bytes) -> tuple[str, Member]:
        read = self._entry.FromString(entry)
        name = read.key
        member = name, Member(name, read.value)
        if self._repeats(name, len(entry)):
            self._members[entry] = member
        return member

    def _repeats(self, name: str, length: int) -> bool:
        """Whether what was not known before is worth remembering."""
        new = self._new[name] = self._new[name] + 1
        if length > LONGEST or (new > TRIED and new > self._count // 2):
            return False
        self._size += length
        if self._size > REMEMBERED:
            self._members.clear()
            self._known.clear()
            self._size = length
        return True


def _plain(member: Member) -> Any:
    return struct_value(member.message) if member.text is None else member.text


def _is_struct(field: Any) -> bool:
    return bool(field.type == TYPE_MESSAGE and not field.is_repeated and field.message_type.full_name == STRUCT)


def _is_plain(field: Any) -> bool:
    kinds = (TYPE_MESSAGE, TYPE_GROUP)
    return _is_struct(field) or not (
        field.type in kinds or field.is_repeated or field.is_required or field.containing_oneof is not None
    )


def _classes(descriptor: Any, struct: str) -> tuple[Any, Any]:
    """The class that messages are read as, and the one of the entries of its Structs."""
    from google.protobuf import descriptor_pb2
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass

    file = descriptor_pb2.FileDescriptorProto(name="scanned.proto", package=PACKAGE, syntax="proto3")
    entries = file.message_type.add(name="Entries")
    entries.field.add(name="entries", number=1, type=TYPE_BYTES, label=3)
    scanned = file.message_type.add(name="Scanned")
    for field in descriptor.fields:
        made: Any = scanned.field.add(name=field.name, number=field.number, label=1)
        made.type = TYPE_INT32 if field.type == TYPE_ENUM else field.type
        if _is_struct(field):
            made.type_name = f".{PACKAGE}.Entries"
    pool = DescriptorPool()
    pool.Add(file)
    entry = descriptor.fields_by_name[struct].message_type.fields_by_name["fields"].message_type
    return GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.Scanned")), GetMessageClass(entry)
