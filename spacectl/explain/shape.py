"""What an API offers, as plain data: resources, verbs, messages, fields, and what is known of each in prose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Label = Literal["single", "list", "map"]
# messages and enums of Google's that are written in a form of their own
WELL_KNOWN: Mapping[str, str] = MappingProxyType(
    {
        "google.protobuf.Struct": "object",
        "google.protobuf.Value": "any value",
        "google.protobuf.ListValue": "list",
        "google.protobuf.NullValue": "null",
        "google.protobuf.Timestamp": "timestamp",
        "google.protobuf.Duration": "duration",
        "google.protobuf.FieldMask": "field names",
        "google.protobuf.Any": "any message",
        "google.protobuf.Empty": "nothing",
        "google.protobuf.DoubleValue": "double",
        "google.protobuf.FloatValue": "float",
        "google.protobuf.Int64Value": "int64",
        "google.protobuf.UInt64Value": "uint64",
        "google.protobuf.Int32Value": "int32",
        "google.protobuf.UInt32Value": "uint32",
        "google.protobuf.BoolValue": "bool",
        "google.protobuf.StringValue": "string",
        "google.protobuf.BytesValue": "bytes",
    }
)


@dataclass(frozen=True)
class EnumValue:
    """One name of an enum."""

    name: str
    number: int
    prose: str = ""


@dataclass(frozen=True)
class Field:
    """One field of a message.

    `item` is the type of its value (of an item of a list, of a value of a map) in the words of a user: `string`,
    `object`, the name of an enum or message. `message` is the full name of a message whose fields are known, else
    nothing. `required` is None where nobody says. `key` is the type of a map's keys.
    """

    name: str
    number: int
    label: Label
    item: str
    json_name: str = ""
    key: str = ""
    message: str = ""
    enum: Sequence[EnumValue] = ()
    oneof: str = ""
    required: bool | None = None
    deprecated: bool = False
    default: str = ""
    prose: str = ""
    example: str = ""

    @property
    def type(self) -> str:
        """The type in words: `string`, `list of int32`, `map of string to object`, `State`."""
        match self.label:
            case "list":
                return f"list of {self.item}"
            case "map":
                return f"map of {self.key} to {self.item}"
        return self.item

    @property
    def choices(self) -> str:
        """The names of an enum as `A|B|C`, nothing for other types."""
        return "|".join(value.name for value in self.enum)


@dataclass(frozen=True)
class Message:
    """A type of message: `name` is its full name, `words` what a user calls it."""

    name: str
    words: str
    fields: Sequence[Field] = ()
    prose: str = ""
    example: str = ""


@dataclass(frozen=True)
class Verb:
    """One verb of a resource; `request` and `response` are full names of messages."""

    name: str
    service: str
    request: str
    response: str
    client_streaming: bool = False
    server_streaming: bool = False
    prose: str = ""
    deprecated: bool = False

    @property
    def kind(self) -> str:
        """Which sides stream, in words; nothing for a plain call."""
        match self.client_streaming, self.server_streaming:
            case True, True:
                return "streams both ways"
            case True, False:
                return "stream of requests"
            case False, True:
                return "stream of answers"
        return ""


@dataclass(frozen=True)
class Method:
    """A verb with every message that can be reached from it, by full name."""

    verb: Verb
    messages: Mapping[str, Message] = field(repr=False)

    @property
    def request(self) -> Message:
        """What it takes."""
        return self.messages[self.verb.request]

    @property
    def response(self) -> Message:
        """What it answers."""
        return self.messages[self.verb.response]


@dataclass(frozen=True)
class Resource:
    """A gRPC service: its full name and its verbs in declared order."""

    name: str
    verbs: Sequence[Verb]
    prose: str = ""


def summary(prose: str) -> str:
    """The first sentence of a prose."""
    first = prose.partition("\n")[0]
    end = re.search(r"[.!?](?=\s+[A-Z`(])|。", first)
    return first[: end.end()] if end else first
