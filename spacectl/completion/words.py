"""A command line that is being typed -> its words as the shell will see them."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """The words before the cursor's, the one at the cursor as far as it is typed, and the quote that is open there."""

    words: list[str]
    current: str
    quote: str


def split(text: str) -> Line:
    """The words of a shell's line up to the cursor; quotes and backslashes are taken away, open ones too."""
    words: list[str] = []
    current = quote = ""
    started = escaped = False
    for char in text:
        if escaped:
            # in double quotes a backslash is itself, unless it stands before one of these
            current += char if quote != '"' or char in '\\"$`' else "\\" + char
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = started = True
        elif quote:
            quote, current = ("", current) if char == quote else (quote, current + char)
        elif char in "'\"":
            quote, started = char, True
        elif char in " \t\n":
            if started:
                words.append(current)
            current, started = "", False
        else:
            current, started = current + char, True
    return Line(words, current, quote)


def unquoted(word: str) -> str:
    """One word as the shell will see it."""
    line = split(word)
    return " ".join((*line.words, line.current))


def escaped(text: str, quote: str) -> str:
    """A text as it is typed in bash: with backslashes, or as it can stand in a quote that is open."""
    if quote == "'":
        return text.replace("'", "'\\''")
    special = '\\"$`' if quote else " \t\n\\\"'$`&|;<>()*?[]{}~#!"
    return "".join("\\" + char if char in special else char for char in text)
