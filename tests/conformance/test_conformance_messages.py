"""The messages of protobuf's own conformance tests come back through the command as json_format has them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as F
from google.protobuf.message import Message
from grpc_tools import protoc
from peers.command import Result
from peers.protosets import Api, read_api
from peers.server import Server, serve

Run = Callable[..., Result]
PROTO = Path(__file__).parent / "proto"
SYNTAXES = ("Proto2", "Proto3", "Edition2023", "Proto2Editions", "Proto3Editions")
RANDOM_MESSAGES = 60
INTEGERS = {
    **dict.fromkeys((F.TYPE_INT32, F.TYPE_SINT32, F.TYPE_SFIXED32), (-(1 << 31), -1, 1, (1 << 31) - 1)),
    **dict.fromkeys((F.TYPE_INT64, F.TYPE_SINT64, F.TYPE_SFIXED64), (-(1 << 63), -1, (1 << 53) + 1, (1 << 63) - 1)),
    **dict.fromkeys((F.TYPE_UINT32, F.TYPE_FIXED32), (1, (1 << 32) - 1)),
    **dict.fromkeys((F.TYPE_UINT64, F.TYPE_FIXED64), (1, (1 << 64) - 1)),
}
TEXTS = ("", "x", "한국어 🌍", 'a"b\\c', "1.0", "null", "\x00\x1f\x7f", " x ", "- y: z", "2024-01-01")
DOUBLES = (0.1, -0.0, 1e300, 5e-324, math.inf, -math.inf, math.nan, 2.0**53)
FLOATS = (0.5, -1.5, 3.3895313892515355e38, 1.401298464324817e-45, math.inf, math.nan)


@pytest.fixture(scope="session")
def echo_api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    output = tmp_path_factory.mktemp("conformance") / "echo.protoset"
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    options = [f"-I{PROTO}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={output}"]
    assert protoc.main(["protoc", *options, "conformance_echo.proto"]) == 0
    return read_api(output)


@pytest.fixture(scope="session")
def echo_server(echo_api: Api) -> Iterator[Server]:
    def echo(exchange: Any) -> Iterator[Message]:
        yield from exchange.requests

    with serve(echo_api, {f"conformance.v1.Echo/{name}": echo for name in SYNTAXES}, reflection="v1") as server:
        yield server


class Maker:
    """Makes messages, the same ones in every run."""

    def __init__(self, api: Api, seed: str) -> None:
        self.api = api
        self.dice = random.Random(seed)

    def new(self, descriptor: Any) -> Message:
        return message_factory.GetMessageClass(descriptor)()

    def one_by_one(self, descriptor: Any) -> Iterator[Message]:
        """A message for each field and extension, with that field alone."""
        yield self.new(descriptor)
        for field in self.fields(descriptor):
            message = self.new(descriptor)
            self.set(message, field, 1)
            yield message

    def several(self, descriptor: Any, depth: int = 0) -> Message:
        message = self.new(descriptor)
        fields = self.fields(descriptor)
        for field in self.dice.sample(fields, min(len(fields), self.dice.randint(1, 9))):
            self.set(message, field, depth + 1)
        return message

    def fields(self, descriptor: Any) -> list[Any]:
        return [*descriptor.fields, *self.api.pool.FindAllExtensions(descriptor)]

    def set(self, message: Message, field: Any, depth: int) -> None:
        target = message.Extensions[field] if field.is_extension else getattr(message, field.name)
        inner = field.message_type
        if inner is not None and inner.GetOptions().map_entry:
            for _ in range(2):
                key = self.scalar(inner.fields_by_name["key"])
                value = inner.fields_by_name["value"]
                if value.message_type is not None:
                    self.fill(target[key], depth)
                else:
                    target[key] = self.scalar(value)
        elif field.is_repeated:
            for _ in range(2):
                if inner is not None:
                    self.fill(target.add(), depth)
                else:
                    target.append(self.scalar(field))
        elif inner is not None:
            target.SetInParent()
            self.fill(target, depth)
        elif field.is_extension:
            message.Extensions[field] = self.scalar(field)
        else:
            setattr(message, field.name, self.scalar(field))

    def scalar(self, field: Any) -> Any:
        if field.type in INTEGERS:
            return self.dice.choice(INTEGERS[field.type])
        if field.type == F.TYPE_ENUM:
            numbers = [value.number for value in field.enum_type.values]
            # null has no number but 0
            known = field.enum_type.is_closed or len(numbers) == 1
            return self.dice.choice(numbers if known else [*numbers, 1234])
        choices: dict[int, tuple[Any, ...]] = {
            F.TYPE_BOOL: (True, False),
            F.TYPE_STRING: TEXTS,
            F.TYPE_BYTES: (b"", b"\x00\xff", b"text"),
            F.TYPE_DOUBLE: DOUBLES,
            F.TYPE_FLOAT: FLOATS,
        }
        return self.dice.choice(choices[field.type])

    def fill(self, message: Message, depth: int) -> None:
        descriptor = message.DESCRIPTOR
        dice = self.dice
        match descriptor.full_name:
            case "google.protobuf.Timestamp":
                message.seconds, message.nanos = dice.choice([(-62135596800, 0), (253402300799, 999999999), (1, 1000)])
            case "google.protobuf.Duration":
                message.seconds, message.nanos = dice.choice([(-315576000000, -1), (0, 500000000), (3, 0)])
            case "google.protobuf.FieldMask":
                message.paths.extend(dice.choice([[], ["a_b", "c.d_e"]]))
            case "google.protobuf.Struct":
                json_format.Parse('{"a": [1.25, "x", null, {"b": 0.5}], "c": true}', message)
            case "google.protobuf.Value":
                json_format.Parse(dice.choice(["null", '"x"', "1.5", "[]", '{"a": {}}']), message)
            case "google.protobuf.ListValue":
                json_format.Parse('[1.25, [], "x"]', message)
            case "google.protobuf.Any":
                inner = self.new(self.api.pool.FindMessageTypeByName("google.protobuf.Duration"))
                inner.seconds = 3
                message.Pack(inner)
            case _:
                if depth < 3:
                    message.MergeFrom(self.several(descriptor, depth))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_each_field_and_many_together_are_echoed_as_json_format_has_them(
    syntax: str, echo_api: Api, echo_server: Server, spacectl_inprocess: Run
) -> None:
    descriptor = echo_api.method(f"conformance.v1.Echo/{syntax}").input_type
    maker = Maker(echo_api, syntax)
    messages = [*maker.one_by_one(descriptor), *(maker.several(descriptor) for _ in range(RANDOM_MESSAGES))]
    sent = [echo_api.as_dict(message) for message in messages]
    echo_server.forget()
    result = spacectl_inprocess(
        *("--endpoint", echo_server.endpoint, "exec", syntax, "conformance.Echo", "--from", "-", "-o", "jsonl"),
        stdin="".join(json.dumps(one) + "\n" for one in sent),
    )
    assert (result.status, result.err) == (0, "")
    assert [call.requests[0] for call in echo_server.calls] == sent
    assert len(sent) > 100
    for line, message in zip(result.out.splitlines(), messages, strict=True):
        back = json_format.Parse(line, maker.new(descriptor), descriptor_pool=echo_api.pool)
        assert echo_api.as_dict(back) == echo_api.as_dict(message)
