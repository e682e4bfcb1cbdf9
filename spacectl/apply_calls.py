"""The servers as manifests see them, and the door to the room that runs these."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from spacectl.errors import InputError, Problem, SpacectlError
from spacectl.resource_type import parse
from spacectl.values import Fields, Items, Node, is_null

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.apply.calls import Method
    from spacectl.apply.run import Done, Order
    from spacectl.config import Environment
    from spacectl.rpc.client import Client

STRUCT = "google.protobuf.Struct"


def apply(app: App, order: Order) -> Done:
    """Checks manifests, then runs or plans them. Raises InputError, TaskError, ConfigError."""
    from spacectl.apply.run import World
    from spacectl.apply.run import apply as run
    from spacectl.nested_environment import in_environment, in_sandbox, once
    from spacectl.parameters import read_bytes

    # a plan is a result, what a run says while it runs is not
    stream = app.stdout if order.planned else app.stderr

    def write(text: str) -> None:
        stream.write(text)
        stream.flush()

    with ExitStack() as stack:

        def nested() -> Mapping[str, str | None]:
            environment = app.connections.environment()
            if environment.is_sandbox and app.options.endpoint is None:
                return in_sandbox(app.connections.endpoints(environment), app.environ, stack)
            return in_environment(app.options.environment)

        world = World(
            ServerCalls(app),
            Output(app),
            app.environ,
            lambda name: read_bytes(name, app.read_stdin, "-f"),
            write,
            once(nested),
            app.colours(stream),
        )
        return run(order, world)


def order(**given: Any) -> Order:
    """What a command line asks for."""
    from spacectl.apply.run import Order

    return Order(**given)


class ServerCalls:
    """Calls by one connection a service, kept as long as the environment stays as it is."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._environment: Environment | None = None
        self._clients: dict[str, Client] = {}
        self._methods: dict[tuple[str, str, str | None], tuple[Method, Any]] = {}

    def renew(self) -> None:
        """Reads the environment again; where it has changed, connections are made anew."""
        environment = self._app.connections.environment()
        if self._environment is not None and environment != self._environment:
            self._clients.clear()
            self._methods.clear()
        self._environment = environment

    def method(self, resource: str, verb: str, version: str | None) -> Method:
        """A verb of a resource. Raises UsageError, ConfigError, CallError."""
        return self._found(resource, verb, version)[0]

    def versions(self, resource: str) -> list[str]:
        """The versions that are served of a resource, newest first."""
        from spacectl.service_names import find_services

        kind = parse(resource)
        names = find_services(self._client(kind.service).source.services(), kind, None)
        return list(dict.fromkeys(part for name in names for part in name.split(".") if _is_version(part)))

    def problems(self, method: Method, request: Fields) -> list[Problem]:
        """What is wrong with a request of which a part is not known."""
        found = self._found(method.resource, method.verb, method.version)[1]
        try:
            self._client(parse(method.resource).service).request(found, request, [])
        except InputError as error:
            unknown = set(_null_places(request))
            return [
                problem
                for problem in error.problems
                if not _from_the_caller(problem)
                and not (problem.where in unknown and problem.message.startswith(("is required", "null ")))
            ]
        return []

    def plain(self, method: Method, request: Fields) -> dict[str, Any]:
        """The request as it would be sent, as plain values. Raises InputError."""
        from spacectl.rpc.decode import Decoder

        found = self._found(method.resource, method.verb, method.version)[1]
        made, _ = self._client(parse(method.resource).service).request(found, request, [])
        plain: dict[str, Any] = Decoder().converter(found.input)(made.message)
        return plain

    def call(self, method: Method, request: Fields, page_size: int | None = None) -> Any:
        """The answer of a call, the rows alone for a list. Raises InputError, CallError."""
        from spacectl.blame import places
        from spacectl.errors import CallError

        found = self._found(method.resource, method.verb, method.version)[1]
        client = self._client(parse(method.resource).service, str(method))
        made, _ = client.request(found, request, [])
        try:
            if page_size is not None and method.lists:
                from spacectl.rpc.pages import PageOptions

                return list(client.paged(found, made, PageOptions(page_size, None), self._app.warn).rows or ())
            answers = list(client.call(found, made.message))
        except CallError as error:
            # one connection serves many calls: what this one was is known here
            hints = (*error.hints, *places(error, request))
            raise CallError(str(method), error.code, error.details, *hints) from None
        if any(answer.rows is not None for answer in answers):
            return [row for answer in answers for row in answer.rows or ()]
        return answers[0].value if len(answers) == 1 else [answer.value for answer in answers]

    def _client(self, service: str, what: str = "") -> Client:
        if service not in self._clients:
            self._clients[service] = self._app.connections.client(service, what or service)
        return self._clients[service]

    def _found(self, resource: str, verb: str, version: str | None) -> tuple[Method, Any]:
        key = (resource, verb, version)
        if key not in self._methods:
            from spacectl.apply.calls import Method

            kind = parse(resource)
            found = self._client(kind.service, f"{verb} {resource}").method(kind, verb, version)
            fields = found.input.fields
            structs = frozenset(
                f.name for f in fields if f.message_type is not None and f.message_type.full_name == STRUCT
            )
            names = tuple(field.name for field in fields)
            if found.lists:
                declared = found.row_fields()
            else:
                declared = (
                    tuple(field.name for field in found.output.fields) if found.output.full_name != STRUCT else None
                )
            rows = None if declared is None else frozenset(declared)
            full = found.path.strip("/").partition("/")[0]
            exact = next((part for part in full.split(".") if _is_version(part)), version)
            self._methods[key] = (Method(resource, found.verb, exact, names, structs, rows, found.lists), found)
        return self._methods[key]


class Output:
    """What a manifest prints on standard output."""

    def __init__(self, app: App) -> None:
        self._app = app

    def show(self, data: Any, output: str) -> None:
        """Prints a value."""
        printer = self._app.printer(output)
        if isinstance(data, list) and output in ("csv", "table") and all(isinstance(row, dict) for row in data):
            printer.listing(data, {}, None)
        elif isinstance(data, dict) or output not in ("csv", "table"):
            printer.document(data)
        else:
            self._app.stdout.write(f"{data}\n")
        self._app.stdout.flush()

    def text(self, data: Any, output: str) -> str:
        """A value as the text of a file. Raises SpacectlError."""
        if output == "yaml":
            from spacectl.yaml_io import dump

            return dump(data)
        if output == "csv":
            rows = data if isinstance(data, list) else [data]
            if not all(isinstance(row, dict) for row in rows):
                raise SpacectlError("CSV is for rows: a list of mappings is due")
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            return out.getvalue()
        import json

        return json.dumps(data, ensure_ascii=False, indent=4) + "\n"


def _is_version(part: str) -> bool:
    return part[:1] == "v" and part[1:2].isdecimal()


def _null_places(node: Node) -> Iterator[str]:
    """The places of all nulls of a tree, and of the keys that they stand under."""
    if isinstance(node, Fields):
        for entry in node.entries.values():
            if is_null(entry.value):
                yield from (str(entry.where), str(entry.value.where))
            yield from _null_places(entry.value)
    elif isinstance(node, Items):
        for item in node.items:
            yield from _null_places(item)


def _from_the_caller(problem: Problem) -> bool:
    """Whether it is a field that servers take from the caller's token where it is not given."""
    return problem.path in ("domain_id", "workspace_id") and problem.message.startswith("is required")
