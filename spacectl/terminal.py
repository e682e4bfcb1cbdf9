"""Colours: whether a stream shows them, and text in one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TextIO

CHOICES = ("auto", "always", "never")
RED, GREEN, YELLOW, CYAN = "31", "32", "33", "36"


def chosen(argv: Sequence[str]) -> str:
    """What `--color` says on a command line, `auto` where it says nothing.

    It is read before the command line is parsed, for the errors of the command line itself.
    """
    words = [after for before, after in pairwise(argv) if before == "--color"]
    words += [word.removeprefix("--color=") for word in argv if word.startswith("--color=")]
    return words[-1] if words and words[-1] in CHOICES else "auto"


def shows_colours(stream: TextIO, environ: Mapping[str, str], choice: str = "auto") -> bool:
    """Whether to write colours to a stream: the option beats NO_COLOR, it FORCE_COLOR, and that what the stream is.

    The variables are those of no-color.org and force-color.org: any value but the empty one counts.
    """
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (stream.isatty() and environ.get("TERM") != "dumb")


def painted(text: str, colour: str, *, colours: bool) -> str:
    """The text in a colour, an SGR parameter of ECMA-48, where colours are shown."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colours and text else text


def printable(text: str) -> str:
    """The text on one line, with control characters, which a server may have sent, made visible."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
