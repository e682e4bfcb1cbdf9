"""The fields of a row as they are in its bytes: which tags they have, and how what follows a tag is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from spacectl.rpc.question import ALL, Names
from spacectl.rpc.rows import FIXED32, FIXED64, LENGTH, VARINT
from spacectl.rpc.scalars import (
    TYPE_BOOL,
    TYPE_BYTES,
    TYPE_DOUBLE,
    TYPE_ENUM,
    TYPE_FLOAT,
    TYPE_GROUP,
    TYPE_INT32,
    TYPE_INT64,
    TYPE_MESSAGE,
    TYPE_STRING,
    TYPE_UINT32,
    TYPE_UINT64,
)
from spacectl.rpc.struct_bytes import UnusualError

TEXT, NUMBER, PIECE, PIECES = range(4)

Read = Callable[[bytes, int, int], Any]


class Run(NamedTuple):
    """Fields one after the other as the last row had them: their bytes, their values, the tag of the last one."""

    data: bytes
    values: Mapping[str, Any]
    last: int


# no field begins so
UNSEEN = Run(b"\0", MappingProxyType({}), 0)


class Field:
    """A field, and the values of its pieces: tag, length and bytes, of a repeated one those of all its items.

    The value of a `hidden` one is not read. `known` is None for a field that does not repeat itself; `read` gives the
    value of bytes, where that is not left to protobuf; `number` the one of a varint. `run` begins with the field, and
    is made of fields of the same `group`; it is None for a field that is not steady.
    """

    __slots__ = ("changes", "group", "hidden", "known", "misses", "name", "new", "number", "read", "run")

    def __init__(self, name: str, read: Read | None, number: Callable[[int], int] | None, *, hidden: bool) -> None:
        self.name = name
        self.hidden = hidden
        self.read = read
        self.number = number
        self.known: dict[bytes, Any] | None = {}
        self.new = 0
        self.run: Run | None = None
        self.group = 0
        self.changes = 0
        self.misses = 0


def wire_field(
    field: Any, readers: Mapping[str, Read], shown: Names = ALL
) -> tuple[int, tuple[str, int, Field]] | None:
    """The tag of a field, and how it is read; None for what is left to protobuf."""
    kind, many, oneof = field.type, field.is_repeated, field.containing_oneof
    if kind == TYPE_GROUP or field.is_required or (oneof is not None and len(oneof.fields) > 1):
        return None
    how = PIECE
    if kind in (TYPE_STRING, TYPE_MESSAGE, TYPE_BYTES):
        wire = LENGTH
        how = PIECES if many else TEXT if kind == TYPE_STRING else PIECE
    elif many and not field.is_packed:
        return None
    elif many:
        wire = LENGTH
    elif kind in (TYPE_DOUBLE, TYPE_FLOAT):
        wire = FIXED64 if kind == TYPE_DOUBLE else FIXED32
    elif kind in _NUMBERS:
        wire, how = VARINT, NUMBER
    elif kind in (TYPE_BOOL, TYPE_ENUM):
        wire = VARINT
    else:
        return None
    read = None
    if how == PIECE and kind == TYPE_MESSAGE and field.message_type.file.name == "google/protobuf/struct.proto":
        read = readers.get(field.message_type.name)
    hidden = bool(shown) and field.name not in shown
    if hidden and how != PIECES:
        how = PIECE
    return field.number << 3 | wire, (field.name, how, Field(field.name, read, _NUMBERS.get(kind), hidden=hidden))


def _unsigned_32(number: int) -> int:
    if number > 0xFFFFFFFF:
        raise UnusualError
    return number


def _unsigned_64(number: int) -> int:
    if number >> 64:
        raise UnusualError
    return number


def _signed_32(number: int) -> int:
    if number > 0x7FFFFFFF:
        raise UnusualError
    return number


def _signed_64(number: int) -> int:
    return number if number < 1 << 63 else _unsigned_64(number) - (1 << 64)


_NUMBERS: Mapping[int, Callable[[int], int]] = MappingProxyType(
    {TYPE_INT32: _signed_32, TYPE_INT64: _signed_64, TYPE_UINT32: _unsigned_32, TYPE_UINT64: _unsigned_64}
)
