"""Standard output as it is written to by a stream: seen as it arrives, and not flushed once for each message."""

from __future__ import annotations

import time
from _thread import allocate_lock  # threading is not needed before something waits
from collections.abc import Callable
from typing import Any, TextIO

SOON = 0.05  # seconds


class Flushing:
    """A text stream, with everything else that it has, that can also be flushed `soon`.

    What is then written is seen by others after 50 ms at most, at once where nothing was flushed for so long. Where
    that fails in the meantime, `failed` is called, from a thread of its own, and `error` is what went wrong.
    """

    def __init__(self, stream: TextIO, failed: Callable[[], None]) -> None:
        self.error: OSError | None = None
        self._stream = stream
        self._failed = failed
        # of ours: who waits for the one that Python's own writers have cannot be interrupted
        self._lock = allocate_lock()
        self._flushed = 0.0
        self._waits = False
        self._wake: Any = None

    def write(self, text: str) -> int:
        """Writes some text."""
        with self._lock:
            return self._stream.write(text)

    def flush(self) -> None:
        """Has everything seen now. Raises OSError."""
        with self._lock:
            self._waits = False
            self._stream.flush()
            self._flushed = time.monotonic()

    def soon(self) -> None:
        """Has everything seen before long. Raises OSError."""
        if self._waits:
            return
        if time.monotonic() - self._flushed >= SOON:
            self.flush()
            return
        self._waits = True
        if self._wake is None:
            import threading

            self._wake = threading.Event()
            threading.Thread(target=self._run, daemon=True).start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            time.sleep(SOON)
            if not self._waits:
                continue
            try:
                self.flush()
            except OSError as error:
                self.error = error
                self._failed()
                return
            except ValueError:
                return  # it was closed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
