"""The file of a journal: JSON lines that are only ever appended, locked while it is open, and never another's file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from spacectl.errors import SpacectlError, UsageError

_FLAGS = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# how the first line of every journal begins, and how long it is at most
_HEAD = b'{"journal":'
_LONGEST_HEAD = 65_536


class JournalFile:
    """An open file; nothing of it is changed before `own`.

    A new one is readable by its owner alone. Raises FileNotFoundError unless it is to be made, UsageError where it
    cannot be used: it is no regular file, or another run has it.
    """

    def __init__(self, path: Path, *, make: bool) -> None:
        self._path = path
        try:
            self._file = os.open(path, _FLAGS | (os.O_CREAT if make else 0), 0o600)
        except FileNotFoundError:
            if not make:
                raise
            raise UsageError(f"--journal {path}: there is no directory {path.parent}") from None
        except OSError as error:
            raise self._unusable(error) from None
        try:
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                raise UsageError(f"--journal {path}: it is not a regular file")
            self._lock()
        except BaseException:
            self.close()
            raise

    def lines(self, *, resume: bool) -> Iterator[bytes]:
        """All whole lines: of a last one that is torn, the run that wrote it ended before it could rely on it.

        Raises UsageError unless it is to be resumed where it is there already, or is no journal.
        """
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            try:
                head = file.readline(_LONGEST_HEAD)
                if head and not resume:
                    raise UsageError(
                        f"--journal {self._path}: there is one already",
                        "--resume goes on with what it leaves to do; for a new run name another file",
                    )
                if head[: len(_HEAD)] != _HEAD[: len(head)] or len(head) == _LONGEST_HEAD:
                    raise self.no_journal(1)
                for line in chain((head,), file):
                    if line.endswith(b"\n"):
                        yield line
            except OSError as error:
                raise self._unusable(error) from None

    def own(self, end: int) -> None:
        """Makes the file ready for new lines after the first `end` bytes, which are its whole lines."""
        with suppress(AttributeError, PermissionError):
            os.fchmod(self._file, 0o600)
        if end < os.fstat(self._file).st_size:
            os.ftruncate(self._file, end)

    def append(self, data: bytes) -> None:
        """Puts bytes at its end. Raises SpacectlError."""
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise self._failed(error) from None

    def sync(self) -> None:
        """Waits until all of it is on disk. Raises SpacectlError."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._failed(error) from None

    def sync_directory(self) -> None:
        """Waits until its name is on disk, where that can be waited for."""
        with suppress(OSError):
            directory = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def close(self) -> None:
        """Lets others have the file."""
        os.close(self._file)

    def no_journal(self, number: int) -> UsageError:
        """The error for a line that is none of a journal."""
        return UsageError(
            f"--journal {self._path}: line {number} is no line of a journal", "name a new file for a new run"
        )

    def _unusable(self, error: OSError) -> UsageError:
        return UsageError(f"--journal {self._path}: {error.strerror or error}")

    def _failed(self, error: OSError) -> SpacectlError:
        return SpacectlError(f"cannot write {self._path}: {error.strerror or error}")

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"--journal {self._path}: another run is using it") from None
        except OSError:
            return  # a file system without locks
