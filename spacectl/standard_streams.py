"""Standard output and standard error of the process, as a command writes to them."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import Any, TextIO

BUFFER_BYTES = 65536


def standard_output() -> TextIO:
    """A stream to file descriptor 1: PYTHONUNBUFFERED and the locale do not decide how fast, and in what encoding.

    A failure to write, an OSError, has "standard output" as its file name.
    """
    try:
        raw: io.FileIO = _Output(1, "wb", closefd=False)
    except OSError:
        # closed by whoever started us: the exit status still counts
        raw = io.FileIO(os.devnull, "wb")
    return io.TextIOWrapper(
        io.BufferedWriter(raw, BUFFER_BYTES), encoding="utf-8", errors="backslashreplace", newline=""
    )


class _Output(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = "standard output"
            raise


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
