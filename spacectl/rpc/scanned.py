"""Messages of a stream of which the members of Structs stay bytes: what many messages have is looked at once.

Protobuf reads each message as another type, in which a Struct is a list of entries that are not parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from spacectl.rpc.descriptors import message_classes
from spacectl.rpc.frames import Frame, Frames
from spacectl.rpc.item import Item, unknown_numbers
from spacectl.rpc.member_reader import MemberReader
from spacectl.rpc.members import NOTHING, Form, Members
from spacectl.rpc.scalars import TYPE_BYTES, TYPE_ENUM, TYPE_GROUP, TYPE_INT32, TYPE_MESSAGE
from spacectl.rpc.struct_bytes import UnusualError
from spacectl.rpc.templates import StructTemplates

STRUCT = "google.protobuf.Struct"
PACKAGE = "spacectl"
SMALL = 512
MOST_SMALL = 256
NONE = Members((), [NOTHING], Form(()))


class ScannedItem:
    """One message of a stream, as Item has it; `whole` parses all of it."""

    __slots__ = ("_body", "_data", "_frame", "_whole", "size")

    def __init__(self, data: bytes, frame: Frame, body: Members, whole: Callable[[bytes], Item]) -> None:
        self.size = len(data)
        self._frame = frame
        self._data = data
        self._body = body
        self._whole = whole

    def around(self, struct: str) -> Hashable:
        """See Item."""
        return self._frame if self._frame.body == struct else None

    def scalar(self, name: str) -> Any:
        """See Item."""
        return getattr(self._frame.message, name, None)

    def data(self, name: str) -> Hashable:
        """See Item."""
        found = self._struct(name)
        return None if found is None else found.data()

    def mapping(self, name: str) -> Any:
        """See Item."""
        found = self._struct(name)
        return None if found is None else found.mapping()

    def kind(self, struct: str, path: str) -> str:
        """See Item."""
        return self._members(struct).kind(path)

    def kinds(self, struct: str) -> dict[str, str]:
        """See Item."""
        return {sort.name: sort.kind for sort in self._members(struct).form.sorts}

    def outline(self, struct: str) -> int:
        """See Item."""
        return self._members(struct).form.outline

    def values(self, struct: str, paths: Iterable[str]) -> dict[str, Any]:
        """See Item."""
        members = self._members(struct)
        return {path: members.value(path) for path in paths}

    def texts(self, struct: str, paths: tuple[str, ...]) -> list[str | None]:
        """See Item."""
        return self._members(struct).texts(paths)

    def fingerprint(self, struct: str, name: str) -> int | None:
        """See Item."""
        member = self._members(struct).named(name)
        return None if member is None else member.fingerprint()

    def plain(self) -> Any:
        """See Item."""
        return self._whole(self._data).plain()

    def unknown(self) -> tuple[int, ...]:
        """See Item."""
        return self._frame.unknown

    def has(self, name: str) -> bool:
        """See Item."""
        found = self._struct(name)
        return bool(getattr(self._frame.message, name, None) if found is None else found.form.sorts)

    def _struct(self, name: str) -> Members | None:
        return self._body if name == self._frame.body else self._frame.structs.get(name)

    def _members(self, struct: str) -> Members:
        return self._body if struct == self._frame.body else self._frame.structs[struct]


class Scanner:
    """Makes items of the messages of a type; `whole` makes one of protobuf's, and raises what it likes.

    `closely` where most of each will be asked for: of a few fields, messages that are unlike each other are read
    faster as a whole.
    """

    def __init__(self, descriptor: Any, whole: Callable[[bytes], Item], *, closely: bool = True) -> None:
        from google.protobuf.message import DecodeError

        self._kept = message_classes(descriptor)
        self._whole = whole
        self._closely = closely
        self._errors = (DecodeError, UnusualError, IndexError, ValueError)
        self._structs = [field.name for field in descriptor.fields if _is_struct(field)]
        self._class: Any = None
        # what has anything else in it is read as what it is
        if self._structs and all(map(_is_plain, descriptor.fields)):
            self._class, entries, entry = _classes(descriptor, self._structs[0])
            self._reader = MemberReader(entry)
            self._small: dict[tuple[bytes, ...], Members] = {}
            self._bodies = StructTemplates(self._reader, lambda body: entries.FromString(body).entries[:])
            numbers = {field.number: field.name for field in descriptor.fields if _is_struct(field)}
            self._frames = Frames(numbers, self._frame)

    def item(self, data: bytes) -> Item | ScannedItem:
        """A message as an item."""
        if self._class is None:
            return self._whole(data)
        self._reader.structs += 1
        try:
            if not (self._closely or (self._frames.worthwhile and self._bodies.worthwhile)):
                return self._whole(data)
            if self._frames.worthwhile:
                frame, body = self._frames.cut(data)
                members = self._bodies.read(body)
            else:
                frame, members = self._frame(data, ""), NONE
        except self._errors:
            return self._whole(data)
        return ScannedItem(data, frame, members, self._whole)

    def _frame(self, data: bytes, body: str) -> Frame:
        message = self._class.FromString(data)
        structs = {name: self._members(getattr(message, name).entries[:]) for name in self._structs if name != body}
        return Frame(body, message, structs, unknown_numbers(message))

    def _members(self, entries: list[bytes]) -> Members:
        # match rules, options: nearly always the same
        data = tuple(entries)
        found = self._small.get(data)
        if found is None:
            found = Members(data, *self._reader.formed(self._reader.read(entries)))
            if sum(map(len, data)) <= SMALL:
                if len(self._small) == MOST_SMALL:
                    self._small.clear()
                self._small[data] = found
        return found


def _is_struct(field: Any) -> bool:
    return bool(field.type == TYPE_MESSAGE and not field.is_repeated and field.message_type.full_name == STRUCT)


def _is_plain(field: Any) -> bool:
    kinds = (TYPE_MESSAGE, TYPE_GROUP)
    return _is_struct(field) or not (
        field.type in kinds or field.is_repeated or field.is_required or field.containing_oneof is not None
    )


def _classes(descriptor: Any, struct: str) -> tuple[Any, Any, Any]:
    """The class that messages are read as, and those of their Structs and of the entries of these."""
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
    made_of = (pool.FindMessageTypeByName(f"{PACKAGE}.{name}") for name in ("Scanned", "Entries"))
    message_class, entries_class = map(GetMessageClass, made_of)
    return message_class, entries_class, GetMessageClass(entry)
