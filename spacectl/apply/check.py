"""The whole manifest is checked before its first task runs: every problem at once, each at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from spacectl.apply.calls import Calls
from spacectl.apply.environment import ROOTS, expressions_environment
from spacectl.apply.exports import missing_extra
from spacectl.apply.expressions import has_expression
from spacectl.apply.manifest import Manifest, Task, every
from spacectl.apply.modules import MODULES, PREFIX, name_of
from spacectl.apply.needs import task_expressions
from spacectl.apply.resource import choose
from spacectl.apply.trees import Found, expressions, masked_tree
from spacectl.apply.wanted import read_spec
from spacectl.errors import CallError, ConfigError, Problem, UsageError
from spacectl.nearest import nearest
from spacectl.values import Fields, Scalar, is_null

ACCUMULATING = f"{PREFIX}concat"


def check(manifest: Manifest, known_variables: Collection[str], *, local_modules: bool) -> list[Problem]:
    """What is wrong with a manifest, as far as that can be known without any server."""
    problems: list[Problem] = []
    ids: dict[str, Task] = {}
    later = {task.id for task in every(manifest.tasks)}
    variables = set(known_variables) | {
        name for task in every(manifest.tasks) for name in (task.var or Fields()).entries
    }
    for section in (manifest.var, manifest.env):
        for entry in section.values():
            for found in expressions(entry.value, problems=problems):
                problems += _names(found, None, ids, later, variables, looped=False)
    used: set[str] = set()
    twice: list[tuple[Task, Task]] = []
    for task, looped in _with_loops(manifest.tasks, False):
        _check_task(task, problems, local_modules=local_modules)
        for found in task_expressions(task, problems):
            problems += _names(found, task, ids, later, variables, looped=looped)
            used |= {path[1] for (path,) in found.expression.references if path[0] == "tasks" and len(path) > 1}
        if task.id:
            before = ids.get(task.id)
            same_file = before is not None and before.where.name == task.where.name
            if before is not None and same_file and ACCUMULATING not in (task.uses, before.uses):
                twice.append((before, task))
            ids[task.id] = task
    # `id: shell` of several shell tasks, as installers write it, is no name as long as nobody calls it by it
    problems += [
        Problem(str(task.where), "", f"the id {task.id} is that of {before.where} already")
        for before, task in twice
        if task.id in used or not task.id == name_of(task.uses) == name_of(before.uses)
    ]
    return problems


def check_requests(manifest: Manifest, calls: Calls) -> tuple[list[Problem], list[str]]:
    """What is wrong with the requests, as far as the servers describe them; and what could not be checked.

    Raises ConfigError, CallError for a service that cannot be asked, unless a script before may yet change that.
    """
    problems: list[Problem] = []
    doubts: list[str] = []
    script_before = False
    for task in every(manifest.tasks):
        script_before = script_before or name_of(task.uses) == "shell"
        if name_of(task.uses) != "resource":
            continue
        wanted, wrong = read_spec(task.spec)
        if wrong or has_expression(wanted.resource) or any(map(has_expression, wanted.verbs.values())):
            continue
        place = task.spec.entries["resource_type"].value.where
        try:
            for kind, verb in wanted.verbs.items():
                if kind == "update" and "create" in wanted.verbs:
                    calls.method(wanted.resource, verb, None)
                    continue
                known = masked_tree(wanted.matched if kind == "read" else wanted.data)
                problems += choose(calls, wanted, kind, known)[1] if isinstance(known, Fields) else []
        except UsageError as error:
            problems.append(Problem(str(place), "", "; ".join((error.message, *error.hints))))
        except (ConfigError, CallError) as error:
            if not script_before:
                raise
            doubts.append(f"{place}: not checked: {error.message}")
    return list(dict.fromkeys(problems)), doubts


def _with_loops(tasks: tuple[Task, ...], looped: bool) -> Iterator[tuple[Task, bool]]:
    for task in tasks:
        inside = looped or task.loop is not None
        yield task, inside
        yield from _with_loops(task.sub_tasks or (), inside)


def _check_task(task: Task, problems: list[Problem], *, local_modules: bool) -> None:
    def complain(message: str) -> None:
        problems.append(Problem(str(task.uses_where or task.where), "", message))

    if not task.uses or has_expression(task.uses):
        return
    name = name_of(task.uses)
    if name is None:
        if message := _unknown_module(task, local_modules=local_modules):
            complain(message)
        return
    if hint := missing_extra(name):
        complain(f"{PREFIX}{name} needs {hint}")
    keys = MODULES[name]
    for key in keys.due:
        entry = task.spec.entries.get(key)
        if entry is None or (is_null(entry.value) and name != "print"):
            problems.append(Problem(str(task.spec.where), "", f"{PREFIX}{name} needs {key} in its spec"))
    for key, entry in task.spec.entries.items():
        if key not in (*keys.due, *keys.more):
            # other keys may be there for `self`; one that is nearly right is misspelt
            near = nearest(key, (*keys.due, *keys.more))
            if near:
                problems.append(
                    Problem(str(entry.where), "", f"a spec has no {key}; did you mean {' or '.join(near)}?")
                )
    run = task.spec.entries.get("run")
    if name == "shell" and run is not None and not isinstance(run.value, Scalar):
        problems.append(Problem(str(run.value.where), "", "run: a script is due, as one text: `run: |`"))
    if name == "resource" and "resource_type" in task.spec.entries:
        problems += read_spec(task.spec)[1]


def _unknown_module(task: Task, *, local_modules: bool) -> str:
    """What is wrong with a module that is not one of this package; nothing for a local one that may be used."""
    if task.uses.endswith(".py") and not task.uses.startswith("@"):
        if not local_modules:
            return f"{task.uses} is a module of the manifest's own: --allow-local-modules runs it"
        there = Path(task.directory, task.uses).is_file()
        return "" if there else f"there is no file {task.uses} beside the manifest"
    bare = task.uses.lstrip("@").removeprefix("module/").removeprefix("modules/")
    if bare in MODULES:
        return f'there is no module {task.uses}; write "{PREFIX}{bare}"'
    near = nearest(bare, MODULES) or sorted(MODULES)
    return f"there is no module {task.uses}; there is {', '.join(PREFIX + one for one in near)}"


def _names(
    found: Found,
    task: Task | None,
    ids: Collection[str],
    later: Collection[str],
    variables: Collection[str],
    *,
    looped: bool,
) -> Iterator[Problem]:
    """What an expression names that cannot be there when it is evaluated."""
    own = f" of task {task.label}" if task is not None else ""
    optional = "default" in found.expression.source or "is defined" in found.expression.source
    for (path,) in found.expression.references:
        root, name = path[0], path[1] if len(path) > 1 else ""
        message = ""
        if root not in ROOTS:
            near = nearest(root, (*ROOTS, *expressions_environment().globals))
            message = f"there is no {root}; " + (f"did you mean {near[0]}?" if near else f"there is {', '.join(ROOTS)}")
        elif root == "item" and not looped:
            message = "item is for tasks in a loop"
        elif root == "tasks" and name and name not in ids:
            if name in later:
                message = f"tasks.{name} comes later, or is this very task"
            else:
                near = nearest(name, later)
                message = f"there is no task {name}" + (f"; did you mean {' or '.join(near)}?" if near else "")
        elif root == "var" and name and name not in variables and not optional:
            near = nearest(name, variables)
            words = f"; did you mean {' or '.join(near)}?" if near else f": -v {name}=VALUE gives it"
            message = f"there is no variable {name}{words}"
        if message:
            yield Problem(str(found.where), "", f"{found.path}{own}: {message}")
