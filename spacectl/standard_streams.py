"""Standard output and standard error of the process, as a command writes to them."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import Any, TextIO

BUFFER_BYTES = 65536


def standard_output() -> TextIO:
    """A stream to file descriptor 1: PYTHONUNBUFFERED and the locale do not decide how fast, and in what encoding."""
    try:
        raw = io.FileIO(1, "wb", closefd=False)
    except OSError:
        # closed by whoever started us: the exit status still counts
        raw = io.FileIO(os.devnull, "wb")
    return io.TextIOWrapper(
        io.BufferedWriter(raw, BUFFER_BYTES), encoding="utf-8", errors="backslashreplace", newline=""
    )


def flush_before(stdout: TextIO, error: Exception) -> None:
    """Has everything seen that came before an error, as far as that can be done; says where an OSError is of `stdout`.

    What could not be written is still there to fail again. (A FileIO of our own that names itself would be worse: a
    signal at its end has the buffer take what was written for unwritten.)
    """
    try:
        stdout.flush()
    except OSError as failure:
        if isinstance(error, OSError) and error.errno == failure.errno and error.filename is None:
            error.filename = "standard output"
    except ValueError:
        pass  # it is closed


class Heedless:
    """Standard error: where it cannot be written, the exit status must still say what happened."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes some text, as far as that can be done."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
        return len(text)

    def flush(self) -> None:
        """Has everything seen, as far as that can be done."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
