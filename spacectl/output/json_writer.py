"""JSON as json.dumps writes it, with non-ASCII kept: indented by 4, on one line, or streamed row by row.

Integers beyond 2^53 are texts, as protobuf's JSON mapping has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from _json import encode_basestring as quote  # the package around it takes 2 ms to load
except ImportError:
    from json.encoder import encode_basestring as quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROWS_A_CHUNK = 256
EXACT = 1 << 53


def indented(value: Any, line: str = "\n") -> str:
    """The text of `json.dumps(value, indent=4, ensure_ascii=False)`; `line` is a line break and the indent so far.

    The C encoder of the standard library does not indent, and its Python one costs three times as much as this.
    """
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is dict:
        if not value:
            return "{}"
        inner = line + "    "
        parts = [
            f"{quote(key)}: {quote(item) if type(item) is str else indented(item, inner)}"
            for key, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    if kind is list:
        if not value:
            return "[]"
        inner = line + "    "
        parts = [quote(item) if type(item) is str else indented(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(parts)}{line}]"
    return _literal(value)


def inline(value: Any, comma: str = ", ", colon: str = ": ") -> str:
    """The text of `json.dumps(value, ensure_ascii=False)`, on one line."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is dict:
        parts = [
            f"{quote(key)}{colon}{quote(item) if type(item) is str else inline(item, comma, colon)}"
            for key, item in value.items()
        ]
        return f"{{{comma.join(parts)}}}"
    if kind is list:
        return f"[{comma.join([inline(item, comma, colon) for item in value])}]"
    return _literal(value)


def compact(value: Any) -> str:
    """The text of `json.dumps(value, ensure_ascii=False, separators=(",", ":"))`."""
    return inline(value, ",", ":")


def listing(rows: Iterable[Any], extras: dict[str, Any]) -> Iterator[str]:
    """The text of `indented({"results": [*rows], **extras})` in pieces, no row being kept."""
    item = "\n" + " " * 8
    before = '{\n    "results": ['
    texts: list[str] = []
    write = _row_writer(item)
    for row in rows:
        texts.append(write(row))
        if len(texts) == ROWS_A_CHUNK:
            yield before + item + f",{item}".join(texts)
            before = ","
            texts = []
    if texts:
        yield before + item + f",{item}".join(texts)
        before = ","
    yield "\n    ]" if before == "," else before + "]"
    for key, value in extras.items():
        yield f",\n    {quote(key)}: {indented(value, chr(10) + ' ' * 4)}"
    yield "\n}\n"


def _row_writer(line: str) -> Callable[[Any], str]:
    """The function that does the same as `indented` with rows, quicker where they share what is nested in them."""
    from spacectl.output.remembered import Remembered

    inner = line + "    "
    comma = f",{inner}"
    nested = Remembered(lambda value: indented(value, inner)).text

    def write(row: Any) -> str:
        if type(row) is not dict or not row:
            return indented(row, line)
        parts = []
        for key, item in row.items():
            kind = type(item)
            if kind is str:
                parts.append(f"{quote(key)}: {quote(item)}")
            else:
                text = nested(item) if kind is dict or kind is list else _literal(item)
                parts.append(f"{quote(key)}: {text}")
        return f"{{{inner}{comma.join(parts)}{line}}}"

    return write


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        digits = int.__repr__(value)
        # most readers of JSON have doubles: a text keeps what a number would lose
        return digits if -EXACT <= value <= EXACT else f'"{digits}"'
    if isinstance(value, float):
        return float.__repr__(value)
    raise TypeError(f"not a JSON value: {type(value).__name__}")
