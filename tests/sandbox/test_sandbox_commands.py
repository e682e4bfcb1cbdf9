"""`spacectl sandbox serve|exec|reset` as a shell runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from peers.command import clean_environment
from rpc_caller import Caller

SPACECTL = [sys.executable, "-m", "spacectl"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home and a folder for temporary files of our own, to see that nothing stays in it."""
    (tmp_path / "tmp").mkdir()
    return clean_environment(tmp_path, {"TMPDIR": str(tmp_path / "tmp")})


def run(environ: dict[str, str], *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SPACECTL, *arguments], env=environ, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def left_over(environ: dict[str, str]) -> list[str]:
    return [path.name for path in Path(environ["TMPDIR"]).iterdir() if path.name.startswith("spacectl-")]


def test_exec_gives_the_command_a_fresh_sandbox_its_own_spacectl_and_standard_input(environ: dict[str, str]) -> None:
    script = "cat; spacectl list repository.Plugin -c plugin_id -o quiet | wc -l; exit 7"
    done = run({**environ, "SPACECTL_API_KEY": "k"}, "sandbox", "exec", "--", "sh", "-c", script, stdin="in\n")
    assert (done.returncode, done.stdout.split(), done.stderr) == (7, ["in", "8"], "")
    assert left_over(environ) == []


def test_exec_ends_with_128_and_the_signal_that_ended_the_command(environ: dict[str, str]) -> None:
    assert run(environ, "sandbox", "exec", "--", "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_exec_of_a_program_that_is_not_there_is_one_clear_error(environ: dict[str, str]) -> None:
    done = run(environ, "sandbox", "exec", "--", "no-such-program")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: cannot run 'no-such-program': there is no such program\n"
    assert left_over(environ) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_exec_its_command_and_everything_that_it_made(environ: dict[str, str], number: int) -> None:
    line = [*SPACECTL, "sandbox", "exec", "--", "sh", "-c", "echo ready; exec sleep 60"]
    with subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=20) == 128 + number
    assert left_over(environ) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_answers_there_and_ends_cleanly(environ: dict[str, str], number: int) -> None:
    line = [*SPACECTL, "sandbox", "serve", "--port", "0", "--db", ":memory:"]
    with subprocess.Popen(line, env=environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        endpoint = process.stderr.readline().removeprefix("serving on ").strip()
        assert endpoint.startswith("grpc://127.0.0.1:")
        assert f"SPACECTL_ENDPOINT_REPOSITORY={endpoint}" in "".join(process.stderr.readline() for _ in range(3))
        caller = Caller(endpoint)
        assert caller("repository.Plugin.list")["total_count"] == 8
        caller.close()
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")


def test_serve_on_a_taken_port_is_one_clear_error(environ: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(environ, "sandbox", "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("error: cannot serve on 127.0.0.1:")
    assert all(line.startswith(("error: ", "hint: ")) for line in done.stderr.splitlines())


def test_the_server_ends_when_the_process_that_serves_is_killed(environ: dict[str, str]) -> None:
    line = [*SPACECTL, "sandbox", "serve", "--port", "0", "--db", ":memory:"]
    with subprocess.Popen(line, env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().rpartition(":")[2])
        process.kill()
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("the server is still there")


def test_reset_brings_back_what_was_there_at_first(environ: dict[str, str]) -> None:
    def plugins() -> int:
        done = run(environ, "--environment", "sandbox", "list", "repository.Plugin", "-c", "plugin_id", "-o", "quiet")
        assert (done.returncode, done.stderr) == (0, "")
        return len(done.stdout.split())

    assert plugins() == 8
    gone = "plugin_id=plugin-keycloak-identity-auth"
    assert (
        run(environ, "--environment", "sandbox", "exec", "deregister", "repository.Plugin", "-p", gone).returncode == 0
    )
    assert plugins() == 7
    done = run(environ, "sandbox", "reset")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert plugins() == 8


def test_reset_of_a_file_that_cannot_be_written_is_one_clear_error(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run({**environ, "SPACECTL_SANDBOX_DB": str(tmp_path / "file" / "sandbox.db")}, "sandbox", "reset")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith(f"error: cannot use the sandbox database {tmp_path}{os.sep}file")
