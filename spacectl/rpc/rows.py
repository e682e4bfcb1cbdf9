"""The rows of a list answer, cut out of its bytes: so that ten thousand of them are never in memory as messages.

The wire format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

VARINT, FIXED64, LENGTH, START_GROUP, END_GROUP, FIXED32 = range(6)


def split(data: bytes, number: int) -> tuple[bytes, list[tuple[int, int]]]:
    """The message without its length-delimited field `number`, and where each of that field's values begins and ends.

    Raises ValueError for bytes that are no message.
    """
    spans: list[tuple[int, int]] = []
    rest: list[bytes] = []
    wanted = number << 3 | LENGTH
    position, kept_from, size = 0, 0, len(data)
    try:
        while position < size:
            start = position
            tag = data[position]
            position += 1
            if tag > 0x7F:
                tag, position = varint(data, start)
            if tag == wanted:
                length = data[position]
                position += 1
                if length > 0x7F:
                    length, position = varint(data, position - 1)
                if kept_from < start:
                    rest.append(data[kept_from:start])
                spans.append((position, position + length))
                position += length
                kept_from = position
            else:
                position = after(data, tag, position)
    except IndexError:
        raise ValueError("the message ends in the middle of a field") from None
    if position != size:
        raise ValueError("the message ends in the middle of a field")
    rest.append(data[kept_from:])
    return b"".join(rest), spans


def varint(data: bytes, position: int) -> tuple[int, int]:
    """The number that begins at a position, and the position after it. Raises ValueError, IndexError."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a number of the message is too long")


def after(data: bytes, tag: int, position: int) -> int:
    """The position after the value of a tag."""
    kind = tag & 7
    if kind == VARINT:
        return varint(data, position)[1]
    if kind == LENGTH:
        length, position = varint(data, position)
        return position + length
    if kind == FIXED64:
        return position + 8
    if kind == FIXED32:
        return position + 4
    if kind == START_GROUP:
        depth = 1
        while depth:
            tag, position = varint(data, position)
            if tag & 7 == START_GROUP:
                depth += 1
            elif tag & 7 == END_GROUP:
                depth -= 1
            else:
                position = after(data, tag, position)
        return position
    raise ValueError(f"the message has a field of the unknown wire type {kind}")
