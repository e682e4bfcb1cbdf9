"""Text on a terminal: how many columns it takes, how it is cut, what must not be sent there."""

from __future__ import annotations

import re

ELLIPSIS = "…"

# Control characters but those of a line break, and the marks that reorder a line or hide in it.
_UNSAFE = "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)"
# What commands a terminal, and is no white space; the same in UTF-8, those of one byte and those of two.
_COMMANDS = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_ONE_BYTE = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_TWO_BYTES = b"\xc2[\x80-\x9f]"
_SPELLED = {"\t": "\\t", "\r": "\\r"}


def display_width(text: str) -> int:
    """How many terminal columns a text of one line takes; a control character in other than ASCII text takes none."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth, wcwidth

    width = wcswidth(text)
    return width if width >= 0 else sum(max(0, wcwidth(character)) for character in text)


def display_widths(texts: list[str]) -> list[int]:
    """The width of each text; the width of a text of many lines is the one of its widest line."""
    joined = "".join(texts)
    if "\n" in joined:
        return [max(map(display_width, text.split("\n"))) for text in texts]
    return list(map(len if joined.isascii() else display_width, texts))


def pad_right(text: str, width: int) -> str:
    """The text, with spaces up to `width` terminal columns."""
    return text + " " * (width - display_width(text))


def pad_left(text: str, width: int) -> str:
    """The text, with spaces before it up to `width` terminal columns."""
    return " " * (width - display_width(text)) + text


def cut(text: str, width: int) -> str:
    """Each line of the text in at most `width` terminal columns, an ellipsis where something is cut off."""
    if "\n" in text:
        return "\n".join([cut(line, width) for line in text.split("\n")])
    if display_width(text) <= width:
        return text
    if text.isascii():
        return text[: width - 1] + ELLIPSIS
    kept = text[: width - 1]
    while display_width(kept) > width - 1:
        kept = kept[:-1]
    return kept + ELLIPSIS


def visible(text: str) -> str:
    r"""The text with control characters spelled out, so that a terminal shows them and does not obey them.

    They are spelled as JSON does it, `\u001b`, which leaves JSON what it is; line breaks, `\n` and `\r\n`, stay.
    """
    if text.isprintable():
        return text
    return re.sub(_UNSAFE, lambda match: _SPELLED.get(match[0]) or f"\\u{ord(match[0]):04x}", text)


def harmless(text: str) -> str:
    r"""The text for a pipe whose end may be a terminal: as `visible` has it, but for tabs and the marks of writing."""
    if text.isprintable():
        return text
    # a third of what a search in the text costs
    data = text.encode("utf-8", "surrogatepass")
    if len(data.translate(None, _ONE_BYTE)) == len(data) and (text.isascii() or not re.search(_TWO_BYTES, data)):
        return text
    return re.sub(_COMMANDS, lambda match: f"\\u{ord(match[0]):04x}", text)
