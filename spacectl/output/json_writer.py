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
# with every digit as 0, a number beyond EXACT is to be found by as many of them
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_DIGITS = b"0" * len(str(EXACT))


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
    return _refused(value)


def _refused(value: Any) -> str:
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _on_one_line(comma: str, colon: str) -> Callable[[Any], str]:
    """The function that writes values on one line."""

    def spelled(value: Any) -> str:
        kind = type(value)
        if kind is str:
            return quote(value)
        if kind is dict:
            return f"{{{comma.join([f'{quote(key)}{colon}{spelled(item)}' for key, item in value.items()])}}}"
        if kind is list:
            return f"[{comma.join([spelled(item) for item in value])}]"
        return _literal(value)

    try:
        from _json import make_encoder
    except ImportError:
        return spelled
    encode = make_encoder(None, _refused, quote, None, colon, comma, False, False, True)

    def encoded(value: Any) -> str:
        if type(value) is not dict and type(value) is not list:
            return spelled(value)
        text = "".join(encode(value, 0))
        many = len(text) >= len(_MANY_DIGITS) and _MANY_DIGITS in text.encode(errors="replace").translate(_DIGITS)
        return spelled(value) if many else text

    return encoded


# the texts of `json.dumps(value, ensure_ascii=False)`, and of the same with `separators=(",", ":")`
inline = _on_one_line(", ", ": ")
compact = _on_one_line(",", ":")
