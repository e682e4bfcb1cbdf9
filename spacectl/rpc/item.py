"""One message of a stream, of which only what is asked for is decoded: a test looks at a few fields of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
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
EMPTY: tuple[Any, ...] = (None, "", [], {})
OUTLINE_BITS = (1 << 56) - 1


class Item:
    """A message that was received; `size` is in bytes. Paths in a Struct are dotted: `reference.resource_id`."""

    __slots__ = ("_convert", "_fields", "_message", "_struct", "size")

    def __init__(self, message: Any, size: int, convert: Callable[[Any], Any]) -> None:
        self._message = message
        self._convert = convert
        self.size = size
        self._struct = ""
        self._fields: Any = None

    def around(self, struct: str) -> Hashable:
        """What is the same for messages that have the same in all fields but one Struct; None where that is not known.

        It is never the same for others.
        """
        return None

    def scalar(self, name: str) -> Any:
        """The value of a scalar field of the message itself; an enum's is its number; None where there is no field."""
        return getattr(self._message, name, None)

    def data(self, name: str) -> Hashable:
        """What a Struct was read from, the same for the same content; None where there is no such field."""
        struct = getattr(self._message, name, None)
        return None if struct is None else bytes(struct.SerializeToString(deterministic=True))

    def mapping(self, name: str) -> Any:
        """The plain value of a Struct, with its keys sorted; None where there is no such field."""
        struct = getattr(self._message, name, None)
        return None if struct is None else plain_struct(struct)

    def kind(self, struct: str, path: str) -> str:
        """What stands at a path in a Struct: text, number, boolean, mapping, list, null or absent."""
        value = self._at(struct, path)
        return ABSENT if value is None else kind_of(value)

    def kinds(self, struct: str) -> dict[str, str]:
        """What stands in each field of a Struct itself; a text without characters is `empty`."""
        fields = self._fields_of(struct)
        # most values are texts, and to ask for the kind costs twice as much
        return {name: "text" if (value := fields[name]).string_value else _kind(value) for name in fields}

    def outline(self, struct: str) -> int:
        """A number that is the same for Structs whose own fields have the same names and kinds."""
        return sum(outline_of(name, kind) for name, kind in self.kinds(struct).items())

    def values(self, struct: str, paths: Iterable[str]) -> dict[str, Any]:
        """The plain values at paths in a Struct, None where there is none."""
        found = {path: self._at(struct, path) for path in paths}
        return {path: value and (value.string_value or struct_value(value)) for path, value in found.items()}

    def texts(self, struct: str, paths: tuple[str, ...]) -> list[str | None]:
        """The values at paths in a Struct as texts, None where there is none and where it is empty."""
        found = self.values(struct, paths)
        return [text_of(found[path]) for path in paths]

    def fingerprint(self, struct: str, name: str) -> int | None:
        """A hash of a field of a Struct itself, the same for the same content; None where there is none."""
        value = self._fields_of(struct).get(name)
        return None if value is None else fingerprint_of(value)

    def plain(self) -> Any:
        """The whole message as plain values."""
        return self._convert(self._message)

    def unknown(self) -> tuple[int, ...]:
        """The numbers of fields that the message has and the server does not declare."""
        return unknown_numbers(self._message)

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
        first = path.partition(".")[0]
        value = fields.get(first)
        return value if value is None or first == path else stands_at(value, path)


def unknown_numbers(message: Any) -> tuple[int, ...]:
    """The numbers of fields that a message has and its descriptor has not."""
    from google.protobuf.unknown_fields import UnknownFieldSet

    found: Any = UnknownFieldSet(message)  # its stubs have no iteration
    return tuple(sorted({field.field_number for field in found})) if len(found) else ()


def kind_of(value: Any) -> str:
    """What a google.protobuf.Value is: text, number, boolean, mapping, list or null."""
    return KINDS.get(value.WhichOneof("kind"), "null")


def text_of(value: Any) -> str | None:
    """A plain value as a text; None for none, and for an empty text, list or mapping."""
    return str(value) if value or value not in EMPTY else None


def outline_of(name: str, kind: str) -> int:
    """The part of a field in the outline of a Struct."""
    # of one text: where two fields swap their kinds, sums of the hashes of tuples are often equal
    return hash(f"{kind} {name}") & OUTLINE_BITS


def fingerprint_of(value: Any) -> int:
    """A hash of a google.protobuf.Value."""
    return hash(value.string_value or value.SerializeToString(deterministic=True))


def stands_at(value: Any, path: str) -> Any:
    """What stands at a path of which the first name led to a google.protobuf.Value; None where there is nothing."""
    if value is None:
        return None
    for key in path.split(".")[1:]:
        # what is no Struct has no fields, and asking for them does not make it one
        value = value.struct_value.fields.get(key)
        if value is None:
            return None
    return value


def _kind(value: Any) -> str:
    kind = value.WhichOneof("kind")
    return "empty" if kind == "string_value" else KINDS.get(kind, "null")
