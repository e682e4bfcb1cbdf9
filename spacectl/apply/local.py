"""Modules of a manifest's own: a Python file beside it, with `run(spec)` that gives the output."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from spacectl.apply.manifest import Task
from spacectl.apply.outcome import Outcome
from spacectl.errors import SpacectlError


def run_local(task: Task, spec: dict[str, Any]) -> Outcome:
    """What the function `run` of a task's Python file gives. Raises SpacectlError, for whatever goes wrong in it."""
    path = Path(task.directory, task.uses)
    found = importlib.util.spec_from_file_location(f"spacectl_local_{path.stem}", path)
    if found is None or found.loader is None:
        raise SpacectlError(f"cannot load {path}")
    module = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
        return Outcome("run", module.run(spec))
    except SpacectlError:
        raise
    except Exception as error:
        raise SpacectlError(f"{task.uses}: {type(error).__name__}: {error}", "its function is `run(spec)`") from error
