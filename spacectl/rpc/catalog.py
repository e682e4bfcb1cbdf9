"""Which gRPC method is meant by a verb and a resource.

A resource is found by its last name within its endpoint, never by building a package name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from spacectl.errors import CallError, SpacectlError, UsageError
from spacectl.nearest import nearest
from spacectl.query import QueryShape
from spacectl.resource_type import ResourceType
from spacectl.rpc.descriptors import find_service
from spacectl.service_names import REFLECTION, find_services, folded

INTERNAL = 13
# what changes nothing, on every server of such a platform
READS = frozenset(("get", "list", "stat", "analyze"))
# what other commands, and other services, call a verb
SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "register": ("create",),
        "create": ("register",),
        "add": ("create", "register"),
        "deregister": ("delete",),
        "delete": ("deregister",),
        "remove": ("delete", "deregister"),
        "rm": ("delete", "deregister"),
        "edit": ("update",),
        "patch": ("update",),
        "set": ("update",),
        "describe": ("get",),
        "show": ("get",),
        "ls": ("list",),
        "find": ("list",),
    }
)


class Source(Protocol):
    """Where descriptors come from: reflection, a descriptor set, a cache."""

    def services(self) -> list[str]:
        """The full names of all services."""

    def files(self, symbols: Iterable[str]) -> dict[str, Any]:
        """The FileDescriptorProtos that define the symbols, with their imports, by file name."""


class Method(NamedTuple):
    """One RPC: its path on the wire, and the descriptors of its messages."""

    path: str
    verb: str
    input: Any
    output: Any
    client_streaming: bool
    server_streaming: bool
    pool: Any

    @property
    def lists(self) -> bool:
        """Whether the answer is a list: a message with repeated `results`."""
        field = self.output.fields_by_name.get("results")
        return field is not None and field.is_repeated

    def row_fields(self) -> tuple[str, ...] | None:
        """The field names of a row of the results in declared order; None where rows declare none."""
        field = self.output.fields_by_name.get("results")
        if field is None or field.message_type is None or field.message_type.full_name.startswith("google.protobuf."):
            return None
        return tuple(f.name for f in field.message_type.fields)

    def query_shape(self) -> QueryShape:
        """What the request lets a client ask for."""
        fields = self.input.fields_by_name
        query = fields.get("query")
        if query is not None and query.message_type is not None:
            inner = query.message_type.fields_by_name
            sort = inner.get("sort")
            return QueryShape(("query",), frozenset(inner), sort is None or sort.is_repeated)
        if "page" in fields:
            sort = fields.get("sort")
            return QueryShape((), frozenset(fields), sort is None or sort.is_repeated)
        return QueryShape(None)


def find_method(source: Source, resource: ResourceType, verb: str, version: str | None) -> Method:
    """The method of a resource's verb: the wanted version, or the newest that has the verb.

    Raises UsageError for an unknown resource, version or verb, with the nearest right names; CallError where the
    server's descriptors cannot be used.
    """
    names = find_services(source.services(), resource, version)
    files = source.files(names)
    verbs: list[str] = []
    broken: list[str] = []
    for name in names:
        try:
            service = find_service(files, name)
        except SpacectlError as error:
            # another version may have the verb all the same
            broken.append(error.message)
            continue
        method = _method_named(service, verb)
        if method is not None:
            return Method(
                path=f"/{service.full_name}/{method.name}",
                verb=method.name,
                input=method.input_type,
                output=method.output_type,
                client_streaming=method.client_streaming,
                server_streaming=method.server_streaming,
                pool=service.file.pool,
            )
        verbs += (method.name for method in service.methods)
    if broken:
        raise CallError(f"{verb} {resource}", INTERNAL, broken[0])
    near = [name for name in SYNONYMS.get(verb.lower(), ()) if name in verbs] or nearest(verb, verbs)
    refusal = UsageError(
        f"{resource} has no verb {verb!r}",
        *([f"did you mean {' or '.join(near)}?"] if near else []),
        f"its verbs: {', '.join(dict.fromkeys(verbs)) or 'none'}",
    )
    refusal.meant = (verb, near[0]) if near else None
    raise refusal


def verbs_of(source: Source) -> dict[str, list[str]]:
    """The verbs of every service but reflection, by full name, sorted.

    Read from the files themselves: no pool could hold an API that defines a symbol twice.
    """
    names = [name for name in source.services() if name not in REFLECTION]
    verbs: dict[str, list[str]] = {name: [] for name in sorted(names)}
    for file in source.files(names).values():
        for service in file.service:
            full_name = f"{file.package}.{service.name}" if file.package else service.name
            if full_name in verbs:
                verbs[full_name] = [method.name for method in service.method]
    return verbs


def _method_named(service: Any, verb: str) -> Any:
    # upb leaves an error behind for what is no Unicode: bytes of a command line
    verb = verb.encode(errors="replace").decode()
    if verb in service.methods_by_name:
        return service.methods_by_name[verb]
    alike = [method for method in service.methods if folded(method.name) == folded(verb)]
    return alike[0] if len(alike) == 1 else None
