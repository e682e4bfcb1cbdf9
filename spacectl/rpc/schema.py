"""Descriptors and docs packs -> an API as plain data, in the words of its user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from spacectl.errors import SpacectlError, UsageError
from spacectl.explain.shape import WELL_KNOWN, EnumValue, Field, Label, Message, Method, Resource, Verb
from spacectl.resource_type import ResourceType
from spacectl.rpc import catalog, scalars
from spacectl.rpc.docs import Docs
from spacectl.service_names import REFLECTION, find_services

Answered = TypeVar("Answered")

SCALARS: Mapping[int, str] = MappingProxyType(
    {
        scalars.TYPE_DOUBLE: "double",
        scalars.TYPE_FLOAT: "float",
        scalars.TYPE_INT64: "int64",
        scalars.TYPE_UINT64: "uint64",
        scalars.TYPE_INT32: "int32",
        scalars.TYPE_FIXED64: "uint64",
        scalars.TYPE_FIXED32: "uint32",
        scalars.TYPE_BOOL: "bool",
        scalars.TYPE_STRING: "string",
        scalars.TYPE_BYTES: "bytes",
        scalars.TYPE_UINT32: "uint32",
        scalars.TYPE_SFIXED32: "int32",
        scalars.TYPE_SFIXED64: "int64",
        scalars.TYPE_SINT32: "int32",
        scalars.TYPE_SINT64: "int64",
    }
)


@dataclass(frozen=True)
class Api:
    """What one endpoint offers: descriptors from `source`, words from `docs`.

    `refresh` asks the server anew where the descriptors were kept ones; whether that can make a difference.
    """

    source: catalog.Source
    docs: Docs
    refresh: Callable[[], bool]

    def unasked(self, error: UsageError) -> SpacectlError:
        """Why a name is not known: that the server could not be asked, where only a docs pack was; else the error."""
        failure: SpacectlError | None = getattr(self.source, "failure", None)
        return error if failure is None else failure

    def services(self) -> list[str]:
        """The full names of all services but reflection. Raises CallError."""
        return [name for name in self.source.services() if name not in REFLECTION]

    def find(self, resource: ResourceType, version: str | None) -> list[str]:
        """The full names of the services that a resource type may mean, best first. Raises UsageError, CallError."""
        return self._fresh_at_need(lambda: find_services(self.source.services(), resource, version))

    def resources(self, names: list[str]) -> list[Resource]:
        """Services by their full names; one that the server lists and does not describe has no verbs."""
        # from the files themselves: no pool could hold an API that defines a symbol twice
        declared = {
            f"{file.package}.{service.name}".lstrip("."): service
            for file in self.source.files(names).values()
            for service in file.service
        }
        methods = {name: getattr(declared.get(name), "method", ()) for name in names}
        return [
            Resource(
                printable(name), tuple(self._verb(name, method) for method in methods[name]), self.docs.prose(name)
            )
            for name in names
        ]

    def method(self, resource: ResourceType, verb: str, version: str | None) -> Method:
        """A verb with all its messages. Raises UsageError with the nearest names, CallError."""
        found = self._fresh_at_need(lambda: catalog.find_method(self.source, resource, verb, version))
        return read_method(found, self.docs)

    def _verb(self, service: str, method: Any) -> Verb:
        return Verb(
            printable(method.name),
            printable(service),
            printable(method.input_type.lstrip(".")),
            printable(method.output_type.lstrip(".")),
            method.client_streaming,
            method.server_streaming,
            self.docs.prose(f"{service}.{method.name}"),
            method.options.deprecated,
        )

    def _fresh_at_need(self, ask: Callable[[], Answered]) -> Answered:
        try:
            return ask()
        except UsageError:
            if not self.refresh():
                raise
            return ask()


def read_method(method: catalog.Method, docs: Docs) -> Method:
    """A method and every message that can be reached from it."""
    messages: dict[str, Message] = {}
    waiting = [method.output, method.input]
    while waiting:
        descriptor = waiting.pop()
        if descriptor.full_name not in messages:
            messages[descriptor.full_name] = _message(descriptor, docs)
            waiting += [inner for field in _fields(descriptor) if (inner := _inner(field)) is not None]
    service = method.path.strip("/").partition("/")[0]
    declared = method.pool.FindServiceByName(service).methods_by_name[method.verb]
    verb = Verb(
        method.verb,
        service,
        method.input.full_name,
        method.output.full_name,
        method.client_streaming,
        method.server_streaming,
        docs.prose(f"{service}.{method.verb}"),
        bool(declared.GetOptions().deprecated),
    )
    return Method(verb, messages)


def _message(descriptor: Any, docs: Docs) -> Message:
    name = descriptor.full_name
    words = WELL_KNOWN.get(name, descriptor.name)
    if name in WELL_KNOWN:
        return Message(name, words)
    fields = tuple(_field(field, docs) for field in _fields(descriptor))
    said = docs.comment(name)
    return Message(name, words, fields, said.prose, said.example)


def _fields(descriptor: Any) -> list[Any]:
    """The fields of a message, and the extensions that the server described."""
    if descriptor.full_name in WELL_KNOWN:
        return []
    extensions = descriptor.file.pool.FindAllExtensions(descriptor) if descriptor.is_extendable else ()
    return [*descriptor.fields, *sorted(extensions, key=lambda extension: extension.number)]


def _field(field: Any, docs: Docs) -> Field:
    said = docs.comment(field.full_name)
    value, key, label = field, "", "list" if field.is_repeated else "single"
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        label = "map"
        value = field.message_type.fields_by_name["value"]
        key = SCALARS[field.message_type.fields_by_name["key"].type]
    inner = _inner(field)
    shape: Label = label  # type: ignore[assignment]  # one of three, which mypy cannot see
    return Field(
        f"[{field.full_name}]" if field.is_extension else field.name,
        field.number,
        shape,
        _item(value),
        json_name=field.json_name,
        key=key,
        message=inner.full_name if inner is not None else "",
        enum=_values(value, docs),
        oneof=_oneof(field),
        required=is_required(field, said.required),
        deprecated=bool(field.GetOptions().deprecated),
        default=_default(field),
        prose=said.prose,
        example=said.example,
    )


def _inner(field: Any) -> Any:
    """The message below a field, below its values for a map; None for scalars and for what has a form of its own."""
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        message = message.fields_by_name["value"].message_type
    return None if message is None or message.full_name in WELL_KNOWN else message


def _item(field: Any) -> str:
    for named in (field.message_type, field.enum_type):
        if named is not None:
            return WELL_KNOWN.get(named.full_name, str(named.name))
    return SCALARS[field.type]


def _values(field: Any, docs: Docs) -> tuple[EnumValue, ...]:
    enum = field.enum_type
    if enum is None or enum.full_name in WELL_KNOWN:
        return ()
    return tuple(EnumValue(v.name, v.number, docs.prose(f"{enum.full_name}.{v.name}")) for v in enum.values)


def _oneof(field: Any) -> str:
    """The name of the field's oneof; a proto3 `optional` is one that was made up by the compiler."""
    oneof = field.containing_oneof
    return oneof.name if oneof is not None and not _is_optional(field) else ""


def _is_optional(field: Any) -> bool:
    oneof = field.containing_oneof
    return oneof is not None and len(oneof.fields) == 1 and oneof.name == f"_{field.name}"


def is_required(field: Any, said: bool | None) -> bool | None:
    """Whether a field must be given, by its declaration and what a docs pack says of it; None where nobody knows."""
    if field.is_required:
        return True
    if _is_optional(field) or field.is_extension:
        return False
    if field.containing_oneof is not None and said is None:
        return False
    return said


def _default(field: Any) -> str:
    """The default that the API declares (proto2, editions), as it would be typed."""
    if not field.has_default_value or field.is_repeated:
        return ""
    value = field.default_value
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else printable(str(value))


def printable(text: str) -> str:
    """The text on one line, with what would command a terminal written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
