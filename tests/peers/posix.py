"""Terminals and locks as POSIX has them. Where there are no terminals (Windows) what asks for one is skipped."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

try:
    import fcntl
    import pty
    import termios
except ImportError:
    THERE = False
else:
    THERE = True


def terminal(size: tuple[int, int]) -> tuple[int, int]:
    """Both ends of a new terminal of so many columns and rows: ours, and the program's."""
    if not THERE:
        pytest.skip("there are no terminals of this kind")
    ours, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    return ours, inner


def silence(inner: int) -> None:
    """Stops a terminal from showing what is typed."""
    modes = termios.tcgetattr(inner)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(inner, termios.TCSANOW, modes)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time has the file; without such locks, each goes on."""
    with path.open("w") as file:
        if THERE:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
