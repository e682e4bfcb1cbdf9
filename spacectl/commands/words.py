"""The words after a resource: `key=value` without -p, `key = value` with spaces, and values without any key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spacectl.errors import UsageError


class Words(NamedTuple):
    """The parameters that the words complete or add, and the values that stand alone."""

    parameters: tuple[str, ...]
    values: tuple[str, ...]


def read_words(parameters: Sequence[str], words: Sequence[str]) -> Words:
    """The parameters of `-p` together with the words. Raises UsageError for what cannot be put together."""
    rest = list(words)
    complete = []
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if equals and value == "{" and not key.endswith(":"):
            raise UsageError(
                f"-p {key}={{ … }}: a placeholder that nobody filled in", f"write the value itself: -p {key}=VALUE"
            )
        if not equals and rest[:1] == ["="] and len(rest) > 1:
            complete.append(f"{key}={rest[1]}")
            rest = rest[2:]
        elif not equals and rest and rest[0].startswith("="):
            complete.append(key + rest.pop(0))
        else:
            complete.append(parameter)
    values = []
    while rest:
        word = rest.pop(0)
        key, equals, _ = word.partition("=")
        if rest[:1] == ["="] and len(rest) > 1:
            complete.append(f"{word}={rest[1]}")
            rest = rest[2:]
        elif equals and key:
            complete.append(word)
        else:
            values.append(word)
    return Words(tuple(complete), tuple(values))
