"""Rows read field by field from their bytes, for rows repeat what is in them: equal bytes are decoded once.

Only the top level of the wire format (protobuf.dev/programming-guides/encoding), texts and whole numbers are read here;
what the bytes of other fields stand for is protobuf's to say, and a row of which anything is out of the ordinary is
left to protobuf as a whole. Fields one after the other that hardly change from row to row are read as one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spacectl.rpc.question import ALL, Names
from spacectl.rpc.rows import FIXED64, LENGTH, VARINT, after, varint
from spacectl.rpc.struct_bytes import StructReader, UnusualError
from spacectl.rpc.wire_fields import NUMBER, PIECES, TEXT, UNSEEN, Field, Read, Run, wire_field

# What is remembered of all fields together, in bytes as they came; their values take up to ten times as much.
REMEMBERED = 1 << 20
LONGEST = 1 << 14
# After so many rows it is seen what repeats itself at all.
TRIED = 256
# What protobuf reads of a single field costs a tenth of what it reads of a whole row.
MOST_PIECES = 6
# What changes in more rows is not steady.
MOST_CHANGES = TRIED // 16

_ABSENT: Any = object()
_UNKNOWN: Any = object()


class RepeatingReader:
    """Reads rows of a type that is none of the well-known, as `convert` does; values that repeat are one object.

    `parse` makes a message of the bytes of one field, and raises UnusualError for what it cannot make one of. Of the
    fields that are not `shown`, where any are named, the values are not read.
    """

    def __init__(
        self,
        descriptor: Any,
        parse: Callable[[bytes], Any],
        convert: Callable[[Any], dict[str, Any]],
        shown: Names = ALL,
    ) -> None:
        self._parse = parse
        self._convert = convert
        structs = StructReader()
        readers: dict[str, Read] = {"Struct": structs.struct, "ListValue": structs.list, "Value": structs.value}
        found = filter(None, (wire_field(field, readers, shown) for field in descriptor.fields))
        self._fields = dict(sorted(found, key=lambda pair: pair[0]))
        self._hidden = [field.name for _, _, field in self._fields.values() if field.hidden]
        self._before: dict[str, Any] | None = {}  # the row before, until it is known what is steady
        self._tried = 0
        self._unusual = 0
        self._pieces = 0
        self._size = 0
        self.worthwhile = True

    def read(self, data: bytes, position: int, end: int) -> dict[str, Any] | None:
        """The plain values of the row between two places; None where protobuf has to read it as a whole."""
        self._tried += 1
        if self._tried == TRIED:
            self._judge()
        try:
            row = self._read(data, position, end)
        except (IndexError, ValueError, UnusualError):  # ValueError: a number without end, a text that is no UTF-8
            self._unusual += 1
            return None
        if self._before is not None:
            self._compare(row)
            if self._hidden:
                return {name: row[name] for name in row if name not in self._hidden}
        return row

    def _read(self, data: bytes, position: int, end: int) -> dict[str, Any]:  # noqa: PLR0912, PLR0915 calls cost more
        result: dict[str, Any] = {}
        fields = self._fields
        last = missed = missed_at = 0
        while position < end:
            start = position
            tag = data[position]
            position += 1
            if tag > 0x7F:
                tag, position = varint(data, start)
            found = fields.get(tag)
            # a field that comes twice is the last one, or merged; and the order of fields is the one of their numbers
            if found is None or tag <= last:
                raise UnusualError
            last = tag
            name, kind, field = found
            run = field.run
            if run is not None and field.group != missed:
                if data.startswith(run.data, start, end):
                    result.update(run.values)
                    last = run.last
                    position = start + len(run.data)
                    continue
                missed, missed_at = field.group, start
                field.misses += 1
            if kind == NUMBER:
                number = data[position]
                position += 1
                if number > 0x7F:
                    number, position = varint(data, position - 1)
                if position > end or not number:
                    raise UnusualError
                result[name] = number if field.number is None else field.number(number)
                continue
            length = 0
            if tag & 7 == LENGTH:
                length = data[position]
                position += 1
                if length > 0x7F:
                    length, position = varint(data, position - 1)
                position += length
                if kind == TEXT:
                    if position > end or not length:
                        raise UnusualError
                    result[name] = data[position - length : position].decode()
                    continue
                if kind == PIECES:
                    position = _after_items(data, tag, position, end)
            elif tag & 7 == VARINT:
                position = varint(data, position)[1]
            else:
                position += 8 if tag & 7 == FIXED64 else 4
            if position > end:
                raise UnusualError
            if field.hidden:
                if self._before is not None:
                    result[name] = data[start:position]  # to see whether it changes
                continue
            piece = data[start:position]
            known = field.known
            value = _UNKNOWN if known is None else known.get(piece, _UNKNOWN)
            if value is _UNKNOWN:
                value = self._new(field, piece, length)
            if value is not _ABSENT:
                result[name] = value
        if missed:
            self._learn(data, missed_at, end, result)
        return result

    def _learn(self, data: bytes, start: int, end: int, row: Mapping[str, Any]) -> None:
        """Makes the run that begins at a place the one of its first field."""
        first: Field | None = None
        values: dict[str, Any] = {}
        passed: dict[str, Any] = {}
        position = stop = start
        last = 0
        while position < end:
            tag, behind = varint(data, position)
            name, kind, field = self._fields[tag]
            if first is None:
                first = field
            elif field.group != first.group:
                break
            position = after(data, tag, behind)
            if name in row:
                passed[name] = row[name]
            if kind == PIECES:
                # not the last one: another row may have more items
                position = _after_items(data, tag, position, end)
            else:
                values |= passed
                passed.clear()
                stop, last = position, tag
        if first is not None:
            first.run = Run(data[start:stop], values, last) if last else None

    def _compare(self, row: dict[str, Any]) -> None:
        """Counts which fields are others than in the row before."""
        before = self._before or {}
        for _, _, field in self._fields.values():
            value, old = row.get(field.name, _ABSENT), before.get(field.name, _ABSENT)
            if value is not old and value != old:
                field.changes += 1
        self._before = row

    def _new(self, field: Field, piece: bytes, length: int) -> Any:
        if field.read is not None:
            value = field.read(piece, len(piece) - length, len(piece))
        else:
            value = self._convert(self._parse(piece)).get(field.name, _ABSENT)
            self._pieces += 1
        field.new += 1
        if field.known is not None and len(piece) <= LONGEST:
            self._size += len(piece)
            if self._size > REMEMBERED:
                self._forget()
            field.known[piece] = value
        return value

    def _forget(self) -> None:
        self._size = 0
        for _, _, field in self._fields.values():
            if field.known is not None:
                field.known = {}

    def _judge(self) -> None:
        """Gives up what was not worth it in the last rows."""
        if self._unusual > TRIED // 4 or self._pieces > MOST_PIECES * TRIED:
            self.worthwhile = False
        group = 1
        for _, _, field in self._fields.values():
            if field.new > TRIED // 2:
                field.known = None
            if field.misses > TRIED // 4:
                field.run = None
            field.new = field.misses = 0
            if self._before is None:
                continue
            if field.changes <= MOST_CHANGES:
                field.run, field.group = UNSEEN, group
            else:
                group += 1
        self._tried = self._unusual = self._pieces = 0
        self._before = None


def _after_items(data: bytes, tag: int, position: int, end: int) -> int:
    """Where the items of a repeated field end, of which the first ends at `position`."""
    if tag <= 0x7F:
        while position < end and data[position] == tag:
            length = data[position + 1]
            position += 2
            if length > 0x7F:
                length, position = varint(data, position - 1)
            position += length
        return position
    while position < end:
        following, behind = varint(data, position)
        if following != tag:
            break
        length, position = varint(data, behind)
        position += length
    return position
