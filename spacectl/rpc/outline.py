"""A service as plain lines of text, for programs that must not wait for protobuf to load: completion.

One line a verb: its name, then its request's fields as `name:kind`, tab-separated. The kind of an enum is `=A|B|C`,
of a map `map`, of a message its name, of a bool `bool`, of other scalars nothing; that of a list ends in `[]`. The
fields of a message follow it as `name.field:kind`, two levels deep. A line that begins with `=` has the fields of the
rows that the verb before it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 2
REPEATED, TYPE_BOOL, TYPE_MESSAGE, TYPE_ENUM = 3, 8, 11, 14


def outline(service: str, files: Mapping[str, Any]) -> str:
    """The outline of a service that one of the files defines; an empty text where none does."""
    messages, enums = _types(files)
    lines = []
    package, _, name = service.rpartition(".")
    for file in files.values():
        for declared in file.service if file.package == package else ():
            if declared.name != name:
                continue
            for method in declared.method:
                lines.append("\t".join((method.name, *_fields(method.input_type, messages, enums, "", 0))))
                lines.append("\t".join(("=", *_columns(method.output_type, messages, enums))))
    return "\n".join(lines)


def _types(files: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    messages: dict[str, Any] = {}
    enums: dict[str, Any] = {}

    def collect(prefix: str, holder: Any, inner: Any) -> None:
        for enum in holder.enum_type:
            enums[f"{prefix}.{enum.name}"] = enum
        for message in inner:
            messages[f"{prefix}.{message.name}"] = message
            collect(f"{prefix}.{message.name}", message, message.nested_type)

    for file in files.values():
        collect(f".{file.package}" if file.package else "", file, file.message_type)
    return messages, enums


def _fields(
    type_name: str, messages: Mapping[str, Any], enums: Mapping[str, Any], prefix: str, depth: int
) -> Iterator[str]:
    message = messages.get(type_name)
    for field in message.field if message is not None else ():
        is_map = field.type == TYPE_MESSAGE and _is_map(messages.get(field.type_name))
        mark = "[]" if field.label == REPEATED and not is_map else ""
        yield f"{prefix}{field.name}:{'map' if is_map else _kind(field, enums)}{mark}"
        well_known = field.type_name.startswith(".google.protobuf.")
        if field.type == TYPE_MESSAGE and not is_map and not mark and not well_known and depth < MAX_DEPTH:
            yield from _fields(field.type_name, messages, enums, f"{prefix}{field.name}.", depth + 1)


def _kind(field: Any, enums: Mapping[str, Any]) -> str:
    if field.type == TYPE_ENUM and field.type_name in enums:
        return "=" + "|".join(value.name for value in enums[field.type_name].value)
    return "bool" if field.type == TYPE_BOOL else str(field.type_name.rpartition(".")[2])


def _is_map(message: Any) -> bool:
    return message is not None and bool(message.options.map_entry)


def _columns(type_name: str, messages: Mapping[str, Any], enums: Mapping[str, Any]) -> Iterator[str]:
    message = messages.get(type_name)
    results = [f for f in message.field if f.name == "results" and f.type == TYPE_MESSAGE] if message else []
    for row in results:
        yield from _fields(row.type_name, messages, enums, "", 0)
