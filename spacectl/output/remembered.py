"""The texts of values that rows share: what is the same object is written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Values and characters that are kept at once; with fewer than a half of them met again, nothing is kept any more.
MOST = 512
LONGEST = 1 << 20


class Remembered:
    """The texts that `write` gives for dicts and lists, which nobody may change meanwhile."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        self._write = write
        self._texts: dict[int, str] = {}
        self._values: list[Any] = []  # an id is one value's as long as the value is there
        self._asked = 0
        self._size = 0
        self._useless = False

    def text(self, value: Any) -> str:
        """The text of a value."""
        self._asked += 1
        known = self._texts.get(id(value))
        return self._new(value) if known is None else known

    def _new(self, value: Any) -> str:
        text = self._write(value)
        if self._useless:
            return text
        self._size += len(text)
        if len(self._values) == MOST or self._size > LONGEST:
            self._useless = self._asked < 2 * len(self._values)
            self._texts.clear()
            self._values.clear()
            self._asked, self._size = 0, len(text)
        self._values.append(value)
        self._texts[id(value)] = text
        return text
