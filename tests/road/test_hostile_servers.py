"""Whatever a server sends: nothing commands the terminal, nothing is written outside, all ends in bounded time."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2
from peers.command import Result, Spacectl
from peers.protosets import Api
from peers.server import Exchange, Server, serve
from test_reflection_in_the_field import described, dish_file, reflecting

Run = Callable[..., Result]
Response = reflection_pb2.ServerReflectionResponse
EVIL = "a\x1b[2J\x1b]0;title\x07\x9b31m\x7fb"


def answering(api: Api, path: str, *answers: bytes) -> Any:
    """A server that gives these bytes to a call."""

    def say(exchange: Exchange) -> Iterator[Message]:
        list(exchange.requests)
        for answer in answers:
            reply = exchange.reply()
            reply.MergeFromString(answer)
            yield reply

    return serve(api, {path: say})


@pytest.mark.parametrize("output", ["table", "csv", "quiet", "jsonl", "json", "yaml", "name"])
@pytest.mark.parametrize("terminal", [False, True])
def test_escape_sequences_are_made_visible_and_json_and_yaml_lose_nothing(
    terminal: bool, output: str, kitchen_api: Api, spacectl: Spacectl
) -> None:
    row = {"dish_id": EVIL}
    answer = kitchen_api.message("kitchen.v1.RowsReply", {"results": [row], "total_count": 1}).SerializeToString()
    with answering(kitchen_api, "kitchen.v1.Dish/list", answer) as server:
        result = spacectl(
            "list", "kitchen.Dish", "-o", output, "--endpoint", server.endpoint, tty=terminal and ("stdout",)
        )
    assert result.status == 0
    assert not [
        c
        for c in result.out
        if (ord(c) < 32 and c not in "\r\n") or (127 <= ord(c) < 160 and (terminal or output not in ("json", "jsonl")))
    ]
    if output == "yaml":
        assert yaml.safe_load(result.out)["results"] == [row]
    elif output == "json":
        assert json.loads(result.out)["results"] == [row]


def test_white_space_and_other_scripts_stay_as_they_are_in_a_pipe(kitchen_api: Api, spacectl_inprocess: Run) -> None:
    text = "a\tb\nc\u200f한"
    answer = kitchen_api.message("kitchen.v1.RowsReply", {"results": [{"dish_id": text}]}).SerializeToString()
    with answering(kitchen_api, "kitchen.v1.Dish/list", answer) as server:
        result = spacectl_inprocess("list", "kitchen.Dish", "-o", "csv", "-c", "dish_id", "--endpoint", server.endpoint)
    assert list(csv.reader(io.StringIO(result.out, newline="")))[1] == [text]


def nested(depth: int) -> bytes:
    """A kitchen.v1.Everything with so many of itself inside each other."""
    data = b""
    for _ in range(depth):
        size, length = len(data), b""
        while size > 0x7F:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        data = b"\x9a\x01" + length + bytes([size]) + data
    return data


@pytest.mark.parametrize("more", [(), ("--show-unknown",), ("--emit-defaults",), ("-V",)])
@pytest.mark.parametrize("depth", [90, 5_000])
def test_a_message_that_is_nested_too_deep_is_one_clear_error(
    depth: int, more: tuple[str, ...], kitchen_api: Api, spacectl_inprocess: Run
) -> None:
    raw = nested(depth)

    def handler(request: bytes, context: grpc.ServicerContext) -> bytes:
        return raw

    from concurrent.futures import ThreadPoolExecutor

    from peers.reflection import reflection_handlers

    handlers = reflection_handlers(kitchen_api, "v1", ["kitchen.v1.Kitchen"], transitive=True, record=lambda *_: None)
    echo = {"Echo": grpc.unary_unary_rpc_method_handler(handler)}
    handlers.append(grpc.method_handlers_generic_handler("kitchen.v1.Kitchen", echo))
    server = grpc.server(ThreadPoolExecutor(8), handlers, options=[("grpc.so_reuseport", 0)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        began = time.monotonic()
        line = ("exec", "Echo", "kitchen.Kitchen", "-o", "json", "--endpoint", f"grpc://127.0.0.1:{port}", *more)
        result = spacectl_inprocess(*line)
        assert time.monotonic() - began < 20
    finally:
        server.stop(0).wait()
    assert result.status == (0 if depth < 100 else 77), result.err
    assert "internal error" not in result.err
    if depth > 100:
        assert "cannot be read" in result.err


@pytest.mark.parametrize(
    "more", [("-V",), ("--from", "-"), ("--from", "-", "--journal", "j")], ids=lambda more: more[-1]
)
def test_an_ok_without_an_answer_is_a_failure(
    more: tuple[str, ...], kitchen_protoset: Path, spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.chdir(home)
    # a handler of a stream that sends nothing, for a verb that answers once
    nothing = {"Echo": grpc.unary_stream_rpc_method_handler(lambda request, context: iter(()))}
    handlers = [grpc.method_handlers_generic_handler("kitchen.v1.Kitchen", nothing)]
    server = grpc.server(ThreadPoolExecutor(2), handlers, options=[("grpc.so_reuseport", 0)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        to = ("--endpoint", f"grpc://127.0.0.1:{port}", "--protoset", str(kitchen_protoset))
        result = spacectl_inprocess("exec", "Echo", "kitchen.Kitchen", *to, *more, stdin='{"string_value": "a"}\n')
    finally:
        server.stop(0).wait()
    assert (result.status, result.out) == (77, "")
    assert "the server says OK, and gives no answer" in result.err


def test_a_list_of_too_many_services_is_refused(spacectl_inprocess: Run) -> None:
    names = [f"kitchen.v1.Service{number}" for number in range(150_000)]
    with reflecting(lambda request: described([dish_file()]), names) as endpoint:
        began = time.monotonic()
        result = spacectl_inprocess("list", "kitchen.Dish", "--endpoint", endpoint)
        assert time.monotonic() - began < 30
    assert result.status == 72
    assert "more than 100,000 services" in result.err


@pytest.mark.parametrize("name", ["../../../../escaped", "/tmp/escaped", "a/../../../escaped", "x" * 5000, "\0.Dish"])
def test_names_with_path_separators_stay_inside_the_cache(name: str, home: Path, spacectl_inprocess: Run) -> None:
    before = {path for path in home.parent.rglob("*") if ".cache" not in path.parts}
    file = dish_file(name=name if name.isprintable() and len(name) < 100 else "dish.proto")
    with reflecting(lambda request: described([file]), [f"{name}.Dish", "kitchen.v1.Dish"]) as endpoint:
        result = spacectl_inprocess("list", "kitchen.v1.Dish", "--endpoint", endpoint)
        again = spacectl_inprocess("list", "kitchen.v1.Dish", "--endpoint", endpoint)
    assert result.status == again.status == 0, result.err
    assert {path for path in home.parent.rglob("*") if ".cache" not in path.parts} == before
    assert not Path("/tmp/escaped").exists()


def test_a_file_that_is_given_twice_and_differently_counts_once(spacectl_inprocess: Run) -> None:
    other = FileDescriptorProto(name="dish.proto", package="other")
    with reflecting(lambda request: described([dish_file(), other]), ["kitchen.v1.Dish"]) as endpoint:
        assert spacectl_inprocess("list", "kitchen.Dish", "--endpoint", endpoint).status == 0


def test_a_huge_file_of_descriptors_ends_in_bounded_time(spacectl_inprocess: Run) -> None:
    file = dish_file()
    for number in range(30_000):
        file.message_type.add(name=f"Message{number}").field.add(name="x", number=1, type=9, label=1)
    with reflecting(lambda request: described([file]), ["kitchen.v1.Dish"]) as endpoint:
        began = time.monotonic()
        result = spacectl_inprocess("list", "kitchen.Dish", "--endpoint", endpoint)
        assert time.monotonic() - began < 30
    assert result.status == 0


def test_an_any_in_an_any_without_end_is_shown_as_far_as_it_goes(kitchen_api: Api, spacectl_inprocess: Run) -> None:
    message = kitchen_api.message("kitchen.v1.Everything")
    for _ in range(60):
        outer = kitchen_api.message("kitchen.v1.Everything")
        outer.any.Pack(message)
        message = outer
    with answering(kitchen_api, "kitchen.v1.Kitchen/Echo", message.SerializeToString()) as server:
        result = spacectl_inprocess("exec", "Echo", "kitchen.Kitchen", "-o", "json", "--endpoint", server.endpoint)
    assert result.status == 0
    assert json.loads(result.out)["any"]["any"]["@type"].endswith("kitchen.v1.Everything")


def test_an_endless_stream_ends_with_its_reader(kitchen: Server, spacectl: Spacectl) -> None:
    process = spacectl.start(
        *("exec", "Count", "kitchen.Kitchen", "-p", "count=2000000000", "-o", "jsonl"),
        env={"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint},
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == b'{"number":1}\n'
        began = time.monotonic()
        process.stdout.close()
        assert process.wait(20) == 141
        assert time.monotonic() - began < 10
        assert process.stderr
        assert process.stderr.read() == b""


def test_endless_answers_of_reflection_are_not_waited_for(kitchen_api: Api, spacectl_inprocess: Run) -> None:
    def storm(requests: Any, context: grpc.ServicerContext) -> Iterator[Response]:
        for request in requests:
            response = Response()
            if request.HasField("list_services"):
                response.list_services_response.service.add(name="kitchen.v1.Dish")
            else:
                response = described([dish_file()])
            while context.is_active():
                yield response

    from concurrent.futures import ThreadPoolExecutor

    stream = grpc.stream_stream_rpc_method_handler(
        storm,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=Response.SerializeToString,
    )
    name = "grpc.reflection.v1.ServerReflection"
    handlers = [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": stream})]
    server = grpc.server(ThreadPoolExecutor(8), handlers, options=[("grpc.so_reuseport", 0)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        began = time.monotonic()
        result = spacectl_inprocess("list", "kitchen.Dish", "--endpoint", f"grpc://127.0.0.1:{port}", "--timeout", "5")
        assert time.monotonic() - began < 15
    finally:
        server.stop(0).wait()
    assert 64 <= result.status <= 80
    assert "internal error" not in result.err
