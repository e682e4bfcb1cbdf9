"""The failure of a task: where it is, why, what was done before it and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spacectl.apply.manifest import Manifest, Task, every
from spacectl.apply.masking import Secrets
from spacectl.apply.outcome import TaskError
from spacectl.errors import SpacectlError


def task_error(
    task: Task,
    name: str,
    error: SpacectlError,
    secrets: Secrets,
    *more: str,
    done: Sequence[str],
    left: Sequence[str],
) -> TaskError:
    """The error of a task that failed; `more` are hints of the run. Secrets are masked in all of it."""
    hints = [*error.hints, *progress(done, left)]
    place: dict[str, Any] = {"name": name, "id": task.id or None, "where": str(task.where)}
    place |= {"done": list(done), "not_done": list(left), "cause": error.as_dict()}
    message = secrets.hide(f"task {name!r} ({task.where}): {error.message}")
    return TaskError(message, error, secrets.hidden(place), tuple(map(secrets.hide, (*hints, *more))))


def progress(done: Sequence[str], left: Sequence[str]) -> list[str]:
    """What was done before a run ended, and what was not."""
    before = f"done so far: {', '.join(done)}" if done else "nothing was done before"
    return [before, f"not done: {', '.join(left)}"] if left else [before]


def not_done(manifest: Manifest, task: Task, waiting: Mapping[str, int]) -> Iterator[str]:
    """The names of what was left to do when a task failed, the next one first.

    `waiting` are the turns that loops had left, by the path of their task.
    """
    by_path = {one.path: one for one in every(manifest.tasks)}
    path = task.path
    while path in by_path:
        if turns := waiting.get(path):
            yield f"{by_path[path].label} ({turns} more)"
        parent = path.rpartition(".")[0]
        beside = (by_path[parent].sub_tasks or ()) if parent else manifest.tasks
        paths = [one.path for one in beside]
        yield from (one.label for one in beside[paths.index(path) + 1 :])
        path = parent
