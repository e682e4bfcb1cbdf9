"""How the command ends when a reader, a disk, memory or its user has had enough."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from shlex import split as words

import pytest
from peers.command import Result, Spacectl, clean_environment
from peers.server import Server
from quiet_peers import kitchen_env

Run = Callable[..., Result]


def test_an_answer_that_is_too_large_ends_in_words_and_not_in_memory(kitchen: Server, spacectl: Spacectl) -> None:
    process = spacectl.start(*words("exec Big kitchen.Kitchen -o json -p size=314572800"), env=kitchen_env(kitchen))
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as file:  # noqa: PTH123
                    found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
            except OSError:
                return
            peak = max(peak, int(found[1]) if found else 0)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate(timeout=60)
    watcher.join()
    assert (process.returncode, out) == (72, b"")
    assert b"300 MiB" in err
    assert b"hint: ask for less" in err
    assert 0 < peak < 256 * 1024


def test_an_interrupted_stream_ends_with_130_and_what_it_printed(kitchen: Server, spacectl: Spacectl) -> None:
    process = spacectl.start(*words("exec HangStream kitchen.Kitchen -o jsonl"), env=kitchen_env(kitchen))
    assert process.stdout
    assert process.stdout.readline() == b'{"number":1}\n'
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_embedded_sandbox_and_leaves_nothing_behind(
    ended_by: signal.Signals, spacectl: Spacectl, tmp_path: Path
) -> None:
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    process = spacectl.start(
        *words("--environment sandbox exec Watch identity.Health -o jsonl"), env={"TMPDIR": str(sockets)}
    )
    assert process.stdout
    assert process.stdout.readline() == b'{"status":"SERVING"}\n'
    assert list(sockets.iterdir())
    process.send_signal(ended_by)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (128 + ended_by, b"", b"")
    assert list(sockets.iterdir()) == []


@pytest.mark.parametrize("line", ["exec Hang kitchen.Kitchen", "list kitchen.Dish"])
def test_an_interrupted_call_ends_with_130(line: str, kitchen: Server, spacectl: Spacectl) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as held:
        listener.settimeout(20)
        port = listener.getsockname()[1]
        env = kitchen_env(kitchen) if "Hang" in line else {"SPACECTL_ENDPOINT_KITCHEN": f"grpc://127.0.0.1:{port}"}
        process = spacectl.start(*line.split(), env=env)
        if "Hang" in line:
            while not kitchen.calls:
                time.sleep(0.02)
        else:
            held.enter_context(listener.accept()[0])
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("line", ["list kitchen.Dish -p rows=3000", "exec Count kitchen.Kitchen -p count=30000"])
@pytest.mark.parametrize("output", ["table", "yaml", "json", "csv", "jsonl"])
def test_a_reader_that_goes_away_ends_the_command_in_silence(
    output: str, line: str, kitchen: Server, spacectl: Spacectl
) -> None:
    process = spacectl.start(*line.split(), "-o", output, env=kitchen_env(kitchen))
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.stdin
    process.stdin.close()


@pytest.mark.parametrize("line", ["list kitchen.Dish", "exec Nothing kitchen.Kitchen", "api-resources"])
def test_a_full_disk_is_one_line_and_status_1(line: str, kitchen: Server, spacectl: Spacectl) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*spacectl._argv(tuple(line.split()))],
            stdout=full,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=clean_environment(spacectl.home, kitchen_env(kitchen)),
            cwd=spacectl.home,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode() == "error: standard output: No space left on device\n"
