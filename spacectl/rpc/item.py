"""One message of a stream, of which only what is asked for is decoded: a test looks at a few fields of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spacectl.rpc.decode import plain_struct, struct_value

KINDS = {
    "string_value": "text",
    "number_value": "number",
    "bool_value": "boolean",
    "struct_value": "mapping",
    "list_value": "list",
    "null_value": "null",
}
ABSENT = "absent"


class Item:
    """A message that was received; `size` is in bytes. Paths in a Struct are dotted: `reference.resource_id`."""

    __slots__ = ("_convert", "_fields", "_message", "_struct", "size")

    def __init__(self, message: Any, size: int, convert: Callable[[Any], Any]) -> None:
        self._message = message
        self._convert = convert
        self.size = size
        self._struct = ""
        self._fields: Any = None

    def scalar(self, name: str) -> Any:
        """The value of a scalar field of the message itself; an enum's is its number; None where there is no field."""
        return getattr(self._message, name, None)

    def data(self, name: str) -> bytes:
        """The bytes of a Struct, none where there is no such field."""
        struct = getattr(self._message, name, None)
        return b"" if struct is None else bytes(struct.SerializeToString())

    def mapping(self, name: str) -> Any:
        """The plain value of a Struct, with its keys sorted; None where there is no such field."""
        struct = getattr(self._message, name, None)
        return None if struct is None else plain_struct(struct)

    def kind(self, struct: str, path: str) -> str:
        """What stands at a path in a Struct: text, number, boolean, mapping, list, null or absent."""
        value = self._at(struct, path)
        return ABSENT if value is None else KINDS.get(value.WhichOneof("kind"), "null")

    def kinds(self, struct: str) -> dict[str, str]:
        """What stands in each field of a Struct itself; a text without characters is `empty`."""
        fields = self._fields_of(struct)
        # most values are texts, and to ask for the kind costs twice as much
        return {name: "text" if (value := fields[name]).string_value else _kind(value) for name in fields}

    def value(self, struct: str, path: str) -> Any:
        """The plain value at a path in a Struct, None where there is none."""
        value = self._at(struct, path)
        return None if value is None else value.string_value or struct_value(value)

    def fingerprint(self, struct: str, path: str) -> int | None:
        """A hash of what stands at a path in a Struct, the same for the same content; None where there is nothing."""
        value = self._at(struct, path)
        return None if value is None else hash(value.SerializeToString(deterministic=True))

    def plain(self) -> Any:
        """The whole message as plain values."""
        return self._convert(self._message)

    def unknown(self) -> tuple[int, ...]:
        """The numbers of fields that the message has and the server does not declare."""
        from google.protobuf.unknown_fields import UnknownFieldSet

        found: Any = UnknownFieldSet(self._message)  # its stubs have no iteration
        return tuple(sorted({field.field_number for field in found})) if len(found) else ()

    def has(self, name: str) -> bool:
        """Whether a field of the message itself is there and not empty."""
        value = getattr(self._message, name, None)
        size = getattr(value, "ByteSize", None)
        return bool(size()) if size is not None else bool(value)

    def _fields_of(self, struct: str) -> Any:
        if struct != self._struct:
            self._struct, self._fields = struct, getattr(self._message, struct).fields
        return self._fields

    def _at(self, struct: str, path: str) -> Any:
        fields = self._fields if struct == self._struct else self._fields_of(struct)
        if "." not in path:
            return fields.get(path)
        *parents, last = path.split(".")
        for key in parents:
            if key not in fields:
                return None
            # what is no Struct has no fields, and asking for them does not make it one
            fields = fields[key].struct_value.fields
        return fields.get(last)


def _kind(value: Any) -> str:
    kind = value.WhichOneof("kind")
    return "empty" if kind == "string_value" else KINDS.get(kind, "null")
