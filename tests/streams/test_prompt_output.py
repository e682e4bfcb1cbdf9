"""What a stream sends is seen as it arrives, and is not flushed once for each message."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from peers.command import Result, Spacectl
from peers.server import Exchange, Server, serve

from spacectl.cli import READER_GONE, run
from spacectl.flushing import SOON, Flushing

BARE = """
import grpc, sys
stream = grpc.insecure_channel(sys.argv[1]).unary_stream("/grpc.testing.TestService/StreamingOutputCall")
assert sum(1 for _ in stream(b"\\x12\\x02\\x08\\x14", metadata=[("times", sys.argv[2])])) == int(sys.argv[2])
"""


class Told(io.StringIO):
    """A stream that counts how often it is flushed, and has no reader when others than the main thread do it."""

    def __init__(self, *, lonely: bool = False) -> None:
        super().__init__()
        self.flushed = 0
        self._lonely = lonely

    def flush(self) -> None:
        self.flushed += 1
        if self._lonely and threading.current_thread() is not threading.main_thread():
            raise BrokenPipeError


def burst(exchange: Exchange) -> Iterator[Message]:
    """As many numbers as are asked for at once, and then nothing."""
    for number in range(1, next(exchange.requests).count + 1):
        yield exchange.reply(number=number)
    gone = threading.Event()
    exchange.context.add_callback(gone.set)
    gone.wait(60)


@pytest.fixture
def bursts(kitchen_api: Any) -> Iterator[Server]:
    with serve(kitchen_api, {"kitchen.v1.Kitchen/Count": burst}) as server:
        yield server


def count(server: Server, number: int, *more: str) -> tuple[str, ...]:
    line = ("exec", "Count", "kitchen.Kitchen", "-p", f"count={number}", "-o", "jsonl")
    return ("--endpoint", server.endpoint, *line, *more)


@pytest.mark.parametrize("number", [1, 2, 7, 300])
def test_all_of_a_burst_is_seen_though_nothing_follows(
    number: int, bursts: Server, converse: Callable[..., Any]
) -> None:
    conversation = converse(*count(bursts, number))
    assert [conversation.line() for _ in range(number)] == [f'{{"number":{n}}}' for n in range(1, number + 1)]


def test_the_messages_of_many_streams_are_seen_as_they_arrive(
    bursts: Server, converse: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "two.yml").write_text("count: 2\n---\ncount: 1\n")
    line = ("exec", "Count", "kitchen.Kitchen", "-f", str(tmp_path / "two.yml"), "-o", "jsonl")
    conversation = converse("--endpoint", bursts.endpoint, *line)
    assert [conversation.line(), conversation.line()] == ['{"number":1}', '{"number":2}']


def test_a_reader_that_goes_away_while_nothing_comes_ends_the_command(bursts: Server, home: Path) -> None:
    err = io.StringIO()
    began = time.monotonic()
    environ = {"HOME": str(home)}
    status = run(count(bursts, 3), stdin=io.StringIO(), stdout=Told(lonely=True), stderr=err, environ=environ)
    assert (status, err.getvalue()) == (READER_GONE, "")
    assert time.monotonic() - began < 20


def test_messages_that_come_quickly_share_a_flush(kitchen: Server, home: Path) -> None:
    out = Told()
    began = time.monotonic()
    environ = {"HOME": str(home)}
    assert run(count(kitchen, 4_000), stdin=io.StringIO(), stdout=out, stderr=io.StringIO(), environ=environ) == 0
    assert len(out.getvalue().splitlines()) == 4_000
    assert out.flushed <= (time.monotonic() - began) / SOON + 5


def test_messages_that_come_slowly_are_flushed_one_by_one(kitchen: Server, home: Path) -> None:
    out = Told()
    line = count(kitchen, 4, "-p", f"delay={2 * SOON}")
    assert run(line, stdin=io.StringIO(), stdout=out, stderr=io.StringIO(), environ={"HOME": str(home)}) == 0
    assert out.flushed >= 4


def test_a_flush_that_fails_meanwhile_is_told() -> None:
    read, write = os.pipe()
    failed = threading.Event()
    stream = os.fdopen(write, "w")
    out = Flushing(stream, failed.set)
    out.write("a")
    out.soon()
    os.close(read)
    out.write("b")
    out.soon()
    assert failed.wait(10)
    assert isinstance(out.error, BrokenPipeError)
    with pytest.raises(BrokenPipeError):
        stream.close()


def cpu(argv: list[str], env: dict[str, str]) -> float:
    """The seconds of CPU that a program takes which succeeds."""
    with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def test_a_message_costs_about_what_it_costs_a_client_that_prints_nothing(go_server: int, home: Path) -> None:
    number = 20_000
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    address = f"127.0.0.1:{go_server}"
    line = ("exec", "StreamingOutputCall", "TestService", "-j", '{"response_parameters": [{"size": 20}]}')
    command = [sys.executable, "-m", "spacectl", "--endpoint", f"grpc://{address}", *line, "-o", "jsonl"]
    ours = cpu([*command, "-H", f"times: {number}"], env)
    assert ours < 2 * cpu([sys.executable, "-c", BARE, address, str(number)], env)


def test_an_interrupt_ends_the_command_though_its_reader_takes_nothing(go_server: int, spacectl: Spacectl) -> None:
    line = ("exec", "StreamingOutputCall", "TestService", "-j", '{"response_parameters": [{"size": 2000}]}')
    endpoint = f"grpc://127.0.0.1:{go_server}"
    process = spacectl.start("--endpoint", endpoint, *line, "-H", "times: 100000", "-o", "jsonl")
    try:
        time.sleep(1.5)  # the pipe is full
        process.terminate()
        assert process.wait(10) == 128 + 15
    finally:
        process.kill()
        process.communicate()


def test_a_sign_of_life_comes_after_a_second_and_is_gone_when_the_message_is_there(
    kitchen: Server, spacectl: Spacectl
) -> None:
    line = count(kitchen, 2, "-p", "delay=1.4")
    result: Result = spacectl(*line, tty=True, env={"TERM": "xterm"})
    assert result.status == 0
    assert "Count kitchen.Kitchen" in result.out
    assert "\x1b[2K" in result.out
