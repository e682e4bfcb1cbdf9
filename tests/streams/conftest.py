"""A conversation with the command: what is typed into it, and what it has printed so far."""

from __future__ import annotations

import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from peers.command import Spacectl


class Conversation:
    """A command that runs, with pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._got = b""

    def says(self, text: str) -> None:
        """Types some text, and no end of input."""
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def line(self, seconds: float = 20) -> str:
        """The next line that the command prints, within some seconds."""
        assert self.process.stdout
        end = time.monotonic() + seconds
        while b"\n" not in self._got:
            ready = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"nothing more was printed after {self._got!r}"
            data = self.process.stdout.read1(65536)  # type: ignore[attr-defined]
            assert data, f"it ended after {self._got!r}"
            self._got += data
        line, _, self._got = self._got.partition(b"\n")
        return line.decode()

    def end(self) -> tuple[int, str, str]:
        """Closes the input; the exit status, and the rest of what was printed."""
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, (self._got + out).decode(), err.decode()


@pytest.fixture
def converse(spacectl: Spacectl) -> Iterator[Callable[..., Conversation]]:
    """Starts the command with these arguments, to be talked to."""
    with ExitStack() as stack:

        def start(*arguments: str, **options: Any) -> Conversation:
            process = stack.enter_context(spacectl.start(*arguments, **options))
            stack.callback(process.kill)
            return Conversation(process)

        yield start
