"""Input as a tree of values that still know where they were written.

The text of a scalar is kept as it was typed: what it means is decided later, by the type of the field that it is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

MAX_DEPTH = 100
MAX_NODES = 250_000


class Where(NamedTuple):
    """A place in the input: a file with line and column (from 1; 0 where there are none), or an option."""

    name: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{self.line}:{self.column}" if self.line else self.name


def precedence(where: Where) -> int:
    """What beats what: -p goes over -j, and -j over a file."""
    return 2 if where.name.startswith("-p") else int(where.name.startswith("-j"))


NOWHERE = Where("")


class Scalar(NamedTuple):
    """A text and how it was written.

    `plain` is a bare YAML scalar or a JSON number, boolean or null; `quoted` is certainly a string; `argument` is the
    right side of `-p key=value`.
    """

    text: str
    style: Literal["plain", "quoted", "argument"]
    where: Where = NOWHERE


class Blob(NamedTuple):
    """The content of a file given as `-p key=@file`."""

    data: bytes
    name: str
    where: Where = NOWHERE


class Items(NamedTuple):
    """A list; `repeated` marks one that was made from an option given several times."""

    items: tuple[Node, ...]
    where: Where = NOWHERE
    repeated: bool = False


class Entry(NamedTuple):
    """A key's place and its value."""

    where: Where
    value: Node


class Fields(NamedTuple):
    """A mapping, in the order of the input, with the keys that were written more than once."""

    entries: Mapping[str, Entry] = MappingProxyType({})
    where: Where = NOWHERE
    duplicates: tuple[tuple[str, Where], ...] = ()


class Invalid(NamedTuple):
    """A place in the input that cannot be a value, and why; reported with all other problems."""

    message: str
    where: Where = NOWHERE


Node: TypeAlias = Scalar | Blob | Items | Fields | Invalid

NULL_TEXTS = frozenset(("", "~", "null", "Null", "NULL"))


def is_null(node: Node) -> bool:
    """Whether the input says "nothing here": JSON's null, YAML's empty value."""
    return isinstance(node, Scalar) and node.style == "plain" and node.text in NULL_TEXTS


def placeholder(node: Node) -> str | None:
    """The name in `{name}`, which YAML reads as a mapping of the name to nothing; None for all else."""
    if isinstance(node, Fields) and len(node.entries) == 1:
        name, entry = next(iter(node.entries.items()))
        if isinstance(entry.value, Scalar) and entry.value.style == "plain" and not entry.value.text:
            return name
    return None


def from_python(value: Any, where: Where = NOWHERE) -> Node:
    """The tree of a plain Python value (str, int, float, bool, None, list, dict)."""
    match value:
        case str():
            return Scalar(value, "quoted", where)
        case None:
            return Scalar("null", "plain", where)
        case bool():
            return Scalar("true" if value else "false", "plain", where)
        case int() | float():
            return Scalar(repr(value), "plain", where)
        case Mapping():
            return Fields({str(k): Entry(where, from_python(v, where)) for k, v in value.items()}, where)
        case Sequence() | Iterable():
            return Items(tuple(from_python(v, where) for v in value), where)
    raise TypeError(f"{type(value).__name__} has no place in an input")


def updated(fields: Fields, other: Fields) -> Fields:
    """`fields` with the entries of `other` put over them, key by key, as dict.update does."""
    return Fields({**fields.entries, **other.entries}, fields.where, fields.duplicates + other.duplicates)
