"""The API that the sandbox serves: descriptors, message classes and required fields, all from `api.protoset`."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import Any, TypeAlias

PROTOSET = Path(__file__).with_name("api.protoset")

# Messages of the dynamic classes have no static type.
Message: TypeAlias = Any
Descriptor: TypeAlias = Any

STRUCT, LIST_VALUE, VALUE = (f"google.protobuf.{name}" for name in ("Struct", "ListValue", "Value"))


class Schema:
    """The descriptors of one protoset in a pool of their own, so that nothing can clash with the client's."""

    def __init__(self, protoset: bytes) -> None:
        from google.protobuf import descriptor_pb2, descriptor_pool

        self._files = descriptor_pb2.FileDescriptorSet.FromString(protoset).file
        self.pool = descriptor_pool.DescriptorPool()
        for file in self._files:
            self.pool.AddSerializedFile(file.SerializeToString())
        self.service_names = sorted(
            f"{file.package}.{service.name}" for file in self._files for service in file.service
        )
        self._required = functools.cache(self._find_required)
        self._classes: dict[str, type[Message]] = {}
        self._making = threading.Lock()

    def method(self, path: str) -> Descriptor | None:
        """The descriptor of the method at `/package.Service/name`, or None."""
        service, _, name = path.removeprefix("/").partition("/")
        if service not in self.service_names:
            return None
        return self.pool.FindServiceByName(service).methods_by_name.get(name)

    def message_class(self, full_name: str) -> type[Message]:
        """The message class of that full name, one and the same for all threads.

        It is kept, with those of the messages in it: protobuf can hand out a class to one thread while the collector
        takes it apart in another, which ends the process.
        """
        with self._making:
            if full_name not in self._classes:
                self._make(self.pool.FindMessageTypeByName(full_name))
            return self._classes[full_name]

    def _make(self, descriptor: Descriptor) -> None:
        from google.protobuf.message_factory import GetMessageClass

        waiting = [descriptor]
        while waiting:
            one = waiting.pop()
            if one.full_name not in self._classes:
                self._classes[one.full_name] = GetMessageClass(one)
                waiting += [field.message_type for field in one.fields if field.message_type]

    def required(self, descriptor: Descriptor) -> tuple[str, ...]:
        """The names of the fields of a request message that are not marked `+optional`."""
        return self._required(descriptor.full_name)

    def _find_required(self, full_name: str) -> tuple[str, ...]:
        descriptor = self.pool.FindMessageTypeByName(full_name)
        if descriptor.containing_type is not None:
            return ()
        file = next(file for file in self._files if file.name == descriptor.file.name)
        index = [message.name for message in file.message_type].index(descriptor.name)
        # [4, message, 2, field] is the place of a field in the SourceCodeInfo of its file.
        optional = {
            location.path[3]
            for location in file.source_code_info.location
            if len(location.path) == 4
            and tuple(location.path[:3]) == (4, index, 2)
            and "+optional" in location.leading_comments
        }
        fields = file.message_type[index].field
        return tuple(field.name for number, field in enumerate(fields) if number not in optional)


def load_schema() -> Schema:
    """The schema of the API that ships with the package."""
    return Schema(PROTOSET.read_bytes())


def is_repeated(field: Descriptor) -> bool:
    """Whether a field holds a list, on every supported protobuf."""
    try:
        return bool(field.is_repeated)
    except AttributeError:
        return bool(field.label == field.LABEL_REPEATED)


def plain(message: Message) -> Any:
    """The value of a Struct, ListValue, Value or other message as plain Python values, without unset fields."""
    name = message.DESCRIPTOR.full_name
    if name == STRUCT:
        return {key: plain(value) for key, value in message.fields.items()}
    if name == LIST_VALUE:
        return [plain(value) for value in message.values]
    if name == VALUE:
        kind = message.WhichOneof("kind")
        if kind in (None, "null_value"):
            return None
        value = getattr(message, kind)
        return plain(value) if kind in ("struct_value", "list_value") else value
    return {field.name: field_value(message, field) for field, _ in message.ListFields()}


def field_value(message: Message, field: Descriptor) -> Any:
    """The plain value of one field that is set; enums as their names."""
    value = getattr(message, field.name)
    if is_repeated(field):
        return [plain_scalar(field, item) for item in value]
    return plain_scalar(field, value)


def plain_scalar(field: Descriptor, value: Any) -> Any:
    """One element of a field as a plain value."""
    if field.message_type is not None:
        return plain(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    return value


def fill_value(target: Message, value: Any) -> None:
    """Puts a plain value into a google.protobuf.Value."""
    if value is None:
        target.null_value = 0
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        fill_struct(target.struct_value, value)
    else:
        target.list_value.SetInParent()
        for item in value:
            fill_value(target.list_value.values.add(), item)


def fill_struct(target: Message, values: dict[str, Any]) -> None:
    """Puts plain values into a google.protobuf.Struct."""
    for key, value in values.items():
        fill_value(target.fields[key], value)


def fill(target: Message, values: dict[str, Any]) -> None:
    """Sets the fields of a message from plain values; enums by name. The names must be fields."""
    for name, value in values.items():
        field = target.DESCRIPTOR.fields_by_name[name]
        kind = field.message_type.full_name if field.message_type is not None else ""
        if is_repeated(field):
            for item in value:
                if kind:
                    fill(getattr(target, name).add(), item)
                else:
                    getattr(target, name).append(item)
        elif kind == STRUCT:
            getattr(target, name).SetInParent()
            fill_struct(getattr(target, name), value)
        elif kind == LIST_VALUE:
            getattr(target, name).SetInParent()
            for item in value:
                fill_value(getattr(target, name).values.add(), item)
        elif kind:
            getattr(target, name).SetInParent()
            fill(getattr(target, name), value)
        elif field.enum_type is not None:
            setattr(target, name, field.enum_type.values_by_name[value].number)
        else:
            setattr(target, name, value)


def copy_fields(source: Message, target: Message, skip: tuple[str, ...] = ()) -> None:
    """Replaces each field of `target` that `source` sets under the same name; a field that only one has stays."""
    for field, value in source.ListFields():
        other = target.DESCRIPTOR.fields_by_name.get(field.name)
        if other is None or field.name in skip:
            continue
        target.ClearField(field.name)
        if is_repeated(field):
            getattr(target, field.name).extend(value)
        elif field.message_type is None:
            # Two enums may number the same names differently.
            number = value if field.enum_type is None else renumbered(field, other, value)
            setattr(target, field.name, number)
        elif field.message_type.full_name == other.message_type.full_name:
            getattr(target, field.name).CopyFrom(value)
        else:
            getattr(target, field.name).SetInParent()
            copy_fields(value, getattr(target, field.name))


def renumbered(field: Descriptor, other: Descriptor, number: int) -> int:
    """The number in the enum of `other` for the name that `number` has in the enum of `field`; 0 when unknown."""
    known = field.enum_type.values_by_number.get(number)
    twin = other.enum_type.values_by_name.get(known.name) if known else None
    return twin.number if twin else 0
