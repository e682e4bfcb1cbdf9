"""Reads the members of Structs from the bytes of their entries: equal bytes are read once.

An entry is a text, the name, and a google.protobuf.Value. What is not written as all libraries write it is protobuf's
to read.
"""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from struct import unpack_from
from typing import Any

from spacectl.rpc.decode import number
from spacectl.rpc.item import kind_of
from spacectl.rpc.members import NOTHING, UNREAD, Form, Member, Sort
from spacectl.rpc.rows import varint
from spacectl.rpc.struct_bytes import (
    BOOL,
    FIRST,
    LIST,
    NULL,
    NUMBER,
    SECOND,
    STRUCT,
    TEXT,
    StructReader,
    UnusualError,
)

EMPTY_TEXT = 0
KINDS = {
    EMPTY_TEXT: "empty",
    TEXT: "text",
    NUMBER: "number",
    BOOL: "boolean",
    NULL: "null",
    STRUCT: "mapping",
    LIST: "list",
}
CODES = {kind: code for code, kind in KINDS.items()}
SORT = attrgetter("sort")
MOST_NAMES = 4096
# The forms that are told by the order of their members, and those that are told whatever the order is.
MOST_ORDERS = 256
MOST_FORMS = 1024
# What is remembered of all members together, in bytes as they came; what is made of them takes up to ten times as much.
REMEMBERED = 1 << 20
LONGEST = 1 << 16
# After so many of a name it is seen whether they repeat themselves at all.
TRIED = 64
MOST_HEADS = 64
# nothing begins with one of none
NO_HEAD: tuple[tuple[bytes, ...], None] = ((), None)


class MemberReader:
    """Reads the entries of Structs; those that repeat themselves are `known`. `structs` is to count what was read.

    `entry_class` is protobuf's; its DecodeError is raised for what cannot be read.
    """

    def __init__(self, entry_class: Any) -> None:
        self._class = entry_class
        self._structs = StructReader()
        self._sorts: dict[int, dict[bytes, Sort]] = {code: {} for code in KINDS}
        self._orders: dict[tuple[Sort, ...], Form] = {}
        self._forms: dict[frozenset[Sort], Form] = {}
        self._size = 0
        self.structs = 0
        self._new: Counter[str] = Counter()
        self.known: dict[bytes, Member] = {}

    def read(self, entries: list[bytes]) -> list[Member]:
        """The members that entries are, in their order."""
        known = map(self.known.get, entries)
        return [member or self.member(entry) for member, entry in zip(known, entries, strict=True)]

    def formed(self, members: list[Member]) -> tuple[list[Member], Form]:
        """The form of a Struct of these members, and they in its order, with NOTHING behind them.

        Raises UnusualError where one of them is there twice.
        """
        sorts = tuple(map(SORT, members))
        form = self._orders.get(sorts)
        if form is None:
            form = self._form(sorts)
            if form.sorts is not sorts:
                by_sort = dict(zip(sorts, members, strict=True))
                members = [by_sort[sort] for sort in form.sorts]
        members.append(NOTHING)
        return members, form

    def _form(self, sorts: tuple[Sort, ...]) -> Form:
        """A form of an order, or of any order where there are too many of them."""
        if len({sort.name for sort in sorts}) != len(sorts):
            raise UnusualError
        whole = frozenset(sorts)
        form = self._forms.get(whole)
        if form is not None and len(self._orders) == MOST_ORDERS:
            return form
        form = Form(sorts)
        if len(self._forms) == MOST_FORMS:
            self._forms.clear()
            self._orders.clear()
        self._forms[whole] = form
        if len(self._orders) < MOST_ORDERS:
            self._orders[sorts] = form
        return form

    def member(self, entry: bytes) -> Member:
        """The member that an entry is, which is not among those that are `known`."""
        usual = True
        try:
            member = self._read(entry)
        except (IndexError, ValueError, UnusualError):  # ValueError: a number without end, a text that is no UTF-8
            member = self._as_protobuf_reads(entry)
            usual = False
        # what has heads does not repeat itself
        if not member.sort.heads and self._repeats(member.sort.name, len(entry)):
            self.known[entry] = member
        elif usual:
            _learn_head(member, entry)
        return member

    def of_sort(self, sort: Sort, entry: bytes) -> Member | None:
        """The member that an entry is that is not known, where it is of a sort; None where it is of another."""
        head, name = sort.heads.get(len(entry), NO_HEAD)
        if entry.startswith(head):
            # all lengths are what they were, and so is all but the text
            text = entry[len(head) :].decode()
            return Member(sort, text if name is None else {name: text}, entry, self._class)
        member = self.member(entry)
        return member if member.sort is sort else None

    def _read(self, entry: bytes) -> Member:
        end = entry[1] + 2
        length = entry[end + 1]
        start = end + 2
        if length > 0x7F:
            length, start = varint(entry, end + 1)
        if entry[0] != FIRST or end > 0x81 or entry[end] != SECOND or start + length != len(entry):
            raise UnusualError
        code = entry[start]
        start += 1
        plain = UNREAD
        if code in (TEXT, STRUCT, LIST):
            length = entry[start]
            start += 1
            if length > 0x7F:
                length, start = varint(entry, start - 1)
            if start + length != len(entry):
                raise UnusualError
            if code == TEXT:
                plain = entry[start:].decode()
                if not plain:
                    code = EMPTY_TEXT
        elif code == NUMBER and length == 9:
            plain = number(unpack_from("<d", entry, start)[0])
        elif code not in (BOOL, NULL) or length != 2 or entry[start] > 1:
            raise UnusualError
        sort = self._sorts[code].get(entry[2:end]) or self._sort(code, entry[2:end])
        if code == STRUCT and sort.opened:
            plain = self._structs.struct(entry, start, len(entry))
        elif code in (STRUCT, LIST):
            # whether all that is in it can be read
            self._class.FromString(entry)
        return Member(sort, plain, entry, self._class)

    def _as_protobuf_reads(self, entry: bytes) -> Member:
        read = self._class.FromString(entry)
        kind = kind_of(read.value)
        text = read.value.string_value
        code = EMPTY_TEXT if kind == "text" and not text else CODES[kind]
        sort = self._sort(code, read.key.encode())
        return Member(sort, text if kind == "text" else UNREAD, entry, self._class)

    def _sort(self, code: int, name: bytes) -> Sort:
        sorts = self._sorts[code]
        if name not in sorts:
            if len(sorts) == MOST_NAMES:
                sorts.clear()
            sorts[name] = Sort(name.decode(), KINDS[code])
        return sorts[name]

    def _repeats(self, name: str, length: int) -> bool:
        """Whether what was not known before is worth remembering."""
        if len(self._new) > MOST_NAMES:
            self._new.clear()
        new = self._new[name] = self._new[name] + 1
        if length > LONGEST or (new > TRIED and new > self.structs // 2):
            return False
        self._size += length
        if self._size > REMEMBERED:
            self.known.clear()
            self._size = length
        return True


def _learn_head(member: Member, entry: bytes) -> None:
    """Remembers how an entry begins that ends with a text, its own or the only one that is inside."""
    sort = member.sort
    name, text = None, member.nonempty
    if sort.kind == "mapping" and member.is_read:
        inside = member.plain()
        if len(inside) == 1:
            name, text = next(iter(inside.items()))
    if text and text.__class__ is str and len(sort.heads) < MOST_HEADS:
        sort.heads[len(entry)] = entry[: -len(text.encode())], name
