"""What became of a task, or what a plan says will."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from spacectl.errors import SpacectlError

Action = Literal["create", "update", "unchanged", "read", "absent", "exec", "run", "skip", "done", "depends"]
CHANGES = frozenset(("create", "update", "exec", "run", "depends"))
PAST: Mapping[str, str] = {
    **{"create": "created", "update": "updated", "unchanged": "unchanged", "read": "read", "absent": "not there"},
    **{"exec": "called", "run": "ran", "skip": "skipped", "done": "done", "depends": "depends"},
}


@dataclass(frozen=True)
class Change:
    """One field that differs: its path, and its value before and after."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Outcome:
    """What a module did, or would do; `output` is what later tasks see."""

    action: Action
    output: Any = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    detail: str = ""


class TaskError(SpacectlError):
    """A task that failed: with its place, what was done before it and what was not."""

    def __init__(self, message: str, cause: SpacectlError, task: Mapping[str, Any], hints: tuple[str, ...]) -> None:
        super().__init__(message, *hints)
        self.exit_status = cause.exit_status
        self._cause = cause
        self._task = task

    def as_dict(self) -> dict[str, Any]:
        """The error with its task and its cause."""
        return {**super().as_dict(), "task": dict(self._task)}


class ShellError(SpacectlError):
    """A script that failed; its exit status is the task's."""

    def __init__(self, status: int, output: str) -> None:
        # a `spacectl` in the script says what is wrong before it gives hints
        lines = [line for line in output.strip().splitlines() if not line.startswith("hint:")]
        super().__init__(f"the script ended with exit status {status}" + (f": {lines[-1]}" if lines else ""))
        self.exit_status = status if 0 < status < 256 else 1
        self.output = output
