"""What the tests ask of the server under test; the room that speaks gRPC has it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from spacectl.values import Fields


class Item(Protocol):
    """One message of a stream; see spacectl.rpc.item."""

    size: int

    def around(self, struct: str) -> Hashable:
        """What is the same for messages that have the same in all fields but one Struct; None where it is not known."""

    def scalar(self, name: str) -> Any:
        """The value of a scalar field."""

    def data(self, name: str) -> Hashable:
        """What a Struct was read from, None where there is no such field."""

    def mapping(self, name: str) -> Any:
        """The plain value of a Struct."""

    def kind(self, struct: str, path: str) -> str:
        """What stands at a path in a Struct."""

    def kinds(self, struct: str) -> dict[str, str]:
        """What stands in each field of a Struct itself; a text without characters is `empty`."""

    def outline(self, struct: str) -> int:
        """A number that is the same for Structs whose own fields have the same names and kinds."""

    def values(self, struct: str, paths: Iterable[str]) -> dict[str, Any]:
        """The plain values at paths in a Struct, None where there is none."""

    def texts(self, struct: str, paths: tuple[str, ...]) -> list[str | None]:
        """The values at paths in a Struct as texts, None where there is none and where it is empty."""

    def fingerprint(self, struct: str, name: str) -> int | None:
        """A hash of a field of a Struct itself, the same for the same content."""

    def plain(self) -> Any:
        """The whole message as plain values."""

    def unknown(self) -> tuple[int, ...]:
        """The numbers of fields that nobody declared."""

    def has(self, name: str) -> bool:
        """Whether a field is there and not empty."""


class FieldShape(Protocol):
    """A field as the server declares it."""

    @property
    def number(self) -> int:
        """Its number on the wire."""

    @property
    def type(self) -> str:
        """A scalar's name, `enum`, or the full name of a message."""

    @property
    def repeated(self) -> bool:
        """Whether it is a list."""


class Rpc(Protocol):
    """An RPC as the server declares it."""

    @property
    def request(self) -> Mapping[str, FieldShape]:
        """The fields of the request."""

    @property
    def response(self) -> Mapping[str, FieldShape]:
        """The fields of the response."""

    @property
    def client_streaming(self) -> bool:
        """Whether it takes a stream."""

    @property
    def streaming(self) -> bool:
        """Whether it answers with a stream."""


class Reply(Protocol):
    """The answer of a unary call."""

    @property
    def value(self) -> Any:
        """As plain values."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def unknown(self) -> tuple[int, ...]:
        """The numbers of fields that nobody declared."""

    @property
    def seconds(self) -> float:
        """How long it took."""


class Target(Protocol):
    """The server under test; see spacectl.rpc.probe. What calls raises CallError; deadlines are in seconds."""

    address: str
    url: str

    def services(self) -> list[str]:
        """The full names of all services."""

    def rpcs(self, service: str) -> Mapping[str, Any]:
        """The RPCs of a service."""

    def check(self, rpc: Any, request: Fields) -> None:
        """Raises InputError where a request does not fit."""

    def call(self, rpc: Any, request: Fields, deadline: float | None) -> Reply:
        """The answer of a unary call."""

    def stream(self, rpc: Any, request: Fields, gap: float | None, *, closely: bool = False) -> Iterator[Item]:
        """The messages of a stream, `closely` where most fields of each will be asked for."""

    def lives(self, patience: float) -> bool:
        """Whether the server still takes calls, asked for so many seconds."""
