"""The journal of a run: what is about to be done and what became of it, so that another run can go on.

One JSON object a line, only ever appended to, readable by its owner alone: results of tasks may hold credentials.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from spacectl.apply.manifest import Task
from spacectl.apply.trees import plain
from spacectl.errors import SpacectlError, UsageError

FORMAT = "spacectl-apply-1"
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Journal:
    """A journal on disk, locked while it is open. Raises UsageError where it is in use, or is there already.

    With `resume` one that is there is read, and appended to.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        self.done: dict[str, dict[str, Any]] = {}
        self.begun: dict[str, dict[str, Any]] = {}
        try:
            self._file = os.open(path, _FLAGS, 0o600)
        except OSError as error:
            raise UsageError(f"--journal {path}: {error.strerror or error}") from None
        try:
            self._lock()
            self._read(resume)
        except BaseException:
            os.close(self._file)
            raise

    def known(self, key: str, task: Task) -> dict[str, Any] | None:
        """The result of a task that is done. Raises UsageError where another task was done under its number."""
        line = self.done.get(key)
        if line is not None and line["digest"] != digest(task):
            raise UsageError(
                f"--journal {self._path}: {task.where}: the task that was done here was another one",
                "resume with the same tasks up to the one that failed, or name a new journal",
            )
        return line

    def interrupted(self, key: str) -> dict[str, Any] | None:
        """What was noted of a task that was begun, and of which nobody knows whether it was done."""
        return self.begun.get(key)

    def begin(self, key: str, task: Task, **more: Any) -> None:
        """Notes that a task is about to do something; it is on disk when this returns."""
        self._append({"task": key, "state": "begun", "digest": digest(task), **more})

    def end(self, key: str, task: Task, action: str, result: Any) -> None:
        """Notes the result of a task; it is on disk when this returns."""
        self._append({"task": key, "state": "done", "digest": digest(task), "action": action, "result": result})

    def fail(self, key: str) -> None:
        """Notes that what was begun was certainly not done."""
        self._append({"task": key, "state": "failed"})

    def close(self) -> None:
        """Lets others have the file."""
        os.close(self._file)

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

    def _read(self, resume: bool) -> None:
        with suppress(AttributeError, PermissionError):
            os.fchmod(self._file, 0o600)
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            lines = file.read().splitlines(keepends=True)
        if lines and not resume:
            raise UsageError(
                f"--journal {self._path}: there is one already",
                "--resume goes on with what it leaves to do; for a new run name another file",
            )
        if lines and not lines[-1].endswith(b"\n"):
            # the last line is torn: the run that wrote it ended before it could rely on it
            os.ftruncate(self._file, sum(map(len, lines[:-1])))
            lines.pop()
        for number, line in enumerate(lines, 1):
            try:
                self._take(number, json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError):
                raise UsageError(
                    f"--journal {self._path}: line {number} is no line of a journal", "name a new file for a new run"
                ) from None
        if not lines:
            self._append({"journal": FORMAT})

    def _take(self, number: int, found: dict[str, Any]) -> None:
        if number == 1:
            if found["journal"] != FORMAT:
                raise ValueError(found["journal"])
            return
        key = found["task"]
        self.begun.pop(key, None)
        if found["state"] == "done":
            self.done[key] = {"digest": found["digest"], "action": found["action"], "result": found["result"]}
        elif found["state"] == "begun":
            self.begun[key] = found

    def _append(self, line: dict[str, Any]) -> None:
        data = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            raise SpacectlError(f"cannot write {self._path}: {error.strerror or error}") from None


def digest(task: Task) -> str:
    """A hash of what a task is, by which it is known again."""
    said = [task.path, task.uses, plain(task.spec), plain(task.loop) if task.loop is not None else None]
    return sha256(json.dumps(said).encode()).hexdigest()
