"""The fields of a message as a tree, as deep as they go; what would never end, or only say the same again, is cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spacectl.explain.shape import Field, Message

MAX_REPEATED = 400
MAX_DEPTH = 40


@dataclass(frozen=True)
class Branch:
    """A field, its path from the message, and the fields below it.

    `cut` names the place where the same fields are already shown (the path itself where the tree was too deep to go
    on), "" where nothing was cut; `recursive` tells that this place is above it.
    """

    field: Field
    path: str
    children: Sequence[Branch] = ()
    cut: str = ""
    recursive: bool = False


def expand(messages: Mapping[str, Message], name: str, top: str, *, repeats: bool = True) -> tuple[Branch, ...]:
    """The tree of a message's fields; `top` is what the message itself is called where the tree comes back to it.

    Without `repeats` the fields of a message are given at the first place only.
    """
    return _Expansion(messages, MAX_REPEATED if repeats else 0).fields(name, "", {name: top})


def expand_field(messages: Mapping[str, Message], field: Field, path: str) -> Branch:
    """The tree of one field and of what is below it."""
    return _Expansion(messages, MAX_REPEATED).branch(field, path, {})


def flat(branches: Sequence[Branch]) -> Iterator[Branch]:
    """All branches of a tree, each before those below it."""
    for branch in branches:
        yield branch
        yield from flat(branch.children)


class _Expansion:
    """One walk: it counts what it has shown, so that an API of many crossing messages stays readable."""

    def __init__(self, messages: Mapping[str, Message], limit: int) -> None:
        self._messages = messages
        self._limit = limit
        self._shown: dict[str, str] = {}
        self._count = 0

    def fields(self, name: str, path: str, above: Mapping[str, str]) -> tuple[Branch, ...]:
        found = self._messages[name].fields
        self._count += len(found)
        return tuple(self.branch(field, f"{path}.{field.name}" if path else field.name, above) for field in found)

    def branch(self, field: Field, path: str, above: Mapping[str, str]) -> Branch:
        name = field.message
        if not name:
            return Branch(field, path)
        if name in above:
            return Branch(field, path, cut=above[name], recursive=True)
        if (name in self._shown and self._count > self._limit) or len(above) > MAX_DEPTH:
            return Branch(field, path, cut=self._shown.get(name, path))
        self._shown.setdefault(name, path)
        return Branch(field, path, self.fields(name, path, {**above, name: path}))
