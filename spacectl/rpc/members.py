"""The members of Structs: those whose members have the same names and kinds are of one form, and share what it says."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from spacectl.rpc.decode import struct_value
from spacectl.rpc.item import ABSENT, fingerprint_of, kind_of, outline_of, stands_at, text_of

NONEMPTY = attrgetter("nonempty")
MOST_PATHS = 64
UNREAD: Any = object()


class Sort:
    """What members of one name and kind have in common; see Item.kinds and Item.outline.

    It is `opened` when something inside of one of them was asked for. `heads` are the bytes that stand before a text
    that differs, by the length of the entry; with the name of the text, if it is the one inside of a mapping.
    """

    __slots__ = ("heads", "kind", "name", "opened", "outline")

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.outline = outline_of(name, kind)
        self.opened = False
        self.heads: dict[int, tuple[bytes, str | None]] = {}


class Member:
    """A member of a Struct; `plain` is its plain value where that has been read, and `entry` what it was read from.

    `nonempty` is its text, None where it is of another kind or empty.
    """

    __slots__ = ("_class", "_entry", "_fingerprint", "_message", "_plain", "nonempty", "sort")

    def __init__(self, sort: Sort, plain: Any, entry: bytes, entry_class: Any) -> None:
        self.sort = sort
        self.nonempty: str | None = (plain or None) if plain.__class__ is str else None
        self._plain = plain
        self._entry = entry
        self._class = entry_class
        self._message: Any = None
        self._fingerprint: int | None = None

    def message(self) -> Any:
        """The google.protobuf.Value."""
        if self._message is None:
            self._message = self._class.FromString(self._entry).value
        return self._message

    @property
    def is_read(self) -> bool:
        """Whether its plain value was read from bytes that are as all libraries write them."""
        return self._plain is not UNREAD

    def plain(self) -> Any:
        """The plain value."""
        return struct_value(self.message()) if self._plain is UNREAD else self._plain

    def inside(self, keys: Sequence[str]) -> Any:
        """The plain value inside of it that keys lead to, None where there is none."""
        value = self._plain
        if value is UNREAD:
            self.sort.opened = True
            found = stands_at(self.message(), ".".join(("", *keys)))
            return None if found is None else struct_value(found)
        for key in keys:
            value = value.get(key) if value.__class__ is dict else None
        return value

    def fingerprint(self) -> int:
        """See Item."""
        if self._fingerprint is None:
            self._fingerprint = fingerprint_of(self.message())
        return self._fingerprint


# what stands behind all members, for the names that a Struct does not have
NOTHING = Member(Sort("", ABSENT), None, b"", None)
BEHIND = -1


class Places:
    """Where the members at some paths are: `take` takes them out of a list of members, as many as there are paths.

    `others` are the ones that are no texts, or inside of which something is meant: which of the paths it is, the place
    of the member and the keys behind it.
    """

    __slots__ = ("others", "take")

    def __init__(self, places: Sequence[int], others: Sequence[tuple[int, int, Sequence[str]]]) -> None:
        self.take: Callable[[list[Member]], Iterable[Member]] = (
            itemgetter(*places) if len(places) > 1 else lambda members: [members[place] for place in places]
        )
        self.others = others


class Form:
    """What Structs have in common whose members have the same names and kinds in the same order; names are unique."""

    __slots__ = ("_places", "at", "outline", "sorts")

    def __init__(self, sorts: tuple[Sort, ...]) -> None:
        self.sorts = sorts
        self.at = {sort.name: place for place, sort in enumerate(sorts)}
        self.outline = sum(sort.outline for sort in sorts)
        self._places: dict[tuple[str, ...], Places] = {}

    def places(self, paths: tuple[str, ...]) -> Places:
        """Where the members at paths are."""
        found = self._places.get(paths)
        if found is None:
            if len(self._places) == MOST_PATHS:
                self._places.clear()
            found = self._places[paths] = self._find(paths)
        return found

    def _find(self, paths: tuple[str, ...]) -> Places:
        places = []
        others = []
        for number, path in enumerate(paths):
            first, *keys = path.split(".")
            place = self.at.get(first, BEHIND)
            if place != BEHIND and (keys or self.sorts[place].kind not in ("text", "empty")):
                others.append((number, place, keys))
            places.append(BEHIND if keys else place)
        return Places(places, others)


class Members:
    """The members of a Struct; see Item for what can be asked.

    `members` are in the order of `form`, with NOTHING behind them.
    """

    __slots__ = ("_members", "_source", "form")

    def __init__(self, source: Hashable, members: list[Member], form: Form) -> None:
        self._source = source
        self._members = members
        self.form = form

    def data(self) -> Hashable:
        """What they were read from."""
        return self._source

    def texts(self, paths: tuple[str, ...]) -> list[str | None]:
        """See Item."""
        places = self.form.places(paths)
        texts = list(map(NONEMPTY, places.take(self._members)))
        for number, place, keys in places.others:
            member = self._members[place]
            value = member.inside(keys) if keys else member.plain()
            texts[number] = value if value and value.__class__ is str else text_of(value)
        return texts

    def named(self, name: str) -> Member | None:
        """A member by its name."""
        place = self.form.at.get(name)
        return None if place is None else self._members[place]

    def value(self, path: str) -> Any:
        """The plain value at a path, None where there is none."""
        first, *keys = path.split(".")
        member = self.named(first)
        if member is None:
            return None
        return member.inside(keys) if keys else member.plain()

    def mapping(self) -> dict[str, Any]:
        """The plain values by name, sorted."""
        return {name: self._members[self.form.at[name]].plain() for name in sorted(self.form.at)}

    def kind(self, path: str) -> str:
        """See Item."""
        member = self.named(path.partition(".")[0])
        found = None if member is None else stands_at(member.message(), path)
        return ABSENT if found is None else kind_of(found)
