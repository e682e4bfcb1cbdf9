"""The real command, as a shell would run it: in a home of its own, piped or on a terminal."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import select
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers import posix

KEPT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
KEPT += ("SYSTEMROOT", "TEMP", "TMP", "PATHEXT", "COMSPEC") if os.name == "nt" else ()
STREAMS = ("stdin", "stdout", "stderr")


@dataclass(frozen=True)
class Result:
    """What came of one command.

    `out` is standard output, or all that the terminal got (what was typed is not echoed), with `\\n` for its `\\r\\n`.
    """

    status: int  # minus the signal's number where a signal ended it
    out: str
    err: str
    out_bytes: bytes


def clean_environment(home: Path, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Nothing of the caller's environment but what Python needs; `env` adds to it, None takes a variable out."""
    base: dict[str, str | None] = {name: os.environ[name] for name in KEPT if name in os.environ}
    base |= {"HOME": str(home), **({"USERPROFILE": str(home)} if os.name == "nt" else {})}
    base |= {"LANG": "C.UTF-8", "PYTHONWARNINGS": "error", "COLUMNS": "80", **(env or {})}
    return {name: value for name, value in base.items() if value is not None}


@dataclass(frozen=True)
class Spacectl:
    """Runs `python -m spacectl` in its own home."""

    home: Path

    @property
    def config_dir(self) -> Path:
        """Where the command looks for its configuration."""
        return self.home / ".spaceone"

    def __call__(
        self,
        *arguments: str,
        stdin: str | bytes = "",
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        tty: bool | Collection[str] = False,
        timeout: float = 30,
        size: tuple[int, int] = (80, 24),
    ) -> Result:
        """Run the command to its end.

        `tty` puts all three streams, or those named, on a terminal of `size` columns and rows; `stdin` is typed there
        and followed by Ctrl-D. Raises subprocess.TimeoutExpired, after killing the command.
        """
        typed = stdin.encode() if isinstance(stdin, str) else stdin
        if tty:
            on_terminal = STREAMS if tty is True else tuple(tty)
            environment = clean_environment(self.home, {"COLUMNS": None, "TERM": "xterm-256color", **(env or {})})
            return run_on_terminal(
                self._argv(arguments),
                typed,
                environment,
                cwd or self.home,
                on_terminal=on_terminal,
                timeout=timeout,
                size=size,
            )
        done = subprocess.run(
            self._argv(arguments),
            input=typed,
            capture_output=True,
            env=clean_environment(self.home, env),
            cwd=cwd or self.home,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode(), done.stdout)

    def start(
        self, *arguments: str, env: Mapping[str, str | None] | None = None, cwd: Path | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start the command with pipes and let it run, to be sent signals or to lose its reader."""
        pipes = dict.fromkeys(STREAMS, subprocess.PIPE)
        environment = clean_environment(self.home, env)
        return subprocess.Popen(self._argv(arguments), env=environment, cwd=cwd or self.home, **{**pipes, **options})

    @staticmethod
    def _argv(arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "spacectl", *arguments]


def run_on_terminal(
    argv: list[str],
    typed: bytes,
    env: Mapping[str, str],
    cwd: Path,
    *,
    on_terminal: Collection[str] = STREAMS,
    timeout: float = 30,
    size: tuple[int, int] = (80, 24),
) -> Result:
    """Run any program with the named streams on a new terminal and the others on pipes.

    Raises subprocess.TimeoutExpired, after killing the program.
    """
    terminal, inner = posix.terminal(size)
    posix.silence(inner)  # what is typed is typed at once, before the program could ask for it or hide it
    streams = {name: inner if name in on_terminal else subprocess.PIPE for name in STREAMS}
    with subprocess.Popen(argv, env=dict(env), cwd=cwd, start_new_session=True, **streams) as process:
        os.close(inner)
        try:
            if process.stdin:
                process.stdin.write(typed)
                process.stdin.close()
            else:
                os.write(terminal, typed + b"\x04")  # Ctrl-D: nothing more comes
            pipes = [pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe]
            got = _read_to_end([terminal, *pipes], time.monotonic() + timeout)
            if got is None:
                raise subprocess.TimeoutExpired(argv, timeout)
            process.wait(timeout)
        finally:
            process.kill()
            os.close(terminal)
        shown = got[terminal].decode().replace("\r\n", "\n")
        out_bytes = got[process.stdout.fileno() if process.stdout else terminal]
        err = got[process.stderr.fileno()].decode() if process.stderr else ""
        if process.stdout and not process.stderr:
            return Result(process.returncode, out_bytes.decode(), shown, out_bytes)
        return Result(process.returncode, out_bytes.decode() if process.stdout else shown, err, out_bytes)


def _read_to_end(ends: list[int], deadline: float) -> dict[int, bytes] | None:
    got = dict.fromkeys(ends, b"")
    waiting = list(ends)
    while waiting:
        ready = select.select(waiting, [], [], max(0.0, deadline - time.monotonic()))[0]
        if not ready:
            return None
        for end in ready:
            try:
                data = os.read(end, 65536)
            except OSError:  # EIO: nobody has the other side of the terminal open any more
                data = b""
            got[end] += data
            if not data:
                waiting.remove(end)
    return got


class _Kept(io.BytesIO):
    """Bytes that can be read after the stream around them was closed."""

    def close(self) -> None:
        pass


@contextlib.contextmanager
def _no_collector() -> Iterator[None]:
    """Commands leave next to nothing to the collector, which they hardly ever run.

    Here it would run all the time, in the threads of servers too, and protobuf can hand out a class of messages to the
    command while the collector takes it apart in another thread, which ends the process.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def run_inprocess(*arguments: str, home: Path, stdin: str = "", env: Mapping[str, str | None] | None = None) -> Result:
    """Run the command inside this process, for property tests: no start-up, no isolation but its own environment."""
    from spacectl.cli import run

    out, err = _Kept(), _Kept()
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"),
        "stdout": io.TextIOWrapper(out, "utf-8", newline=""),
        "stderr": io.TextIOWrapper(err, "utf-8", newline=""),
    }
    with _no_collector():
        status = run(arguments, environ=clean_environment(home, env), **streams)
    for name in ("stdout", "stderr"):
        if not streams[name].closed:
            streams[name].flush()
    return Result(status, out.getvalue().decode(), err.getvalue().decode(), out.getvalue())
