"""The documents of a stream of text, each as soon as its end has been read: what a conversation is typed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from spacectl.documents import MAX_CHARACTERS, parse
from spacectl.errors import InputError, Problem
from spacectl.values import Node, Where, is_null

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|(?<=[{\[,:\s])'(?:[^']|'')*'")
_MARKER = re.compile(r"(---|\.\.\.)(?=\s|$)")
_NOTHING_YET = re.compile(r"\s*(?:[#%].*)?$")


def live_documents(stream: BinaryIO, name: str) -> Iterator[Node]:
    """The documents, in order; one without content is left out. Raises InputError for what cannot be read.

    A document in braces (JSON, a line of JSON lines) ends with the line of its last brace, any other one before a line
    `---`, with a line `...`, or with the stream.
    """
    lines: list[str] = []
    first, size, depth, begun = 1, 0, 0, False
    for number, line in enumerate(_lines(stream, name), 1):
        marker = _MARKER.match(line)
        if marker is not None and begun:
            yield from _parsed(lines, name, first)
            lines, size, depth, begun = [], 0, 0, False
        if marker is not None and marker[1] == "...":
            continue
        if not lines:
            first = number
        lines.append(line)
        size += len(line)
        if size > MAX_CHARACTERS:
            raise InputError([Problem(f"{name}:{first}", "", f"longer than {MAX_CHARACTERS // 1024 // 1024} MiB")])
        if depth or (not begun and line.lstrip()[:1] in ("{", "[")):
            depth = _depth(line, depth)
            if depth == 0:
                yield from _parsed(lines, name, first)
                lines, size, begun = [], 0, False
                continue
        begun = begun or not _NOTHING_YET.match(line[3:] if marker else line)
    yield from _parsed(lines, name, first)


def _parsed(lines: list[str], name: str, first: int) -> Iterator[Node]:
    text = "".join(lines)
    if text.strip():
        yield from (node for node in parse(text, name, first - 1) if not is_null(node))


def _depth(line: str, depth: int) -> int:
    """How many braces are open after a line; below 0 where a text goes on in the next one, and nobody can tell."""
    bare = _QUOTED.sub("", line)
    if '"' in bare or depth < 0:
        return -1
    return max(0, depth + bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]"))


def _lines(stream: BinaryIO, name: str) -> Iterator[str]:
    number = 0
    while data := stream.readline(MAX_CHARACTERS + 1):
        number += 1
        try:
            yield data.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            where = Where(name, number, error.start + 1)
            raise InputError([Problem(str(where), "", f"not UTF-8 (byte 0x{data[error.start]:02x})")]) from None
