"""Columns of rows: is there such a path, what is its value, and a row with only some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacectl.sandbox.schema import LIST_VALUE, STRUCT, VALUE, field_value, is_repeated, plain
from spacectl.sandbox.status import unknown_column

if TYPE_CHECKING:
    from spacectl.sandbox.schema import Descriptor, Message


class Missing:
    """The value of a column that a row does not have."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
FREE = (STRUCT, LIST_VALUE, VALUE)


def check_column(descriptor: Descriptor, path: str) -> None:
    """Raises ApiError unless rows of that type can have a column at `path`; inside a Struct anything goes."""
    for name in path.split("."):
        if descriptor is None or (field := descriptor.fields_by_name.get(name)) is None:
            raise unknown_column(path)
        descriptor = field.message_type
        if descriptor is not None and descriptor.full_name in FREE:
            return


def column(row: Message, path: str) -> Any:
    """The plain value at `path` of a row, MISSING when there is none; strings that are empty are not there."""
    name, _, rest = path.partition(".")
    field = row.DESCRIPTOR.fields_by_name[name]
    if field.message_type is not None and not is_repeated(field):
        if not row.HasField(name):
            return MISSING
        child = getattr(row, name)
        if not rest:
            return plain(child)
        if field.message_type.full_name == STRUCT:
            return inside_struct(child, rest)
        return inner(plain(child), rest) if field.message_type.full_name in FREE else column(child, rest)
    value = field_value(row, field)
    if value in ("", []) or (field.enum_type is not None and not getattr(row, name)):
        return MISSING
    return value


def inside_struct(struct: Message, path: str) -> Any:
    """The plain value at `path` inside a Struct, of which nothing else is turned into Python values."""
    if path in struct.fields:
        return plain(struct.fields[path])
    name, dot, rest = path.partition(".")
    if not dot or name not in struct.fields:
        return MISSING
    value = struct.fields[name]
    is_struct = value.WhichOneof("kind") == "struct_value"
    return inside_struct(value.struct_value, rest) if is_struct else inner(plain(value), rest)


def inner(value: Any, path: str) -> Any:
    """The value at `path` inside plain values; a list gives the values of its elements, as MongoDB does."""
    if isinstance(value, dict):
        if path in value:
            return value[path]
        name, dot, rest = path.partition(".")
        return inner(value[name], rest) if dot and name in value else MISSING
    if isinstance(value, list):
        index, _, rest = path.partition(".")
        if index.isdigit():
            if int(index) >= len(value):
                return MISSING
            return inner(value[int(index)], rest) if rest else value[int(index)]
        found = [item for item in (inner(element, path) for element in value) if item is not MISSING]
        return found or MISSING
    return MISSING


def project(row: Message, paths: tuple[str, ...]) -> Message:
    """A row of the same type with only the columns at `paths`."""
    answer = type(row)()
    for path in paths:
        keep(row, answer, path)
    return answer


def keep(source: Message, target: Message, path: str) -> None:
    """Copies the column at `path`; of a column inside a Struct the Struct's own key is copied whole."""
    name, _, rest = path.partition(".")
    field = source.DESCRIPTOR.fields_by_name[name]
    if is_repeated(field):
        target.ClearField(name)
        getattr(target, name).extend(getattr(source, name))
    elif field.message_type is None:
        setattr(target, name, getattr(source, name))
    elif source.HasField(name):
        child, copied = getattr(source, name), getattr(target, name)
        copied.SetInParent()
        if not rest or field.message_type.full_name in (LIST_VALUE, VALUE):
            copied.CopyFrom(child)
        elif field.message_type.full_name == STRUCT:
            key = rest if rest in child.fields else rest.partition(".")[0]
            if key in child.fields:
                copied.fields[key].CopyFrom(child.fields[key])
        else:
            keep(child, copied, rest)
