"""YAML scalars as PyYAML writes them, folded at 80 columns; and quoted where YAML 1.2 would take them for a number."""

from __future__ import annotations

import re

WIDTH = 80

# Most strings: words of letters and digits that nothing in YAML could take for something else.
_WORDS = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+ ()-]*").fullmatch

# What plain and single-quoted scalars may hold: no control characters, no line breaks, no byte order mark.
# The class is compiled where it is needed: it takes 2 ms, and what Python calls printable is all in it.
_ORDINARY = "[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010fffe]*"

_CONSTANTS = frozenset(
    spelling
    for word in ("yes", "no", "true", "false", "on", "off", "null")
    for spelling in (word, word.capitalize(), word.upper())
) | {"~", "=", "<<"}

# Numbers and dates of YAML 1.1: octal, hexadecimal, binary, base 60, underscores.
_NUMBER = r"""
    [-+]?(?: 0b[01_]+ | 0x[0-9a-fA-F_]+ | 0[0-7_]+ | 0 | [1-9][0-9_]*(?: :[0-5]?[0-9])* )
    | [-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?
    | \.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
    | [-+]?[0-9][0-9_]*(?: :[0-5]?[0-9])+\.[0-9_]*
    | [-+]?\.(?: inf | Inf | INF )
    | \.(?: nan | NaN | NAN )
    | [0-9]{4}-[0-9]{2}-[0-9]{2}
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?: [Tt] | [ \t]+ ) [0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
      (?:[ \t]*(?: Z | [-+][0-9]{1,2}(?: :[0-9]{2})? ))?
"""

# What YAML 1.2 takes for a number and 1.1 does not (`1e3`, `08`, `0o7`): PyYAML writes it plain, and a reader of 1.2,
# this command among them, would get a number back.
_NUMBER_OF_1_2 = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+"

_SINGLE_SPACE = "(?<! ) (?! )"


def unfolded(text: str) -> str | None:
    """The text of a string as a scalar on one line; None where only PyYAML knows (line breaks, control characters)."""
    if _WORDS(text) and text[-1] != " ":
        return f"'{text}'" if text in _CONSTANTS else text
    if not (text.isprintable() or re.fullmatch(_ORDINARY, text)):
        return None
    return text if _is_plain(text) else "'" + text.replace("'", "''") + "'"


def folded(text: str, column: int, indent: int) -> str:
    """The text of a string as a scalar that begins at `column` and goes on in lines indented by `indent`."""
    scalar = unfolded(text)
    if scalar is None:
        return by_pyyaml(text, column, indent)
    if column + len(scalar) <= WIDTH or " " not in scalar:
        return scalar
    return _fold(scalar, text, column, "\n" + " " * indent)


def by_pyyaml(text: str, column: int = 0, indent: int = 0, split: bool = True) -> str:
    """The same for a string with line breaks or characters that are written as escapes, by PyYAML itself."""
    from io import StringIO

    from yaml.emitter import Emitter

    stream = StringIO()
    emitter = Emitter(stream, allow_unicode=True)
    emitter.column = column
    emitter.indent = indent
    analysis = emitter.analyze_scalar(text)
    # a next line (U+0085) in single quotes is read back as a space
    if analysis.allow_single_quoted and (split or not analysis.multiline) and "\x85" not in text:
        emitter.write_single_quoted(text, split)
    else:
        emitter.write_double_quoted(text, split)
    return stream.getvalue()


def is_number_of_1_2(text: str) -> bool:
    """Whether YAML 1.2 takes a text for a number where PyYAML may not."""
    return re.fullmatch(_NUMBER_OF_1_2, text) is not None


def _is_plain(text: str) -> bool:
    if not text or text[0] in " #,[]{}&*!|>'\"%@`" or text[-1] in " :":
        return False
    if ": " in text or " #" in text or text.startswith(("---", "...", "- ", "? ")) or text in ("-", "?"):
        return False
    if text in _CONSTANTS:
        return False
    if text[0] not in "0123456789+-.":
        return True
    return not (re.fullmatch(_NUMBER, text, re.VERBOSE) or is_number_of_1_2(text))


def _fold(scalar: str, text: str, column: int, line: str) -> str:
    """Break lines at single spaces that lie past column 80, as PyYAML does; never at the first or last character."""
    words = re.split(_SINGLE_SPACE, scalar)
    parts = [words[0]]
    column += len(words[0])
    last = len(words) - 1
    for position, word in enumerate(words[1:], 1):
        at_edge = (position == 1 and text[0] == " " and words[0] == "'") or (position == last and word == "'")
        if column > WIDTH and not (at_edge and scalar != text):
            parts.append(line)
            column = len(line) - 1
        else:
            parts.append(" ")
            column += 1
        parts.append(word)
        column += len(word)
    return "".join(parts)
