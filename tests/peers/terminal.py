"""A program on a terminal that goes on while it is looked at and typed at."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path

from peers import posix


class Terminal:
    """A program on a terminal, to be typed at."""

    def __init__(
        self, argv: list[str], environment: dict[str, str], cwd: Path, size: tuple[int, int] = (200, 50)
    ) -> None:
        self._terminal, inner = posix.terminal(size)
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
        self._process = subprocess.Popen(argv, env=environment, cwd=cwd, start_new_session=True, **streams)
        os.close(inner)
        self._seen = ""

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """What was shown up to and with a text, since the last time."""
        deadline = time.monotonic() + seconds
        while text not in self._seen:
            assert select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))[0], self._seen
            self._seen += os.read(self._terminal, 65536).decode(errors="replace")
        before, _, self._seen = self._seen.partition(text)
        return before + text

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def ended(self, seconds: float = 30) -> int:
        """The exit status, when the program has ended."""
        return self._process.wait(seconds)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(30)
        os.close(self._terminal)
