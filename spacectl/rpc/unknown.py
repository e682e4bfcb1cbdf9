"""What a message holds beyond its descriptor: fields by their numbers, guessed at as `protoc --decode_raw` does."""

from __future__ import annotations

from binascii import b2a_base64
from typing import Any

LENGTH, GROUP = 2, 3
MAX_DEPTH = 20
MAX_NUMBER = 50_000  # bytes that seem to hold a field beyond this are none that anybody made


def unknown_fields(message: Any) -> dict[str, Any]:
    """The unknown fields of a message, not of those below it: `[7]` and its value, a list where it comes repeatedly.

    Without a type, a number is shown as it is on the wire; bytes are a text, a message or base64, whatever fits first.
    """
    from google.protobuf.unknown_fields import UnknownFieldSet

    return _members(UnknownFieldSet(message), 0)


def _members(fields: Any, depth: int) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for index in range(len(fields)):
        field = fields[index]
        found.setdefault(f"[{field.field_number}]", []).append(_value(field.wire_type, field.data, depth))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _value(wire_type: int, data: Any, depth: int) -> Any:
    if wire_type == GROUP:
        return _members(data, depth + 1) if depth < MAX_DEPTH else {}
    if wire_type != LENGTH:
        return data
    text = _text(data)
    if text is not None:
        return text
    nested = _message(data, depth) if depth < MAX_DEPTH else None
    return b2a_base64(data, newline=False).decode() if nested is None else nested


def _text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c in "\n\r\t" for c in text) else None


def _message(data: bytes, depth: int) -> dict[str, Any] | None:
    from google.protobuf.empty_pb2 import Empty
    from google.protobuf.message import DecodeError
    from google.protobuf.unknown_fields import UnknownFieldSet

    try:
        fields = UnknownFieldSet(Empty.FromString(data))
    except DecodeError:
        return None
    if any(fields[index].field_number > MAX_NUMBER for index in range(len(fields))):
        return None
    return _members(fields, depth + 1)
