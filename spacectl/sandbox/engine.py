"""The verbs that all resources share, implemented from the descriptors and the table of resources."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import status
from spacectl.sandbox.columns import check_column, column, project
from spacectl.sandbox.old_resources import OLD_RESOURCES
from spacectl.sandbox.queries import list_rows
from spacectl.sandbox.resources import RESOURCES, Resource
from spacectl.sandbox.schema import copy_fields, fill, is_repeated
from spacectl.sandbox.statistics import analyze, stat
from spacectl.sandbox.store import NotUniqueError
from spacectl.sandbox.times import now

if TYPE_CHECKING:
    from spacectl.sandbox.schema import Descriptor, Message, Schema
    from spacectl.sandbox.store import Store, UniqueValues

CREATE, UPDATE, DELETE = ("create", "register", "add"), ("update", "update_project_type"), ("delete", "deregister")
STATES = {"enable": "ENABLED", "disable": "DISABLED"}


class Engine:
    """Answers the calls of every resource from one store."""

    def __init__(self, schema: Schema, store: Store) -> None:
        self.schema = schema
        self.store = store
        self._by_service = {resource.service: resource for resource in (*RESOURCES, *OLD_RESOURCES)}

    def resource(self, service: str) -> Resource:
        """The resource that a gRPC service serves; KeyError when it serves none."""
        return self._by_service[service]

    def serves(self, service: str, verb: str) -> bool:
        """Whether a verb of a service is one of those that this engine implements."""
        verbs = (*CREATE, *UPDATE, *DELETE, *STATES, "get", "list", "stat", "analyze")
        return service in self._by_service and verb in verbs

    def call(self, method: Descriptor, request: Message) -> Any:
        """The answer to one call: a message, or the bytes of one. Raises ApiError."""
        resource = self.resource(method.containing_service.full_name)
        verb = method.name
        self.check_required(request)
        answer: Any
        if verb in CREATE:
            answer = self.create(resource, request)
        elif verb in UPDATE:
            answer = self.update(resource, request)
        elif verb in STATES:
            answer = self.change(resource, request, {"state": STATES[verb]})
        elif verb in DELETE:
            answer = self.delete(resource, request, method)
        elif verb == "get":
            answer = self.get(resource, request)
        elif verb == "list":
            answer = self.list(resource, request, method.output_type)
        else:
            answer = self.figures(resource, request, verb, method)
        return answer

    def row_class(self, resource: Resource) -> type[Message]:
        """The message class of the rows of a resource."""
        return self.schema.message_class(resource.row)

    def check_required(self, request: Message, path: tuple[str, ...] = ()) -> None:
        """Raises ApiError when a field that is not optional is missing, here or in a message inside."""
        fields = request.DESCRIPTOR.fields_by_name
        for name in self.schema.required(request.DESCRIPTOR):
            field = fields[name]
            single = field.message_type is not None and not is_repeated(field)
            if not (request.HasField(name) if single else getattr(request, name)):
                raise status.required_parameter(*path, name)
        for field, value in request.ListFields():
            file = field.message_type.file.package if field.message_type is not None else "google"
            if not is_repeated(field) and not file.startswith(("google", "spaceone.api.core")):
                self.check_required(value, (*path, field.name))

    def create(
        self, resource: Resource, request: Message, more: dict[str, Any] | None = None, private: bytes = b""
    ) -> Message:
        """Adds a row with the fields of the request over `more` and the defaults, and answers it."""
        for name, service in resource.references.items():
            if value := getattr(request, name):
                self.find(self.resource(service), value)
        row = self.row_class(resource)()
        fields = row.DESCRIPTOR.fields_by_name
        fill(row, resource.defaults)
        copy_fields(request, row)
        time = now()
        fill(row, {name: time for name in ("created_at", "updated_at") if name in fields})
        if resource.prefix:
            fill(row, {resource.id: f"{resource.prefix}-{secrets.token_hex(6)}"})
        if more:
            for name in more:
                row.ClearField(name)
            fill(row, more)
        self.insert(resource, row, private)
        return row

    def insert(self, resource: Resource, row: Message, private: bytes = b"") -> None:
        """Adds a row as it stands. Raises ApiError when a unique value is taken."""
        identifier = str(getattr(row, resource.id))
        try:
            self.store.insert(
                resource.service,
                identifier,
                place(resource, row),
                row.SerializeToString(),
                unique=unique_values(resource, row),
                private=private,
            )
        except NotUniqueError as error:
            raise status.not_unique(error.names) from None

    def find(self, resource: Resource, identifier: str, domain: str = "") -> tuple[int, Message]:
        """A row and its number. Raises ApiError when there is none of that identifier in the domain."""
        for seq, body in self.store.find(resource.service, identifier):
            row = self.row_class(resource).FromString(body)
            if not domain or getattr(row, "domain_id", domain) == domain:
                return seq, row
        scope = {name: domain or str(resource.defaults.get(name, "")) for name in resource.scope[:1]}
        scope |= {name: str(resource.defaults.get(name, "")) for name in resource.scope[1:]}
        raise status.not_found({resource.id: identifier, **scope}, resource.missing)

    def named(self, resource: Resource, request: Message) -> tuple[int, Message]:
        """The row that a request names by its identifier, and by its domain where it says one."""
        return self.find(resource, getattr(request, resource.id), getattr(request, "domain_id", ""))

    def get(self, resource: Resource, request: Message) -> Message:
        """The row that a request names, with the columns that it asks for."""
        _, row = self.named(resource, request)
        only = tuple(getattr(request, "only", ()))
        for path in only:
            check_column(row.DESCRIPTOR, path)
        return project(row, only) if only else row

    def list(self, resource: Resource, request: Message, answer: Descriptor) -> bytes:
        """The serialized message of the rows that a request asks for."""
        rows, total = list_rows(self.store, resource, self.row_class(resource), request)
        return serialized_page(answer, rows, total)

    def update(self, resource: Resource, request: Message) -> Message:
        """Replaces the fields of a row that the request sets, and answers the row."""
        for name, service in resource.references.items():
            if value := getattr(request, name, ""):
                self.find(self.resource(service), value)
        return self.change(resource, request, {}, request)

    def change(
        self, resource: Resource, request: Message, values: dict[str, Any], source: Message | None = None
    ) -> Message:
        """Changes the row that a request names to plain values and the set fields of a message, and answers it."""
        with self.store.writing():
            seq, row = self.named(resource, request)
            if source is not None:
                copy_fields(source, row, (resource.id, *resource.scope))
            for name in values:
                row.ClearField(name)
            fill(row, values)
            if "updated_at" in row.DESCRIPTOR.fields_by_name:
                row.updated_at = now()
            try:
                self.store.replace(
                    resource.service, seq, place(resource, row), row.SerializeToString(), unique_values(resource, row)
                )
            except NotUniqueError as error:
                raise status.not_unique(error.names) from None
        return row

    def delete(self, resource: Resource, request: Message, method: Descriptor) -> Message:
        """Removes the row that a request names, and answers nothing."""
        with self.store.writing():
            seq, _ = self.named(resource, request)
            self.store.delete(seq)
        return self.schema.message_class(method.output_type.full_name)()

    def figures(self, resource: Resource, request: Message, verb: str, method: Descriptor) -> Message:
        """The answer of `stat` or `analyze`, a Struct."""
        bodies = self.store.bodies(resource.service)
        rows = map(self.row_class(resource).FromString, bodies)
        answer = self.schema.message_class(method.output_type.full_name)()
        compute = stat if verb == "stat" else analyze
        compute(resource, self.row_class(resource).DESCRIPTOR, rows, request, answer)
        return answer


def place(resource: Resource, row: Message) -> str:
    """The text by which rows are in their usual order."""
    values = [column(row, name) for name in resource.order]
    return "\0".join(f"{value:020}" if isinstance(value, int) else str(value) for value in values)


def unique_values(resource: Resource, row: Message) -> UniqueValues:
    """The values that no other row may have, by the names of their fields."""
    return {names: tuple(str(getattr(row, name)) for name in names) for names in resource.unique}


@functools.lru_cache(4096)
def varint(number: int) -> bytes:
    """A non-negative number as protobuf writes it."""
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def serialized_page(answer: Descriptor, rows: Iterable[bytes], total: int) -> bytes:
    """The bytes of a message of `results` and `total_count`, put together without parsing the rows."""
    results, total_count = (answer.fields_by_name[name].number for name in ("results", "total_count"))
    tag = varint(results << 3 | 2)
    parts = [part for row in rows for part in (tag, varint(len(row)), row)]
    if total:
        parts += [varint(total_count << 3), varint(total)]
    return b"".join(parts)
