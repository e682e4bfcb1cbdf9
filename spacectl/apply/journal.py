"""The journal of a run: what is about to be done and what became of it, so that another run can go on.

One JSON object a line, only ever appended to, readable by its owner alone: results of tasks may hold credentials.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from spacectl.apply.manifest import Task
from spacectl.apply.trees import plain
from spacectl.errors import UsageError
from spacectl.journal_file import JournalFile

FORMAT = "spacectl-apply-1"


class Journal:
    """A journal on disk, locked while it is open. Raises UsageError where it is in use, or is there already.

    With `resume` one that is there is read, and appended to.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        self.done: dict[str, dict[str, Any]] = {}
        self.begun: dict[str, dict[str, Any]] = {}
        self._file = JournalFile(path, make=True)
        try:
            self._read(resume)
        except BaseException:
            self._file.close()
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
        self._file.close()

    def _read(self, resume: bool) -> None:
        end = 0
        for number, line in enumerate(self._file.lines(resume=resume), 1):
            try:
                self._take(number, json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError):
                raise self._file.no_journal(number) from None
            end += len(line)
        self._file.own(end)
        if not end:
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
        self._file.append(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
        self._file.sync()


def digest(task: Task) -> str:
    """A hash of what a task is, by which it is known again."""
    said = [task.path, task.uses, plain(task.spec), plain(task.loop) if task.loop is not None else None]
    return sha256(json.dumps(said).encode()).hexdigest()
