"""Structs read from their bytes: the members that many of them have are decoded once.

A Struct is made of entries of a map: a text, and a Value that is one of six kinds. Whatever is not written as all
libraries write it is left to protobuf.
"""

from __future__ import annotations

from struct import unpack_from
from typing import Any

from spacectl.rpc.decode import number
from spacectl.rpc.rows import varint

FIRST, SECOND = 0x0A, 0x12  # length-delimited fields 1 and 2: an entry, its key; its value
NULL, NUMBER, TEXT, BOOL, STRUCT, LIST = 0x08, 0x11, 0x1A, 0x20, 0x2A, 0x32
# protobuf itself goes no deeper than 100 levels, and a Struct in a Struct is three of them
MAX_DEPTH = 20

# The members that are remembered, of no more bytes than these; after so many it is seen whether they repeat themselves.
REMEMBERED = 2048
LONGEST = 512


class UnusualError(Exception):
    """What the bytes stand for is protobuf's to say."""


class StructReader:
    """Gives Structs as plain values that share what they repeat; `data` is read from a position to an end.

    Its functions raise UnusualError, and IndexError and ValueError for bytes that are no message.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[str, Any]] | None = {}
        self._asked = 0

    def struct(self, data: bytes, position: int, end: int, depth: int = 0) -> dict[str, Any]:
        """The plain value of a google.protobuf.Struct."""
        if depth > MAX_DEPTH:
            raise UnusualError
        fields: dict[str, Any] = {}
        known = self._known
        while position < end:
            if data[position] != FIRST:
                raise UnusualError
            length = data[position + 1]
            position += 2
            if length > 0x7F:
                length, position = varint(data, position - 1)
            start = position
            position += length
            if known is None or length > LONGEST:
                key, value = self._member(data, start, position, depth)
            else:
                entry = data[start:position]
                member = known.get(entry)
                if member is None:
                    member = self._member(data, start, position, depth)
                    self._remember(entry, member)
                key, value = member
                self._asked += 1
            fields[key] = value
        if position != end:
            raise UnusualError
        return {key: fields[key] for key in sorted(fields)}

    def list(self, data: bytes, position: int, end: int, depth: int = 0) -> list[Any]:
        """The plain value of a google.protobuf.ListValue."""
        if depth > MAX_DEPTH:
            raise UnusualError
        values = []
        while position < end:
            if data[position] != FIRST:
                raise UnusualError
            length, position = varint(data, position + 1)
            values.append(self.value(data, position, position + length, depth))
            position += length
        if position != end:
            raise UnusualError
        return values

    def value(self, data: bytes, position: int, end: int, depth: int = 0) -> Any:
        """The plain value of a google.protobuf.Value."""
        if position == end:
            return None
        kind = data[position]
        position += 1
        if kind == NUMBER:
            if position + 8 != end:
                raise UnusualError
            return number(unpack_from("<d", data, position)[0])
        if kind in (BOOL, NULL):
            if position + 1 != end or data[position] > (kind == BOOL):
                raise UnusualError
            return data[position] == 1 if kind == BOOL else None
        length = data[position]
        position += 1
        if length > 0x7F:
            length, position = varint(data, position - 1)
        if position + length != end:
            raise UnusualError
        if kind == TEXT:
            return data[position:end].decode()
        if kind == STRUCT:
            return self.struct(data, position, end, depth + 1)
        if kind == LIST:
            return self.list(data, position, end, depth + 1)
        raise UnusualError

    def _member(self, data: bytes, position: int, end: int, depth: int) -> tuple[str, Any]:
        """The key and the plain value of an entry."""
        if data[position] != FIRST:
            raise UnusualError
        length = data[position + 1]
        position += 2
        if length > 0x7F:
            length, position = varint(data, position - 1)
        key = data[position : position + length].decode()
        position += length
        if data[position] != SECOND:
            raise UnusualError
        length = data[position + 1]
        position += 2
        if length > 0x7F:
            length, position = varint(data, position - 1)
        if position + length != end:
            raise UnusualError
        # most values are short texts
        if length > 1 and data[position] == TEXT and data[position + 1] == length - 2 <= 0x7F:
            return key, data[position + 2 : end].decode()
        return key, self.value(data, position, end, depth)

    def _remember(self, entry: bytes, member: tuple[str, Any]) -> None:
        known = self._known
        if known is None:
            return
        if len(known) == REMEMBERED:
            # to look in vain costs a fourth of what a find saves
            if 3 * self._asked < 4 * REMEMBERED:
                self._known = None
                return
            self._asked = 0
            known.clear()
        known[entry] = member
