"""YAML as PyYAML's `dump(allow_unicode=True)` writes it, forty times as fast, whole or streamed row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacectl.output.remembered import Remembered
from spacectl.output.yaml_scalar import by_pyyaml, folded, is_number_of_1_2, unfolded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROWS_A_CHUNK = 256

# PyYAML counts the tag `!!str` when it decides whether a key may stand before its colon (128 characters).
LONGEST_KEY = 122

# How many texts of keys and of words a writer remembers.
REMEMBERED = 4096


class YamlWriter:
    """Texts of values: str, int, float, bool, None, list, and dict with strings as keys.

    The texts of keys and of short strings without spaces are remembered: rows repeat them.
    """

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def document(self, value: Any) -> str:
        """The text of `yaml.dump(value, allow_unicode=True)`."""
        if type(value) is dict and value:
            return self._mapping(value, 0) + "\n"
        if type(value) is list and value:
            return self._sequence(value, 0) + "\n"
        if type(value) is dict or type(value) is list:
            return "{}\n" if type(value) is dict else "[]\n"
        if type(value) is str and (is_number_of_1_2(value) or "\x85" in value):
            return self._sequence([value], 0).removeprefix("- ") + "\n"
        import yaml

        return yaml.dump(value, allow_unicode=True)

    def listing(self, rows: Iterable[Any], extras: dict[str, Any]) -> Iterator[str]:
        """The text of `document({"results": [*rows], **extras})` in pieces, no row being kept."""
        before = {key: value for key, value in extras.items() if key < "results"}
        after = {key: value for key, value in extras.items() if key > "results"}
        if before:
            yield self._mapping(before, 0) + "\n"
        head = "results:\n- "
        texts: list[str] = []
        shared = Remembered(lambda value: self._nested(value, 4 if type(value) is dict else 2)).text
        for row in rows:
            texts.append(self._mapping(row, 2, shared) if type(row) is dict and row else self._nested(row, 2))
            if len(texts) == ROWS_A_CHUNK:
                yield head + "\n- ".join(texts) + "\n"
                head = "- "
                texts = []
        if texts:
            yield head + "\n- ".join(texts) + "\n"
        elif head != "- ":
            yield "results: []\n"
        if after:
            yield self._mapping(after, 0) + "\n"

    def _mapping(self, fields: dict[str, Any], indent: int, shared: Callable[[Any], str] | None = None) -> str:
        """A block mapping that begins at column `indent`, its first line without the indent.

        `shared` gives the texts of the dicts and lists in it, where they are known.
        """
        line = "\n" + " " * indent
        keys = self._keys
        words = self._words
        parts = []
        for name in sorted(fields):
            value = fields[name]
            key = keys.get(name)
            if key is None:
                key = self._key(name)
                if not key:
                    parts.append(f"? {folded(name, indent + 2, indent + 2)}{line}: {self._nested(value, indent + 2)}")
                    continue
            kind = type(value)
            if kind is str:
                parts.append(f"{key} {words.get(value) or self._string(value, indent + len(key) + 1, indent + 2)}")
            elif kind is dict and value:
                text = shared(value) if shared is not None else self._mapping(value, indent + 2)
                parts.append(f"{key}{line}  {text}")
            elif kind is list and value:
                text = shared(value) if shared is not None else self._sequence(value, indent)
                parts.append(f"{key}{line}{text}")
            else:
                parts.append(f"{key} {_literal(value)}")
        return line.join(parts)

    def _sequence(self, items: list[Any], indent: int) -> str:
        """A block sequence whose dashes stand at column `indent`, its first line without the indent."""
        line = "\n" + " " * indent + "- "
        return "- " + line.join([self._nested(item, indent + 2) for item in items])

    def _nested(self, value: Any, indent: int) -> str:
        """A value that begins at column `indent`, after `- ` or a colon on its own line."""
        kind = type(value)
        if kind is str:
            return self._words.get(value) or self._string(value, indent, indent)
        if kind is dict and value:
            return self._mapping(value, indent)
        if kind is list and value:
            return self._sequence(value, indent)
        return _literal(value)

    def _key(self, name: str) -> str:
        """A key and its colon; nothing when the key has to stand on a line of its own, after `? `."""
        if not 0 < len(name) <= LONGEST_KEY:
            return ""
        text = unfolded(name)
        if text is None:
            if any(character in name for character in "\n\x85\u2028\u2029"):
                return ""
            text = by_pyyaml(name, split=False)
        _remember(self._keys, name, text + ":")
        return text + ":"

    def _string(self, text: str, column: int, indent: int) -> str:
        if len(text) < 64 and " " not in text:
            scalar = unfolded(text)
            if scalar is not None:
                _remember(self._words, text, scalar)
                return scalar
        return folded(text, column, indent)


def _remember(texts: dict[str, str], text: str, scalar: str) -> None:
    if len(texts) >= REMEMBERED:
        texts.clear()
    texts[text] = scalar


def _literal(value: Any) -> str:
    """The text of a number, a boolean, None, or an empty list or dict."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    raise TypeError(f"not a YAML value: {type(value).__name__}")


def _float(value: float) -> str:
    text = repr(value)
    if text in ("nan", "inf", "-inf"):
        return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}[text]
    # YAML 1.1 wants a point before the exponent.
    return text if "." in text else text.replace("e", ".0e", 1)
