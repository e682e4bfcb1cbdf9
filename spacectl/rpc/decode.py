"""A message -> plain values, by functions that are put together once for each descriptor.

The result equals protobuf's MessageToDict(preserving_proto_field_name=True), except that: keys of maps and Structs are
sorted (upb's order changes from run to run); whole numbers of a Struct are ints; 64-bit integers are ints; what
MessageToDict refuses (NaN in a Struct, an Any of unknown type, a Timestamp out of range) is shown as well as it can be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from spacectl.rpc.decoding import SET_FIELDS, Decoding, extended
from spacectl.rpc.scalars import TYPE_BYTES, TYPE_DOUBLE, TYPE_ENUM, TYPE_FLOAT

Converter = Callable[[Any], Any]
UnknownEnum = Callable[[Any, int], "str | None"]
FindType = Callable[[str], Any]
EXACT = 1 << 53
MAX_OPENED = 20  # Any in Any: each one starts anew to count protobuf's own limit of 100 levels


class Decoder:
    """The converters of the messages of one descriptor pool.

    `unknown_enum` is asked for the name of a number that an enum's descriptor does not have; without one it is shown as
    a number. `find_type` is asked for the type of an Any that is not in the pool.
    """

    def __init__(
        self,
        unknown_enum: UnknownEnum = lambda enum, number: None,
        decoding: Decoding = SET_FIELDS,
        find_type: FindType = lambda name: None,
    ) -> None:
        self._unknown_enum = unknown_enum
        self._decoding = decoding
        self._find_type = find_type
        self._messages: dict[str, Converter] = {}
        self._opened = 0

    def converter(self, descriptor: Any) -> Converter:
        """The function that turns a message of a type into plain values."""
        name = descriptor.full_name
        known = self._messages.get(name)
        if known is not None:
            return known
        special = self._special(descriptor)
        if special is not None:
            self._messages[name] = special
            return special
        convert = self._compiled()
        if any(self._decoding):
            convert = extended(descriptor, convert, self._decoding, self.value)
        self._messages[name] = convert
        return convert

    def without(self, descriptor: Any, name: str) -> Converter:
        """A function that turns messages of a type, none of the well-known, into plain values but for a field."""
        convert = self._compiled(name)
        return extended(descriptor, convert, self._decoding, self.value, name) if any(self._decoding) else convert

    def has_fields(self, descriptor: Any) -> bool:
        """Whether messages of a type become dicts of their fields, and not a form of their own, as a Struct does."""
        return self._special(descriptor) is None

    def only(self, descriptor: Any, names: Iterable[str]) -> Converter:
        """A function that turns messages of a type that `has_fields` into plain values, of these fields alone."""
        members = [
            (field.name, field.has_presence, self._member(field)[1])
            for field in map(descriptor.fields_by_name.__getitem__, names)
        ]

        def convert(message: Any) -> dict[str, Any]:
            result = {}
            for name, has_presence, convert_value in members:
                if has_presence and not message.HasField(name):
                    continue
                value = getattr(message, name)
                # what is empty or zero is not there, as ListFields has it; minus zero is
                if has_presence or value or str(value) == "-0.0":
                    result[name] = convert_value(value)
            return result

        return convert

    def value(self, field: Any) -> Converter:
        """The function that turns a single value of a field, an item of a repeated one, into a plain value."""
        if field.message_type is not None:
            return self.converter(field.message_type)
        if field.type == TYPE_ENUM:
            return _enum_converter(field.enum_type, self._unknown_enum)
        return _SCALARS.get(field.type, _same)

    def _compiled(self, skipped: str = "") -> Converter:
        members: dict[int, tuple[str, Converter]] = {}

        def convert(message: Any) -> dict[str, Any]:
            result = {}
            for field, value in message.ListFields():
                member = members.get(field.number)
                if member is None:
                    if field.name == skipped and not field.is_extension:
                        continue
                    member = self._member(field)
                    members[field.number] = member
                name, convert_value = member
                result[name] = convert_value(value)
            return result

        return convert

    def _member(self, field: Any) -> tuple[str, Converter]:
        name = f"[{field.full_name}]" if field.is_extension else field.name
        if not field.is_repeated:
            return name, self.value(field)
        if is_map(field):
            return name, self._map(field)
        value = self.value(field)
        return name, (list if value is _same else lambda values: [value(item) for item in values])

    def _map(self, field: Any) -> Converter:
        key_type = field.message_type.fields_by_name["key"].type
        value = self.value(field.message_type.fields_by_name["value"])
        spell = _SPELL_KEY.get(key_type, str)

        def convert(mapping: Any) -> dict[str, Any]:
            return {spell(key): value(mapping[key]) for key in sorted(mapping)}

        return convert

    def _special(self, descriptor: Any) -> Converter | None:
        name = descriptor.full_name
        if not name.startswith("google.protobuf."):
            return None
        if descriptor.file.name == "google/protobuf/wrappers.proto":
            value = self.value(descriptor.fields_by_name["value"])
            return lambda message: value(message.value)
        if name == "google.protobuf.Any":
            return self._any
        return _WELL_KNOWN.get(name)

    def _any(self, message: Any) -> dict[str, Any]:
        from google.protobuf.message import DecodeError
        from google.protobuf.message_factory import GetMessageClass

        if not message.type_url and not message.value:
            return {}
        name = message.type_url.rpartition("/")[2]
        self._opened += 1
        try:
            if self._opened > MAX_OPENED:
                raise RecursionError
            descriptor = self._type(message.DESCRIPTOR.file.pool, name)
            inner = self.converter(descriptor)(GetMessageClass(descriptor).FromString(message.value))
        except (KeyError, DecodeError, RecursionError):
            return {"@type": message.type_url, "value": _bytes(message.value)}
        finally:
            self._opened -= 1
        if self._special(descriptor) is not None:
            return {"@type": message.type_url, "value": inner}
        return {"@type": message.type_url, **inner}

    def _type(self, pool: Any, name: str) -> Any:
        try:
            return pool.FindMessageTypeByName(name)
        except KeyError:
            descriptor = self._find_type(name)
            if descriptor is None:
                raise
            return descriptor


def is_map(field: Any) -> bool:
    """Whether a field is a map, which on the wire is a repeated message."""
    return bool(field.is_repeated and field.message_type is not None and field.message_type.GetOptions().map_entry)


def _same(value: Any) -> Any:
    return value


def _bytes(value: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(value, newline=False).decode()


def _double(value: float) -> float | str:
    return value if math.isfinite(value) else _not_finite(value)


def _float(value: float) -> float | str:
    """The shortest decimal number that is this 32-bit float."""
    if not math.isfinite(value):
        return _not_finite(value)
    from struct import pack, unpack

    for precision in range(6, 10):
        short = float(f"{value:.{precision}g}")
        if abs(short) < 3.5e38 and unpack("<f", pack("<f", short))[0] == value:
            return short
    return value


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _enum_converter(enum: Any, unknown: UnknownEnum) -> Converter:
    if enum.full_name == "google.protobuf.NullValue":
        return lambda value: None
    # of two names for one number the first declared is the one that is written
    names = {value.number: value.name for value in reversed(list(enum.values))}

    def convert(value: int) -> Any:
        name = names.get(value)
        return (unknown(enum, value) or value) if name is None else name

    return convert


def plain_struct(message: Any) -> dict[str, Any]:
    """The plain value of a google.protobuf.Struct."""
    fields = message.fields
    # most values are texts, and to ask for the kind costs four times as much
    return {key: fields[key].string_value or struct_value(fields[key]) for key in sorted(fields)}


def _list_value(message: Any) -> list[Any]:
    return [value.string_value or struct_value(value) for value in message.values]


def struct_value(value: Any) -> Any:
    """The plain value of a google.protobuf.Value."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        return number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return plain_struct(value.struct_value)
    if kind == "list_value":
        return _list_value(value.list_value)
    return None


def number(value: float) -> Any:
    """The plain value of a number of a Struct."""
    if value.is_integer():
        return int(value) if abs(value) < EXACT and (value or math.copysign(1, value) > 0) else value
    return value if math.isfinite(value) else _not_finite(value)


def _text_form(message: Any) -> Any:
    try:
        return message.ToJsonString()
    except (ValueError, OverflowError):
        return {field.name: value for field, value in message.ListFields()}


def _field_mask(message: Any) -> str:
    try:
        return str(message.ToJsonString())
    except ValueError:
        return ",".join(message.paths)


_SCALARS: dict[int, Converter] = {TYPE_BYTES: _bytes, TYPE_DOUBLE: _double, TYPE_FLOAT: _float}
_SPELL_KEY: dict[int, Callable[[Any], str]] = {8: lambda key: "true" if key else "false"}
_WELL_KNOWN: dict[str, Converter] = {
    "google.protobuf.Struct": plain_struct,
    "google.protobuf.ListValue": _list_value,
    "google.protobuf.Value": struct_value,
    "google.protobuf.Timestamp": _text_form,
    "google.protobuf.Duration": _text_form,
    "google.protobuf.FieldMask": _field_mask,
}
