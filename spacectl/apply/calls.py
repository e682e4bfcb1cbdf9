"""What a run needs of the servers: handed in, so that this room knows nothing of gRPC."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from spacectl.errors import Problem
from spacectl.values import Fields


class Method(NamedTuple):
    """A verb of a resource in one version of its API.

    `row_fields` are the names that a row, or the answer itself, declares, None where it declares none; `structs` are
    the request's fields that hold free keys and values.
    """

    resource: str
    verb: str
    version: str | None
    request_fields: tuple[str, ...]
    structs: frozenset[str]
    row_fields: frozenset[str] | None
    lists: bool

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


class Calls(Protocol):
    """The servers of an environment."""

    def method(self, resource: str, verb: str, version: str | None) -> Method:
        """A verb of a resource, the newest version of it for None. Raises UsageError, ConfigError, CallError."""
        ...

    def versions(self, resource: str) -> list[str]:
        """The versions that are served of a resource, newest first. Raises UsageError, ConfigError, CallError."""
        ...

    def problems(self, method: Method, request: Fields) -> list[Problem]:
        """What is wrong with a request that is known in part; null stands for what is not known yet."""
        ...

    def plain(self, method: Method, request: Fields) -> dict[str, Any]:
        """The request as it would be sent, as plain values. Raises InputError."""
        ...

    def call(self, method: Method, request: Fields, page_size: int | None = None) -> Any:
        """The answer, the rows alone for a list. Raises InputError, CallError."""
        ...

    def renew(self) -> None:
        """Reads the environment again: a task may have changed it. Raises ConfigError."""
        ...


class Printer(Protocol):
    """Where a manifest's own output goes."""

    def show(self, data: Any, output: str) -> None:
        """Prints a value on standard output as json, yaml, csv or table."""
        ...

    def text(self, data: Any, output: str) -> str:
        """The same as a text, for a file."""
        ...
