"""The plain subset of YAML that configuration files are almost always written in, read without loading PyYAML.

Loading PyYAML costs more than reading the file, on every call. Comments, `key: value` lines and one level of nesting
are read here; at the first sign of anything else the whole text is left to PyYAML.
"""

from __future__ import annotations

from typing import Any

MAX_LENGTH = 65_536
LONGEST_KEY = 128  # YAML itself ends a key on one line at 1024 characters

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_WORD = _LETTERS | frozenset("0123456789.-")
_PLAIN = _WORD | frozenset("/@:+=,~")
# Words that are no texts: for these the rules of YAML must be asked.
_CONSTANTS = frozenset(("true", "false", "null", "Null", "NULL"))


def plain_mapping(text: str) -> dict[str, Any] | None:
    """The mapping that a YAML text is, texts and mappings of texts; None where only PyYAML can say."""
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    mapping: dict[str, Any] = {}
    block: dict[str, Any] | None = None
    indent = 0
    for line in text.split("\n"):
        if not line.isprintable():
            return None
        entry = line.lstrip(" ")
        if _is_blank(entry):
            continue
        key, _, rest = entry.partition(":")
        if not _is_key(key):
            return None
        margin = len(line) - len(entry)
        if margin == 0:
            if block == {}:
                return None  # a key without a value before this one: it is null
            block, target = None, mapping
        elif block is None or (block and margin != indent):
            return None
        else:
            indent, target = margin, block
        if key in target:
            return None
        value = _scalar(rest)
        if value is None:
            if margin or entry == key or not _is_blank(rest.lstrip(" ")) or rest[:1] == "#":
                return None
            block = {}
        target[key] = block if value is None else value
    return None if block == {} else mapping


def _is_key(text: str) -> bool:
    return 0 < len(text) <= LONGEST_KEY and text[0] in _LETTERS and _WORD.issuperset(text) and text not in _CONSTANTS


def _scalar(rest: str) -> str | None:
    """What stands after the colon of a key, where it is certainly a text on one line."""
    text = rest.strip(" ")
    if rest[:1] != " " or not text:
        return None
    quote = text[0]
    if quote in "'\"":
        value, end, after = text[1:].partition(quote)
        certain = bool(end) and "\\" not in value
    else:
        value, space, after = text.partition(" ")
        after = space + after
        certain = (quote in _LETTERS or quote == "/") and _PLAIN.issuperset(value) and value[-1] != ":"
        certain = certain and value not in _CONSTANTS
    return value if certain and (not after or (after[0] == " " and _is_blank(after.lstrip(" ")))) else None


def _is_blank(text: str) -> bool:
    """Whether nothing but a comment is left of a line, or nothing at all."""
    return not text or text[0] == "#"
