"""JSON texts -> trees of values that know their places, as RFC 8259 has it: nothing is guessed, no digit is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]  # the quick one, which typeshed leaves out

from spacectl.masking import MASK, is_secret
from spacectl.values import MAX_DEPTH, MAX_NODES, Entry, Fields, Items, Node, Scalar, Where

Place = Callable[[int], Where]

_SPACE = re.compile(r"[ \t\n\r]*")
_BARE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9.\w])|(?:true|false|null)\b")
_WORD = re.compile(r"[-+\w.]{1,40}")


class NotJsonError(Exception):
    """Why a text is no JSON, or is too much of it (`is_limit`), and at which character (from 0)."""

    def __init__(self, reason: str, position: int, is_limit: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position
        self.is_limit = is_limit


def read_one(text: str, place: Place) -> Node:
    """The tree of a text that is one JSON value. Raises NotJsonError."""
    reader = _Reader(text, place)
    node = reader.value(0)
    reader.skip_space()
    if reader.position < len(text):
        raise NotJsonError("more text follows the value", reader.position)
    return node


def read_all(text: str, place: Place) -> list[Node]:
    """The trees of JSON values that follow each other, as in JSON lines. Raises NotJsonError."""
    reader = _Reader(text, place)
    nodes = []
    reader.skip_space()
    while reader.position < len(text):
        nodes.append(reader.value(0))
        reader.skip_space()
    return nodes


def places(text: str, name: str, lines_before: int = 0) -> Place:
    """The function that gives the place of a character; it is quick where the characters are asked for in order."""
    line, start, before = 1 + lines_before, 0, 0

    def place(position: int) -> Where:
        nonlocal line, start, before
        newlines = text.count("\n", before, position)
        if newlines:
            line += newlines
            start = text.rfind("\n", before, position) + 1
        before = max(before, position)
        return Where(name, line, position - start + 1)

    return place


class _Reader:
    """One pass over a text."""

    def __init__(self, text: str, place: Place) -> None:
        self.text = text
        self.place = place
        self.position = 0
        self.count = 0

    def skip_space(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def next(self) -> str:
        """The next character that is no space, which stays to be read; nothing at the end."""
        self.skip_space()
        return self.text[self.position : self.position + 1]

    def value(self, depth: int) -> Node:
        character = self.next()
        where = self.place(self.position)
        self.count += 1
        if self.count > MAX_NODES:
            raise NotJsonError(f"more than {MAX_NODES:,} values", self.position, True)
        if character == '"':
            return Scalar(self.string(), "quoted", where)
        if character in ("{", "["):
            if depth >= MAX_DEPTH:
                raise NotJsonError(f"nested more than {MAX_DEPTH} deep", self.position, True)
            self.position += 1
            return self.object(where, depth) if character == "{" else self.array(where, depth)
        found = _BARE.match(self.text, self.position)
        if found is None:
            raise self.unexpected("a value")
        self.position = found.end()
        return Scalar(found[0], "plain", where)

    def string(self) -> str:
        try:
            text, self.position = scanstring(self.text, self.position + 1, True)
        except json.JSONDecodeError as error:
            raise NotJsonError(error.msg[:1].lower() + error.msg[1:].removesuffix(" at"), error.pos) from None
        return str(text)

    def object(self, where: Where, depth: int) -> Node:
        entries: dict[str, Entry] = {}
        duplicates = []
        while self.next() != "}":
            self.comma(bool(entries))
            if self.next() != '"':
                raise self.unexpected("a quoted name")
            place = self.place(self.position)
            key = self.string()
            if self.next() != ":":
                raise self.unexpected("a colon")
            self.position += 1
            if key in entries:
                duplicates.append((key, place))
            entries[key] = Entry(place, self.value(depth + 1))
        self.position += 1
        return Fields(entries, where, tuple(duplicates))

    def array(self, where: Where, depth: int) -> Node:
        items: list[Node] = []
        while self.next() != "]":
            self.comma(bool(items))
            items.append(self.value(depth + 1))
        self.position += 1
        return Items(tuple(items), where)

    def comma(self, due: bool) -> None:
        if due:
            if self.next() != ",":
                raise self.unexpected("a comma")
            self.position += 1

    def unexpected(self, due: str) -> NotJsonError:
        if self.position >= len(self.text):
            return NotJsonError(f"it ends where {due} is due", self.position)
        found = _WORD.match(self.text, self.position)
        shown = found[0] if found else self.text[self.position]
        if shown.lstrip("-+") in ("NaN", "Infinity"):
            return NotJsonError(f'{shown} must be quoted: "{shown}"', self.position)
        if is_secret(self.text[max(self.text.rfind(",", 0, self.position), self.position - 200, 0) : self.position]):
            shown = MASK
        return NotJsonError(f"{shown!r} where {due} is due", self.position)
