"""`spacectl __complete SHELL …`: what the scripts of the shells ask at a press of TAB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from spacectl.completion import table
from spacectl.completion.candidates import Offer, complete
from spacectl.completion.words import escaped, split, unquoted

FILES = "files"
MAX_HELP = 60


def answer(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """The text for a shell: `files` in the first line where it is to offer names of files, then one line an offer.

    bash: the line up to the cursor, and the part of it that bash will replace. zsh and fish: the words before the
    cursor's, then that one as far as it is typed, all as they stand in the line.
    """
    shell, *rest = arguments or ("",)
    if shell == "bash" and len(rest) == 2:
        return _for_bash(rest[0], rest[1], environ)
    if shell in ("zsh", "fish") and rest:
        words = [unquoted(word) for word in rest]
        return _with_help(complete(table.load(), words[1:-1], words[-1], environ), shell)
    return ""


def main(arguments: Sequence[str], environ: Mapping[str, str], stdout: TextIO) -> None:
    """Prints the answer. A completion that fails offers nothing: an error in the middle of a line helps nobody."""
    try:
        stdout.write(answer(arguments, environ))
        stdout.flush()
    except Exception:
        if environ.get("SPACECTL_DEBUG"):
            raise


def _for_bash(text: str, replaced: str, environ: Mapping[str, str]) -> str:
    line = split(text)
    offer = complete(table.load(), line.words[1:], line.current, environ)
    # bash replaces what follows the last `=` or `:` alone
    tail = unquoted(replaced)
    before = len(line.current) - len(tail) if line.current.endswith(tail) else 0
    lines = [FILES] if offer.files else [""]
    for candidate in offer.candidates:
        space = "" if candidate.is_open or line.quote else " "
        lines.append(escaped(candidate.text[before:], line.quote) + space)
    return "\n".join(lines) + "\n"


def _with_help(offer: Offer, shell: str) -> str:
    lines = [FILES] if offer.files else [""]
    for text, help_text in offer.candidates:
        lines.append(f"{text}\t{help_text[:MAX_HELP]}" if help_text else text)
    return "\n".join(lines) + "\n"
