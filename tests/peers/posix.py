"""Terminals as POSIX has them. Where there are none (Windows) what asks for one is skipped, and all else is run."""

from __future__ import annotations

import struct

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
