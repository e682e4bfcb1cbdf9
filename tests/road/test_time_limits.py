"""No call lasts longer than it may, whatever the server does or does not do."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from shlex import split as words
from typing import Any

import pytest
from peers.command import Result, Spacectl
from peers.server import Server
from quiet_peers import kitchen_env, silent_listener

Run = Callable[..., Result]


@pytest.mark.parametrize("verb", ["Hang", "HangStream"])
def test_a_call_that_hangs_ends_at_its_time_out(verb: str, kitchen: Server, spacectl_inprocess: Run) -> None:
    began = time.monotonic()
    result = spacectl_inprocess(
        "exec", verb, "kitchen.Kitchen", "-o", "jsonl", "--timeout", "0.5", env=kitchen_env(kitchen)
    )
    assert result.status == 68
    assert 0.5 <= time.monotonic() - began < 5
    assert result.out == ('{"number":1}\n' if verb == "HangStream" else "")
    assert re.match(
        rf"error: {verb} kitchen.Kitchen: no answer from \S+ within 0.5 s \(DEADLINE_EXCEEDED\)", result.err
    )
    assert "hint: give it longer: --timeout" in result.err


def test_a_server_that_never_speaks_ends_at_the_time_out(spacectl_inprocess: Run) -> None:
    with silent_listener() as port:
        began = time.monotonic()
        result = spacectl_inprocess("list", "kitchen.Dish", "--timeout", "1", "--endpoint", f"grpc://127.0.0.1:{port}")
    assert result.status == 68
    assert 0.9 <= time.monotonic() - began < 4
    assert f"127.0.0.1:{port}" in result.err


def test_a_stopped_server_ends_at_the_time_out(spacectl_inprocess: Run, start_stopped: int) -> None:
    result = spacectl_inprocess(
        *words("exec EmptyCall grpc.testing.TestService --timeout 1"),
        *("--endpoint", f"grpc://127.0.0.1:{start_stopped}"),
    )
    assert (result.status, result.out) == (68, "")


@pytest.fixture
def start_stopped(go_program: Any) -> Iterator[int]:
    with subprocess.Popen([go_program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline().split()[1])
        process.send_signal(signal.SIGSTOP)
        try:
            yield port
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def test_a_stream_may_last_longer_than_the_time_out_between_its_messages(
    kitchen: Server, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess(
        *words("exec Count kitchen.Kitchen -p count=4 -p delay=0.3 --timeout 0.9 -o jsonl"), env=kitchen_env(kitchen)
    )
    assert (result.status, result.out.count("\n")) == (0, 4)


def test_the_time_out_is_the_deadline_of_the_call(kitchen: Server, spacectl_inprocess: Run) -> None:
    for arguments, variables, expected in (
        ((), {}, 180),
        ((), {"SPACECTL_TIMEOUT": "20"}, 20),
        (("--timeout", "9"), {"SPACECTL_TIMEOUT": "20"}, 9),
    ):
        result = spacectl_inprocess(*words("list kitchen.Dish"), *arguments, env=kitchen_env(kitchen, **variables))
        assert result.status == 0
        assert kitchen.last.time_remaining is not None
        # gRPC sends a long deadline in whole seconds, rounded up
        assert expected - 5 < kitchen.last.time_remaining <= expected + 1
    spacectl_inprocess(*words("list kitchen.Dish --timeout 0"), env=kitchen_env(kitchen))
    assert kitchen.last.time_remaining is None


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        (("--timeout", "-1"), ""),
        (("--timeout", "soon"), ""),
        (("--timeout", "nan"), ""),
        (("--timeout", "1e99"), ""),
        ((), "soon"),
        ((), "-3"),
        ((), "nan"),
        ((), "inf"),
    ],
)
def test_a_time_out_that_is_none_is_refused(
    arguments: tuple[str, ...], variable: str, kitchen: Server, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess("list", "kitchen.Dish", *arguments, env=kitchen_env(kitchen, SPACECTL_TIMEOUT=variable))
    assert (result.status, result.out, kitchen.calls) == (2, "", [])
    assert "time" in result.err.lower()


def test_a_reader_who_takes_his_time_is_no_slow_server(kitchen: Server, spacectl: Spacectl) -> None:
    line = "exec Count kitchen.Kitchen -p count=12000 -o jsonl --timeout 1"
    process = spacectl.start(*line.split(), env=kitchen_env(kitchen))
    time.sleep(2.5)
    assert process.poll() is None  # the pipe is full long before the last number
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, b"")
    assert out.count(b"\n") == 12000
