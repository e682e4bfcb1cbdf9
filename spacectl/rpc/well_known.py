"""google.protobuf's well-known types: how each is written in YAML and JSON.

The forms are those of protobuf's JSON mapping; inside Struct and Value, where no type is declared, a plain scalar is
what YAML 1.2's core schema makes of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spacectl.masking import MASK, is_secret
from spacectl.rpc import scalars
from spacectl.rpc.wrong_shape import instead, join, shown
from spacectl.values import Blob, Fields, Invalid, Items, Node, Scalar, is_null

if TYPE_CHECKING:
    from spacectl.rpc.encode import Encoder

Writer = Callable[["Encoder", Any, Node, str], None]
EXACT = 1 << 53
_IDENTIFIER_KEY = r"id(?:s?\[\d+\])?$"


def takes_null(field: Any) -> bool:
    """Whether null is a value of the field, and not its absence."""
    return not field.is_repeated and item_takes_null(field)


def item_takes_null(field: Any) -> bool:
    """Whether null is a value of the field's type, as for an item of a list."""
    if field.message_type is not None:
        return bool(field.message_type.full_name == "google.protobuf.Value")
    return field.enum_type is not None and field.enum_type.full_name == "google.protobuf.NullValue"


def _write_struct(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    if not isinstance(node, Fields):
        encoder.problem(node, path, instead(node, "a mapping"))
        return
    encoder.duplicates(node, path)
    for key, entry in node.entries.items():
        here = join(path, key)
        try:
            value = message.fields[scalars.string(key)]
        except ValueError as error:
            encoder.problem(entry.where, here, f"as a key: {error}")
            continue
        _write_value(encoder, value, entry.value, here)


def _write_list(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    if not isinstance(node, Items):
        encoder.problem(node, path, instead(node, "a list"))
        return
    for index, item in enumerate(node.items):
        _write_value(encoder, message.values.add(), item, f"{path}[{index}]")


def _write_value(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    try:
        _write_any_value(encoder, message, node, path)
    except ValueError as error:
        encoder.problem(node, path, str(error))


def _write_any_value(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    if isinstance(node, Blob):
        node = scalars.text_of(node)
    elif isinstance(node, Scalar) and node.style == "argument":
        # a text that only looks like JSON stays a text
        opened = encoder.opened(node)
        node = node if isinstance(opened, Invalid) else opened
    match node:
        case Invalid():
            encoder.problem(node, path, node.message)
        case Fields():
            message.struct_value.SetInParent()
            _write_struct(encoder, message.struct_value, node, path)
        case Items():
            message.list_value.SetInParent()
            _write_list(encoder, message.list_value, node, path)
        case Scalar(style="plain"):
            _write_plain(encoder, message, node, path)
        case Scalar():
            message.string_value = scalars.string(node.text)


def _write_plain(encoder: Encoder, message: Any, node: Scalar, path: str) -> None:
    if is_null(node):
        message.null_value = 0
        return
    boolean = scalars.boolean(node.text)
    if boolean is not None:
        message.bool_value = boolean
        return
    number = scalars.number(node.text)
    if number is None:
        message.string_value = scalars.string(node.text)
        return
    if not _is_finite(number):
        encoder.problem(node, path, f"{shown(node.text)} is no value of a Struct; quote it")
    elif _loses_digits(node.text, number):
        encoder.problem(node, path, f"{shown(node.text)} would lose digits as a number; quote it")
    else:
        message.number_value = number
        suspicion = _suspicion(node.text, path)
        if suspicion:
            place = f"{node.where}: " if str(node.where) else ""
            written, sent = (
                (MASK, "a number") if is_secret(path) else (shown(node.text), f"the number {_spelled(number)}")
            )
            encoder.warnings.append(f"{place}{path}: {written} is sent as {sent}: {suspicion}")


def _loses_digits(text: str, number: float) -> bool:
    """Whether a whole number that was written out in full is another one as a double."""
    zeros = re.fullmatch(r"([-+]?)0*(\d+)\.0*", text)
    whole = f"{zeros[1]}{zeros[2]}" if zeros else number
    return isinstance(whole, int | str) and int(whole) != int(float(whole))


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _suspicion(text: str, path: str) -> str:
    """Why a number looks like an identifier or a version that lost its quotes; nothing where it does not."""
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits.isdecimal():
        return "quote it to keep the leading zero"
    if len(digits) >= 10 and digits.isdecimal() and re.search(_IDENTIFIER_KEY, path, re.IGNORECASE):
        return "quote it if it is an identifier"
    if re.fullmatch(r"\d{1,4}\.\d{0,4}0", text):
        return "quote it if it is a version"
    return ""


def _spelled(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < EXACT else repr(number)


def _write_text_form(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    """Timestamp, Duration: a text of their own form, read by protobuf itself."""
    name = message.DESCRIPTOR.name
    form, example = _TEXT_FORMS[name]
    if not isinstance(node, Scalar):
        encoder.problem(node, path, instead(node, f"a {name}, as in {example},"))
        return
    try:
        if not re.fullmatch(form, node.text, re.ASCII):
            raise ValueError
        message.FromJsonString(node.text)
        message.ToJsonString()
    except (ValueError, OverflowError):
        message.Clear()
        encoder.problem(node, path, f"{shown(node.text)} is no {name}, as in {example}")


def _write_field_mask(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    texts: tuple[Node, ...]
    if isinstance(node, Items) and not node.repeated:
        texts = node.items
    elif isinstance(node, Items | Scalar):
        given = node.items if isinstance(node, Items) else (node,)
        texts = tuple(part for text in given for part in _parts(text))
    else:
        encoder.problem(node, path, instead(node, "a list of field names, as in name,tags.icon,"))
        return
    for text in texts:
        if not isinstance(text, Scalar):
            encoder.problem(text, path, instead(text, "a field name"))
        elif is_null(text) or not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", text.text):
            encoder.problem(text, path, f"{shown(text.text)} is no field name")
        else:
            message.paths.append(re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), text.text))


def _parts(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, Scalar):
        return (node,)
    return tuple(Scalar(part, node.style, node.where) for part in node.text.split(",") if part)


def _write_wrapper(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    field = message.DESCRIPTOR.fields_by_name["value"]
    if is_null(node):
        encoder.problem(node, path, f"null where {scalars.describe(field)} is due")
        return
    encoder.scalar(field, node, path, lambda value: setattr(message, "value", value))


def _write_any(encoder: Encoder, message: Any, node: Node, path: str) -> None:
    from google.protobuf.message_factory import GetMessageClass

    if not isinstance(node, Fields):
        encoder.problem(node, path, instead(node, "a mapping with @type"))
        return
    entries = dict(node.entries)
    url = entries.pop("@type", None)
    if url is None:
        if entries:
            encoder.problem(node, path, "@type is missing: the name of the message's type")
        return
    if not isinstance(url.value, Scalar):
        encoder.problem(url.value, join(path, "@type"), instead(url.value, "the name of a message's type"))
        return
    name = url.value.text.rpartition("/")[2]
    try:
        descriptor = message.DESCRIPTOR.file.pool.FindMessageTypeByName(name)
    except (KeyError, TypeError):  # TypeError for what is no Unicode
        descriptor = encoder.find_type(name)
    if descriptor is None:
        encoder.problem(
            url.value, join(path, "@type"), f"the server did not describe a type {shown(name)}", may_be_stale=True
        )
        return
    inner = GetMessageClass(descriptor)()
    rest = Fields(entries, node.where, node.duplicates)
    if name in WRITERS or (name == "google.protobuf.Empty" and "value" in entries):
        _write_any_of_text_form(encoder, inner, rest, path)
    else:
        encoder.members(inner, rest, path)
    message.type_url = url.value.text if "/" in url.value.text else f"type.googleapis.com/{name}"
    message.value = inner.SerializePartialToString(deterministic=True)


def _write_any_of_text_form(encoder: Encoder, inner: Any, node: Fields, path: str) -> None:
    """A well-known type in an Any stands under `value`, as it may be no mapping."""
    encoder.duplicates(node, path)
    for key, entry in node.entries.items():
        if key == "value":
            encoder.message(inner, entry.value, join(path, key))
        else:
            encoder.problem(entry.where, join(path, key), "unknown field")
    if "value" not in node.entries:
        encoder.problem(node, path, f"`value` is missing, which holds the {inner.DESCRIPTOR.name}")


_TEXT_FORMS = MappingProxyType(
    {
        "Timestamp": (
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[-+](?:[01]\d|2[0-3]):[0-5]\d)",
            "2026-01-31T09:30:00Z",
        ),
        "Duration": (r"-?\d{1,12}(\.\d{1,9})?s", "1.5s"),
    }
)
_WRAPPERS = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
WRITERS = MappingProxyType(
    {
        "google.protobuf.Struct": _write_struct,
        "google.protobuf.ListValue": _write_list,
        "google.protobuf.Value": _write_value,
        "google.protobuf.Timestamp": _write_text_form,
        "google.protobuf.Duration": _write_text_form,
        "google.protobuf.FieldMask": _write_field_mask,
        "google.protobuf.Any": _write_any,
        **{f"google.protobuf.{name}Value": _write_wrapper for name in _WRAPPERS},
    }
)
