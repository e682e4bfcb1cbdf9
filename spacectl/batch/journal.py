"""The journal of a batch: what is about to be sent, and what became of it, so that another run can go on.

One JSON object a line, only ever appended to. A write has a line before it is sent, with a hash of the request, and one
after; hashes and positions are all that it holds of the requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from spacectl.errors import SpacectlError, UsageError
from spacectl.journal_file import JournalFile

FORMAT = "spacectl-journal-1"
State = Literal["done", "failed", "unsent", "unknown"]
STATES = frozenset(("done", "failed", "unsent", "unknown"))


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

    With `resume` one that is there is read, and appended to.
    """

    def __init__(self, path: Path, header: Header, *, resume: bool) -> None:
        self._path = path
        self._header = header
        self._file: JournalFile | None = None
        self._end = 0
        self.entries: dict[int, Entry] = {}
        self.other_target = False
        try:
            self._file = JournalFile(path, make=False)
        except FileNotFoundError:
            return  # it is made when there is something to write
        try:
            self._read(self._file, resume=resume)
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Makes the file ready for new lines. Raises UsageError where that cannot be done."""
        if self._file is None:
            self._file = JournalFile(self._path, make=True)
            self._read(self._file, resume=False)
        self._file.own(self._end)
        if not self._end:
            self._append([{"journal": FORMAT, **self._header._asdict()}])
            self.sync()
            self._file.sync_directory()

    def close(self) -> None:
        """Makes the lines last, and lets others have the file."""
        if self._file is not None:
            with suppress(SpacectlError):
                self.sync()
            self._file.close()
            self._file = None

    def intend(self, requests: Iterable[tuple[int, str]]) -> None:
        """Notes positions and hashes of writes that are about to be sent; it is on disk when this returns."""
        self._append([{"i": position, "sha256": digest} for position, digest in requests])
        self.sync()

    def ended(self, position: int, digest: str, state: State, code: int) -> None:
        """Notes what became of a request; on disk with the next `intend`, `sync` or `close`."""
        line: dict[str, Any] = {"i": position, "sha256": digest, "state": state}
        self._append([line | {"code": code} if code else line])

    def sync(self) -> None:
        """Waits until all lines are on disk. Raises SpacectlError."""
        if self._file is not None:
            self._file.sync()

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

    def _read(self, file: JournalFile, *, resume: bool) -> None:
        for number, line in enumerate(file.lines(resume=resume), 1):
            self._take(file, number, line)
            self._end += len(line)

    def _take(self, file: JournalFile, number: int, line: bytes) -> None:
        try:
            found = json.loads(line)
            if number == 1:
                self._check(found, self._header)
                return
            state, code = found.get("state", "unknown"), found.get("code", 0)
            if state not in STATES or not isinstance(code, int) or not isinstance(found["sha256"], str):
                raise ValueError(state)
            self.entries[int(found["i"])] = Entry(found["sha256"], state, code)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise file.no_journal(number) from None

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
        if self._file is not None:
            self._file.append(data)
