"""The journal of a batch: what is about to be sent, and what became of it, so that another run can go on.

One JSON object a line, only ever appended to. A write has a line before it is sent, with a hash of the request, and one
after; hashes and positions are all that it holds of the requests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from spacectl.errors import SpacectlError, UsageError

FORMAT = "spacectl-journal-1"
State = Literal["done", "failed", "unsent", "unknown"]
STATES = frozenset(("done", "failed", "unsent", "unknown"))


_FLAGS = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Entry(NamedTuple):
    """What is known of one request: the hash of its bytes and, where it ended, how, with its gRPC status code.

    `unknown` is also the state of a request that was about to be sent when the run ended.
    """

    digest: str
    state: State
    code: int = 0


class Header(NamedTuple):
    """What a journal is about: the path of the method, and a hash of the endpoint."""

    method: str
    target: str


class Journal:
    """A journal on disk, locked while it is open. Raises UsageError where it is in use, or does not fit the batch.

    A new file is readable by its owner alone. With `resume` one that is there is read, and appended to.
    """

    def __init__(self, path: Path, header: Header, *, resume: bool) -> None:
        self._path = path
        self._header = header
        self._file = -1
        self._end = 0
        self.entries: dict[int, Entry] = {}
        self.other_target = False
        try:
            self._file = os.open(path, _FLAGS)
        except FileNotFoundError:
            return  # it is made when there is something to write
        except OSError as error:
            raise self._unusable(error) from None
        try:
            self._open(resume)
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Makes the file ready for new lines. Raises UsageError where that cannot be done."""
        try:
            if self._file < 0:
                self._file = os.open(self._path, _FLAGS | os.O_CREAT, 0o600)
                self._open(resume=False)
            with suppress(AttributeError, PermissionError):
                os.fchmod(self._file, 0o600)
            if self._end < os.fstat(self._file).st_size:
                # the last line is torn: the run that wrote it ended before it could rely on it
                os.ftruncate(self._file, self._end)
        except OSError as error:
            raise self._unusable(error) from None
        if not self._end:
            self._append([{"journal": FORMAT, **self._header._asdict()}])
            self.sync()
            self._sync_directory()

    def close(self) -> None:
        """Makes the lines last, and lets others have the file."""
        if self._file >= 0:
            with suppress(OSError):
                self.sync()
            os.close(self._file)
            self._file = -1

    def intend(self, requests: Iterable[tuple[int, str]]) -> None:
        """Notes positions and hashes of writes that are about to be sent; it is on disk when this returns."""
        self._append([{"i": position, "sha256": digest} for position, digest in requests])
        self.sync()

    def ended(self, position: int, digest: str, state: State, code: int) -> None:
        """Notes what became of a request; on disk with the next `intend`, `sync` or `close`."""
        line: dict[str, Any] = {"i": position, "sha256": digest, "state": state}
        self._append([line | {"code": code} if code else line])

    def sync(self) -> None:
        """Waits until all lines are on disk."""
        os.fsync(self._file)

    def known(self, position: int, digest: str, *, may_differ: bool) -> Entry | None:
        """What is known of the request at a position. Raises UsageError where it was another one.

        One that failed `may_differ`: it was put right since.
        """
        entry = self.entries.get(position)
        if entry is not None and entry.digest != digest and not (may_differ and entry.state in ("failed", "unsent")):
            raise self.other_input(f"request {position + 1} was another one")
        return entry

    def other_input(self, reason: str) -> UsageError:
        """The error for a journal that belongs to another batch."""
        return UsageError(
            f"--journal {self._path}: it is the journal of another input: {reason}",
            "resume with the very same input and options, or name a new journal",
        )

    def _unusable(self, error: OSError) -> UsageError:
        return UsageError(f"--journal {self._path}: {error.strerror or error}")

    def _open(self, resume: bool) -> None:
        self._lock()
        size = os.fstat(self._file).st_size
        if size and not resume:
            raise UsageError(
                f"--journal {self._path}: there is one already",
                "--resume goes on with what it leaves to do; for a new run name another file",
            )
        try:
            self._end = self._read(self._header) if size else 0
        except OSError as error:
            raise self._unusable(error) from None

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

    def _read(self, header: Header) -> int:
        """Reads all whole lines; how many bytes they have."""
        end = 0
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                self._take(number, line, header)
                end += len(line)
        return end

    def _take(self, number: int, line: bytes, header: Header) -> None:
        try:
            found = json.loads(line)
            if number == 1:
                self._check(found, header)
                return
            state, code = found.get("state", "unknown"), found.get("code", 0)
            if state not in STATES or not isinstance(code, int) or not isinstance(found["sha256"], str):
                raise ValueError(state)
            self.entries[int(found["i"])] = Entry(found["sha256"], state, code)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UsageError(
                f"--journal {self._path}: line {number} is no line of a journal", "name a new file for a new run"
            ) from None

    def _check(self, found: dict[str, Any], header: Header) -> None:
        if found["journal"] != FORMAT:
            raise ValueError(found["journal"])
        if found["method"] != header.method:
            raise UsageError(
                f"--journal {self._path}: it is the journal of another verb: {found['method']}, not {header.method}",
                "name a new journal",
            )
        self.other_target = found["target"] != header.target

    def _append(self, lines: list[dict[str, Any]]) -> None:
        data = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise SpacectlError(f"cannot write {self._path}: {error.strerror or error}") from None

    def _sync_directory(self) -> None:
        with suppress(OSError):
            directory = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
