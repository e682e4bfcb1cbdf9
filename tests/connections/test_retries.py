"""Calls that are made again, and calls that never are."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from shlex import split as words
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.message import Message
from makeshift import closed_port
from peers.command import Result, Spacectl
from peers.protosets import Api, api_from
from peers.server import Exchange, Server, serve

Run = Callable[..., Result]
VERBS = ("get", "list", "stat", "analyze", "peek", "put", "create")


@pytest.fixture(scope="module")
def shop_api() -> Api:
    """A resource with verbs of all kinds: `peek` has no side effects by its descriptor, `put` is idempotent by it."""
    file = descriptor_pb2.FileDescriptorProto(name="shop.proto", package="shop.v1", syntax="proto3")
    message = file.message_type.add(name="Text")
    message.field.add(name="text", number=1, type=9, label=1)
    service = file.service.add(name="Shelf")
    for name in VERBS:
        method = service.method.add(name=name, input_type=".shop.v1.Text", output_type=".shop.v1.Text")
        if name in ("peek", "put"):
            method.options.idempotency_level = {"peek": 1, "put": 2}[name]
    service.method.add(name="watch", input_type=".shop.v1.Text", output_type=".shop.v1.Text", server_streaming=True)
    return api_from(descriptor_pb2.FileDescriptorSet(file=[file]))


class Failing:
    """Fails so many times, then answers; keeps the moments of the calls."""

    def __init__(self, times: int, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE, trailers: Any = ()) -> None:
        self.left = times
        self.code = code
        self.trailers = trailers
        self.moments: list[float] = []

    def __call__(self, exchange: Exchange) -> Iterator[Message]:
        self.moments.append(time.monotonic())
        request = next(exchange.requests)
        if self.left:
            self.left -= 1
            exchange.context.set_trailing_metadata(self.trailers)
            exchange.context.abort(self.code, "the kitchen is closed")
        yield exchange.reply(text=request.text)


Ask = Callable[..., tuple[Result, int]]


@pytest.fixture
def ask(shop_api: Api, spacectl_inprocess: Run) -> Ask:
    """The result of a call of a server that fails, and how often it was called."""

    def run(verb: str, failing: Failing, *arguments: str) -> tuple[Result, int]:
        with serve(shop_api, {f"shop.v1.Shelf/{verb}": failing}) as server:
            line = f"exec {verb} shop.v1.Shelf -p text=a -o json"
            result = spacectl_inprocess(*words(line), *arguments, "--endpoint", server.endpoint)
        return result, len(failing.moments)

    return run


@pytest.mark.parametrize("verb", [*VERBS, "watch"])
def test_what_reads_is_tried_again_and_what_writes_is_not(verb: str, ask: Ask) -> None:
    result, calls = ask(verb, Failing(2))
    if verb in ("create", "watch"):
        assert (result.status, calls) == (78, 1)
        assert result.err == f"error: {verb} shop.v1.Shelf: the kitchen is closed (UNAVAILABLE)\n"
    else:
        assert (result.status, result.err, calls) == (0, "", 3)
        assert json.loads(result.out) == {"text": "a"}


@pytest.mark.parametrize("verb", ["create", "watch"])
def test_a_write_is_tried_again_where_the_user_says_that_it_may_be(verb: str, ask: Ask) -> None:
    result, calls = ask(verb, Failing(2), "--idempotent")
    assert (result.status, calls) == (0, 3)


@pytest.mark.parametrize(("retries", "calls"), [("0", 1), ("1", 2), ("2", 3), ("4", 5)])
def test_there_are_no_more_attempts_than_that(retries: str, calls: int, ask: Ask) -> None:
    result, made = ask("get", Failing(9), "--retries", retries, "--timeout", "20")
    assert (result.status, made) == (78, calls)


@pytest.mark.parametrize(
    "code", [code for code in grpc.StatusCode if code not in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE)]
)
def test_no_other_status_is_tried_again(code: grpc.StatusCode, ask: Ask) -> None:
    result, calls = ask("get", Failing(1, code))
    assert (result.status, calls) == (64 + code.value[0], 1)


def test_attempts_are_apart_and_end_before_the_deadline(ask: Ask) -> None:
    failing = Failing(9)
    ask("get", failing)
    first, second, third = failing.moments
    assert second - first > 0.1
    assert third - second > 0.25
    failing = Failing(99)
    began = time.monotonic()
    result, calls = ask("get", failing, "--retries", "50", "--timeout", "2")
    assert time.monotonic() - began < 4
    assert (result.status, calls > 1) == (78, True)


def retry_info(seconds: float) -> tuple[tuple[str, bytes], ...]:
    """The trailer with google.rpc.RetryInfo, by its field numbers."""
    nanos = int(seconds * 1_000_000_000) % 1_000_000_000
    duration = b"\x08" + _varint(int(seconds)) + b"\x10" + _varint(nanos)
    info = b"\x0a" + _varint(len(duration)) + duration
    name = b"type.googleapis.com/google.rpc.RetryInfo"
    packed = b"\x0a" + _varint(len(name)) + name + b"\x12" + _varint(len(info)) + info
    return (("grpc-status-details-bin", b"\x08\x0e\x1a" + _varint(len(packed)) + packed),)


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes((number & 127 | 128,))
        number >>= 7
    return out + bytes((number,))


def test_the_server_says_when(ask: Ask) -> None:
    failing = Failing(1, trailers=retry_info(0.9))
    result, calls = ask("get", failing)
    assert (result.status, calls) == (0, 2)
    assert failing.moments[1] - failing.moments[0] >= 0.9
    failing = Failing(1, trailers=(("grpc-retry-pushback-ms", "700"),))
    ask("get", failing)
    assert failing.moments[1] - failing.moments[0] >= 0.7


def test_later_than_the_deadline_is_never(ask: Ask) -> None:
    began = time.monotonic()
    result, calls = ask("get", Failing(1, trailers=retry_info(60)), "--timeout", "5")
    assert (result.status, calls) == (78, 1)
    assert "hint: try again in 60 s" in result.err
    assert ask("get", Failing(1, trailers=(("grpc-retry-pushback-ms", "-1"),)))[1] == 1
    assert time.monotonic() - began < 5


def test_a_stream_that_has_begun_is_not_begun_again(shop_api: Api, spacectl_inprocess: Run) -> None:
    calls = []

    def breaking(exchange: Exchange) -> Iterator[Message]:
        calls.append(1)
        yield exchange.reply(text="first")
        exchange.context.abort(grpc.StatusCode.UNAVAILABLE, "gone")

    with serve(shop_api, {"shop.v1.Shelf/watch": breaking}) as server:
        result = spacectl_inprocess(
            *words("exec watch shop.v1.Shelf -o jsonl --idempotent"), "--endpoint", server.endpoint
        )
    assert (result.status, result.out, len(calls)) == (78, '{"text":"first"}\n', 1)


@pytest.mark.parametrize("verb", ["get", "create"])
def test_a_server_that_is_just_starting_is_waited_for_by_reads_and_writes(
    verb: str, shop_api: Api, spacectl_inprocess: Run
) -> None:
    port = closed_port()
    failing = Failing(0)
    ready = threading.Event()

    def later() -> None:
        time.sleep(0.15)
        with serve(shop_api, {f"shop.v1.Shelf/{verb}": failing}, listen=f"127.0.0.1:{port}"):
            ready.wait(20)

    thread = threading.Thread(target=later)
    thread.start()
    try:
        line = f"exec {verb} shop.v1.Shelf -p text=a --retries 5"
        result = spacectl_inprocess(*words(line), "--endpoint", f"grpc://127.0.0.1:{port}")
    finally:
        ready.set()
        thread.join(20)
    assert (result.status, len(failing.moments)) == (0, 1)


def test_a_dead_address_is_told_soon_all_the_same(spacectl_inprocess: Run) -> None:
    began = time.monotonic()
    result = spacectl_inprocess(
        *words("get kitchen.v1.Dish -p dish_id=x --retries 50 --endpoint"), f"grpc://127.0.0.1:{closed_port()}"
    )
    assert result.status == 78
    assert time.monotonic() - began < 5


def test_pages_and_batches_are_tried_again_too(
    kitchen_api: Api, shop_api: Api, spacectl_inprocess: Run, kitchen: Server
) -> None:
    failing = Failing(2)
    with serve(shop_api, {"shop.v1.Shelf/get": failing, "shop.v1.Shelf/create": failing}) as server:
        documents = "".join(f"---\ntext: t{number}\n" for number in range(6))
        line = "exec {} shop.v1.Shelf -f - -o jsonl --parallel 3"
        result = spacectl_inprocess(*words(line.format("get")), "--endpoint", server.endpoint, stdin=documents)
        assert (result.status, len(failing.moments)) == (0, 8)
        assert [json.loads(one)["text"] for one in result.out.splitlines()] == [f"t{number}" for number in range(6)]
        failing.left = 1
        result = spacectl_inprocess(*words(line.format("create")), "--endpoint", server.endpoint, stdin=documents)
        assert result.status == 78


def test_pages_are_tried_again(kitchen_api: Api, spacectl_inprocess: Run) -> None:
    from peers.kitchen import BEHAVIOURS, rows

    failures = iter([True, False, True, False, False, False])

    def sometimes(exchange: Exchange) -> Iterator[Message]:
        if next(failures):
            exchange.context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        yield from rows(exchange)

    with serve(kitchen_api, {**BEHAVIOURS, "kitchen.v1.Dish/list": sometimes}) as server:
        line = "list kitchen.v1.Dish -p rows=30 --all-pages --page-size 20 -o jsonl"
        result = spacectl_inprocess(*words(line), "--endpoint", server.endpoint)
    assert (result.status, result.out.count("\n")) == (0, 30)


def test_an_interrupt_ends_the_wait_for_the_next_attempt(shop_api: Api, spacectl: Spacectl) -> None:
    failing = Failing(9, trailers=retry_info(60))
    with serve(shop_api, {"shop.v1.Shelf/get": failing}) as server:
        process = spacectl.start(*words("exec get shop.v1.Shelf -p text=a --endpoint"), server.endpoint)
        deadline = time.monotonic() + 20
        while not failing.moments and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_an_interrupt_cancels_the_call_on_the_server(kitchen_api: Api, spacectl: Spacectl) -> None:
    cancelled, begun = threading.Event(), threading.Event()

    def hang(exchange: Exchange) -> Iterator[Message]:
        exchange.context.add_callback(cancelled.set)
        begun.set()
        cancelled.wait(20)
        yield exchange.reply(number=1)

    with serve(kitchen_api, {"kitchen.v1.Kitchen/Hang": hang}) as server:
        process = spacectl.start(*words("exec Hang kitchen.v1.Kitchen --endpoint"), server.endpoint)
        assert begun.wait(20)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert cancelled.wait(5)
    assert process.returncode == 130
