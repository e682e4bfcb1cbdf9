"""Reads Structs that are nearly the same: what comes again at the same place is compared as one piece of bytes.

A template is a Struct that came before, with gaps where its members differ from one to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from spacectl.rpc.member_reader import MemberReader
from spacectl.rpc.members import Form, Member, Members
from spacectl.rpc.rows import varint

ENTRY = b"\x0a"
LONGEST = 1 << 14
MOST_TEMPLATES = 8
# What has changed so often has a gap in its place; after so many that fit nowhere it is seen whether any do.
MOST_CHANGES = 3
TRIED = 64


class Template(NamedTuple):
    """The pieces before gaps, each with the tag of the entry in the gap, the place of its member; what comes behind."""

    first: bytes
    pieces: tuple[tuple[bytes, int], ...]
    last: bytes
    members: list[Member]
    form: Form
    entries: list[bytes]


class StructTemplates:
    """Reads Structs from their bytes; `split` cuts one in entries, and raises what it likes.

    It is `worthwhile` as long as most of them fit.
    """

    def __init__(self, reader: MemberReader, split: Callable[[bytes], list[bytes]]) -> None:
        self._reader = reader
        self._split = split
        self._templates: list[Template] = []
        self._changes: Counter[str] = Counter()
        self._fitted = 0
        self._missed = 0
        self.worthwhile = True

    def read(self, data: bytes) -> Members:
        """The members. Raises what the reader of members raises."""
        for number, template in enumerate(self._templates):
            if data.startswith(template.first):
                members = self._fit(template, data)
                if members is not None:
                    self._fitted += 1
                    if number:
                        # what fits more often comes to the front
                        self._templates[number - 1 : number + 1] = template, self._templates[number - 1]
                    return Members(data, members, template.form)
        entries = self._split(data)
        found = self._reader.read(entries)
        members, form = self._reader.formed(found)
        if self.worthwhile and members is found:
            self._learn(data, entries, members, form)
        return Members(data, members, form)

    def _fit(self, template: Template, data: bytes) -> list[Member] | None:
        members = template.members[:]
        known = self._reader.known
        position = 0
        for piece, place in template.pieces:
            if not data.startswith(piece, position):
                return None
            position += len(piece)
            length = data[position]
            position += 1
            if length > 0x7F:
                length, position = varint(data, position - 1)
            entry = data[position : position + length]
            position += length
            member = known.get(entry) or self._reader.of_sort(members[place].sort, entry)
            if member is None or member.sort is not members[place].sort:
                return None
            members[place] = member
        # a gap that ends behind the end leaves nothing to compare
        if position + len(template.last) != len(data) or not data.endswith(template.last):
            return None
        return members

    def _learn(self, data: bytes, entries: list[bytes], members: list[Member], form: Form) -> None:
        self._missed += 1
        if self._missed == TRIED:
            self.worthwhile = self._fitted > self._missed
            self._missed = self._fitted = 0
            if not self.worthwhile:
                self._templates = []
                return
        lengths = (_length(len(entry)) for entry in entries)
        pieces = [ENTRY + length + entry for length, entry in zip(lengths, entries, strict=True)]
        # what was written in another way is not compared byte for byte
        if len(data) > LONGEST or b"".join(pieces) != data:
            return
        for number, template in enumerate(self._templates):
            if template.form is form:
                for before, entry, sort in zip(template.entries, entries, form.sorts, strict=True):
                    self._changes[sort.name] += before != entry
                del self._templates[number]
                break
        self._templates = [self._template(pieces, entries, members, form), *self._templates[: MOST_TEMPLATES - 1]]

    def _template(self, pieces: list[bytes], entries: list[bytes], members: list[Member], form: Form) -> Template:
        between: list[tuple[bytes, int]] = []
        piece = b""
        for place, sort in enumerate(form.sorts):
            if self._changes[sort.name] < MOST_CHANGES:
                piece += pieces[place]
                continue
            between.append((piece + ENTRY, place))
            piece = b""
        first = between[0][0] if between else piece
        return Template(first, tuple(between), piece, members, form, entries)


def _length(size: int) -> bytes:
    found = bytearray()
    while size > 0x7F:
        found.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*found, size))
