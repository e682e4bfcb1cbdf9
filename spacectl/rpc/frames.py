"""What messages of a stream have around their largest Struct is nearly always the same, and is looked at once.

Only the top level of the wire format is read here; what stands there is protobuf's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spacectl.rpc.members import Members
from spacectl.rpc.rows import LENGTH, after, varint
from spacectl.rpc.struct_bytes import UnusualError

# What is remembered, in bytes as they came, and how many beginnings of messages are tried one after the other.
REMEMBERED = 1 << 18
LONGEST = 1 << 12
MOST_HEADS = 8
# After so many messages it is seen whether they repeat themselves at all.
TRIED = 256


class Frame:
    """All of a message but one of its Structs, the `body`; `unknown` as in Item, `structs` are the others by name.

    Messages that are the same but for their body have the same object.
    """

    __slots__ = ("body", "message", "structs", "unknown")

    def __init__(self, body: str, message: Any, structs: Mapping[str, Members], unknown: tuple[int, ...]) -> None:
        self.body = body
        self.message = message
        self.structs = structs
        self.unknown = unknown


class Frames:
    """Cuts messages in two; `structs` are the Structs by the numbers of their fields, `make` makes a frame of bytes.

    It is `worthwhile` as long as frames repeat themselves.
    """

    def __init__(self, structs: Mapping[int, str], make: Callable[[bytes, str], Frame]) -> None:
        self._tags = {number << 3 | LENGTH: name for number, name in structs.items()}
        self._make = make
        # how messages begin, up to the tag of their body, with their frames by how they end
        self._heads: list[tuple[bytes, dict[bytes, Frame]]] = []
        self._size = 0
        self._cut = 0
        self._made = 0
        self.worthwhile = True

    def cut(self, data: bytes) -> tuple[Frame, bytes]:
        """The frame of a message and the bytes of its body.

        Raises what `make` raises, UnusualError where there is no Struct that is there once, and IndexError and
        ValueError for what is no message.
        """
        for index, (head, frames) in enumerate(self._heads):
            if data.startswith(head):
                start = len(head)
                length = data[start]
                start += 1
                if length > 0x7F:
                    length, start = varint(data, start - 1)
                end = start + length
                frame = frames.get(data[end:])
                if frame is not None and end <= len(data):
                    if index:
                        # what comes more often comes to the front
                        self._heads[index - 1 : index + 1] = self._heads[index], self._heads[index - 1]
                    self._cut += 1
                    return frame, data[start:end]
        return self._new(data)

    def _new(self, data: bytes) -> tuple[Frame, bytes]:
        name, begin, start, end = self._body(data)
        head, tail = data[: varint(data, begin)[1]], data[end:]
        frame = self._make(data[:begin] + tail, name)
        self._made += 1
        if self._made == TRIED:
            self.worthwhile = self._cut > self._made
            self._made = self._cut = 0
        if len(head) + len(tail) <= LONGEST:
            self._remember(head, tail, frame)
        return frame, data[start:end]

    def _remember(self, head: bytes, tail: bytes, frame: Frame) -> None:
        self._size += len(head) + len(tail)
        if self._size > REMEMBERED:
            self._heads.clear()
            self._size = len(head) + len(tail)
        frames = next((frames for known, frames in self._heads if known == head), None)
        if frames is None:
            frames = {}
            del self._heads[MOST_HEADS - 1 :]
            self._heads.append((head, frames))
        frames[tail] = frame

    def _body(self, data: bytes) -> tuple[str, int, int, int]:
        """The largest Struct: its name, and where its tag, its bytes and what follows begin."""
        found: dict[str, tuple[str, int, int, int]] = {}
        again = set()
        position, size = 0, len(data)
        while position < size:
            begin = position
            tag, position = varint(data, position)
            name = self._tags.get(tag)
            if name is None:
                position = after(data, tag, position)
                continue
            length, start = varint(data, position)
            position = start + length
            if name in found:
                again.add(name)
            found[name] = name, begin, start, position
        once = [place for name, place in found.items() if name not in again]
        if position != size or not once:
            raise UnusualError
        return max(once, key=lambda place: place[3] - place[2])
