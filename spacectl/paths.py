r"""Paths into an input: `plugin_info.options`, `tags.app\.io/name`, `inners[0].name`, `[legacy.v1.year]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from spacectl.errors import InputError, Problem
from spacectl.values import MAX_DEPTH, Entry, Fields, Items, Node, Where

# a key of a mapping, or the position of an item in a list
Step: TypeAlias = str | int
# the mappings that were made on the way, by their id(): they may be changed, and need not be copied for each change
Owned: TypeAlias = dict[int, dict[str, Entry]]

# an extension's name keeps its dots; a backslash takes a dot or a bracket for a letter
_KEY = r"\[[^\]]*[^\]\d][^\]]*\]|(?:\\[.\[\]]|[^.\[\]])+|[\[\]]"
_INDEX = r"\[(\d{1,6})\]"
_NO_INDEX = r"\[[-+]?\d+\]"


def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError for one with an empty name, or a position that there cannot be."""
    if not any(mark in text for mark in "[]\\"):
        # most paths: to compile the patterns takes longer than all else
        names = text.split(".")
        if "" in names:
            raise ValueError("an empty name")
        return tuple(names)
    key, place, no_place = re.compile(_KEY), re.compile(_INDEX), re.compile(_NO_INDEX)
    steps: list[Step] = []
    position = 0
    while True:
        start, name = position, ""
        while found := key.match(text, position):
            if name and place.match(text, position):
                break
            if name and (wrong := no_place.match(text, position)):
                raise ValueError(f"{wrong[0]} is no position, which counts from 0,")
            name += re.sub(r"\\([.\[\]])", r"\1", found[0])
            position = found.end()
        if start == position:
            raise ValueError("an empty name")
        steps.append(name)
        while index := place.match(text, position):
            steps.append(int(index[1]))
            position = index.end()
        if position == len(text):
            return tuple(steps)
        # what follows an index is a name of its own, with or without the dot
        position += text[position] == "."


def shown_path(path: Sequence[Step]) -> str:
    """The path as it is typed."""
    words = [f"[{step}]" if isinstance(step, int) else f".{_escaped(step)}" for step in path]
    return "".join(words).removeprefix(".")


def with_path(
    fields: Fields, path: Sequence[Step], value: Node | None, where: Where, own: Owned | None = None
) -> Fields:
    """`fields` with `value` at a path (None takes it away); what stands in between is made or replaced.

    With `own`, kept from one change to the next, many changes of one tree cost no copy each; those before the last
    are then of no more use.

    Raises InputError for a path of too many steps, and for an item behind the end of a list.
    """
    if len(path) > MAX_DEPTH:
        raise InputError([Problem(str(where), "", f"nested more than {MAX_DEPTH} deep")])
    changed = _with(fields, path, value, where, own)
    return changed if isinstance(changed, Fields) else fields


def at_path(fields: Fields, path: Sequence[Step]) -> Node | None:
    """The value at a path, or None."""
    node: Node | None = fields
    for step in path:
        node = _child(node, step)
    return node


def _child(node: Node | None, step: Step) -> Node | None:
    if isinstance(step, int):
        return node.items[step] if isinstance(node, Items) and step < len(node.items) else None
    return node.entries[step].value if isinstance(node, Fields) and step in node.entries else None


def _with(node: Node | None, path: Sequence[Step], value: Node | None, where: Where, own: Owned | None) -> Node | None:
    if not path:
        return value
    step = path[0]
    new = _with(_child(node, step), path[1:], value, where, own)
    if isinstance(step, int):
        items = list(node.items) if isinstance(node, Items) else []
        if step > len(items):
            words = f"the list has {len(items)} items: the next one is [{len(items)}]"
            raise InputError([Problem(str(where), "", words)])
        items[step : step + 1] = [] if new is None else [new]
        return Items(tuple(items), where)
    fields = node if isinstance(node, Fields) else Fields({}, where)
    entries = own.get(id(fields.entries)) if own else None
    if entries is None:
        entries = dict(fields.entries)
        if own is not None:
            own[id(entries)] = entries
    if new is None:
        entries.pop(step, None)
    else:
        entries[step] = Entry(where, new)
    return Fields(entries, fields.where, fields.duplicates)


def _escaped(name: str) -> str:
    return name if name.startswith("[") else re.sub(r"([.\[\]])", r"\\\1", name)
