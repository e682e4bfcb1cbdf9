"""The text of a scalar -> a value of a field's type, by protobuf's JSON mapping and YAML 1.2's core schema."""

from __future__ import annotations

import re
from typing import Any

from spacectl.documents import decode_text
from spacectl.errors import InputError
from spacectl.rpc.wrong_shape import instead, shown
from spacectl.values import Blob, Node, Scalar, is_null

TYPE_DOUBLE, TYPE_FLOAT, TYPE_INT64, TYPE_UINT64, TYPE_INT32, TYPE_FIXED64, TYPE_FIXED32, TYPE_BOOL = range(1, 9)
TYPE_STRING, TYPE_GROUP, TYPE_MESSAGE, TYPE_BYTES, TYPE_UINT32, TYPE_ENUM, TYPE_SFIXED32, TYPE_SFIXED64 = range(9, 17)
TYPE_SINT32, TYPE_SINT64 = 17, 18

_SIGNED_32 = (-(1 << 31), (1 << 31) - 1, "a 32-bit integer")
_SIGNED_64 = (-(1 << 63), (1 << 63) - 1, "a 64-bit integer")
_UNSIGNED_32 = (0, (1 << 32) - 1, "a 32-bit integer from 0")
_UNSIGNED_64 = (0, (1 << 64) - 1, "a 64-bit integer from 0")
_RANGES = {
    TYPE_INT32: _SIGNED_32,
    TYPE_SINT32: _SIGNED_32,
    TYPE_SFIXED32: _SIGNED_32,
    TYPE_INT64: _SIGNED_64,
    TYPE_SINT64: _SIGNED_64,
    TYPE_SFIXED64: _SIGNED_64,
    TYPE_UINT32: _UNSIGNED_32,
    TYPE_FIXED32: _UNSIGNED_32,
    TYPE_UINT64: _UNSIGNED_64,
    TYPE_FIXED64: _UNSIGNED_64,
}
_INTEGER = r"[-+]?[0-9]+$"
_OTHER_BASE = r"0(?:x[0-9a-fA-F]+|o[0-7]+)$"
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,6})?$"
_SPECIAL = {
    "NaN": "nan",
    "Infinity": "inf",
    "-Infinity": "-inf",
    ".nan": "nan",
    ".NaN": "nan",
    ".NAN": "nan",
    **{sign + word: f"{sign.strip('+')}inf" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OLD_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}
MAX_DIGITS = 400


class UnknownNameError(ValueError):
    """A name that an enum does not have; a newer one may."""


def read(field: Any, node: Node) -> Any:
    """The value of a scalar or enum field that a node stands for. Raises ValueError with what is due instead."""
    kind = field.type
    if isinstance(node, Blob):
        if kind == TYPE_BYTES:
            return node.data
        node = text_of(node)
    if not isinstance(node, Scalar):
        raise ValueError(instead(node, describe(field)))
    if kind == TYPE_STRING:
        return string(node.text)
    if kind == TYPE_BYTES:
        return read_bytes(node.text)
    if kind == TYPE_BOOL:
        return _boolean(node)
    if kind == TYPE_ENUM:
        if field.enum_type.full_name == "google.protobuf.NullValue" and is_null(node):
            return 0
        return _enum(field.enum_type, node.text)
    if kind in (TYPE_DOUBLE, TYPE_FLOAT):
        return _float(node.text, kind)
    return _integer(node.text, *_RANGES[kind])


def read_map_key(field: Any, text: str) -> Any:
    """The key of a map, which is always written as a text. Raises ValueError."""
    if field.type == TYPE_STRING:
        return string(text)
    if field.type == TYPE_BOOL:
        return _boolean(Scalar(text, "plain"))
    return _integer(text, *_RANGES[field.type])


def text_of(blob: Blob) -> Scalar:
    """A file's text as a value, without the newline that ends a text file. Raises ValueError."""
    try:
        text = decode_text(blob.data, blob.name)
    except InputError as error:
        raise ValueError(str(error)) from None
    return Scalar(text.removesuffix("\n").removesuffix("\r"), "argument", blob.where)


def describe(field: Any) -> str:
    """What a field of a type is, in words: "a text", "a 32-bit integer"."""
    if field.type in _RANGES:
        return _RANGES[field.type][2]
    names = {TYPE_STRING: "a text", TYPE_BYTES: "base64", TYPE_BOOL: "true or false", TYPE_ENUM: "a name"}
    return names.get(field.type, "a number")


def read_bytes(text: str) -> bytes:
    """The bytes of a base64 or base64url text, padded or not. Raises ValueError."""
    import base64

    plain = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise ValueError(f"{shown(text)} is not base64; for a file's bytes: -p NAME=@FILE") from None


def number(text: str) -> float | int | None:
    """The number that a plain YAML 1.2 scalar is, an int where it is whole; None where it is none."""
    if re.match(_INTEGER, text) and len(text) <= MAX_DIGITS:
        return int(text)
    if re.match(_OTHER_BASE, text) and len(text) <= MAX_DIGITS:
        return int(text, 0)
    if re.match(_NUMBER, text):
        return float(text)
    return float(_SPECIAL[text]) if text in _SPECIAL and text.lstrip("+-").startswith(".") else None


def boolean(text: str) -> bool | None:
    """The boolean that a plain YAML 1.2 scalar is, or None."""
    return _BOOLEANS.get(text)


def string(text: str) -> str:
    """The text, if it is one that can be sent. Raises ValueError for half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode") from None
    return text


def _boolean(node: Scalar) -> bool:
    value = _BOOLEANS.get(node.text)
    if value is None:
        value = _OLD_BOOLEANS.get(node.text.lower())
    if value is None or node.style == "quoted":
        hint = ", without quotes" if value is not None else ""
        raise ValueError(f"{shown(node.text)} where true or false is due{hint}")
    return value


def _integer(text: str, low: int, high: int, name: str) -> int:
    if re.match(_INTEGER, text) and len(text) <= MAX_DIGITS:
        value = int(text)
    elif re.match(_OTHER_BASE, text) and len(text) <= MAX_DIGITS:
        value = int(text, 0)
    else:
        value = _whole(text, name)
    if not low <= value <= high:
        raise ValueError(f"{shown(text)} is out of range: {low} to {high}")
    return value


def _whole(text: str, name: str) -> int:
    from decimal import Decimal

    if not re.match(_NUMBER, text):
        raise ValueError(f"{shown(text)} where {name} is due")
    value = Decimal(text)
    if value.adjusted() > MAX_DIGITS or value != value.to_integral_value():
        raise ValueError(f"{shown(text)} where {name} is due")
    return int(value)


def _float(text: str, kind: int) -> float:
    if text in _SPECIAL:
        return float(_SPECIAL[text])
    if not (re.match(_NUMBER, text) or re.match(_OTHER_BASE, text)):
        raise ValueError(f"{shown(text)} where a number is due")
    import struct

    try:
        value = float(int(text, 0)) if re.match(_OTHER_BASE, text) else float(text)
        overflow = value in (float("inf"), float("-inf")) or (kind == TYPE_FLOAT and not struct.pack("<f", value))
    except OverflowError:
        overflow = True
    if overflow:
        raise ValueError(f"{shown(text)} is out of range for a {'float' if kind == TYPE_FLOAT else 'double'}")
    return value


def _enum(enum: Any, text: str) -> int:
    found = enum.values_by_name.get(string(text))
    if found is None:
        alike = [value for name, value in enum.values_by_name.items() if name.lower() == text.lower()]
        found = alike[0] if alike else None
    if found is not None:
        return int(found.number)
    if re.match(_NUMBER, text):
        value = _integer(text, *_SIGNED_32)
        if not enum.is_closed or value in enum.values_by_number:
            return value
    if text == "null" and enum.full_name == "google.protobuf.NullValue":
        return 0
    raise UnknownNameError(f"{shown(text)} is none of {', '.join(value.name for value in enum.values)}")
