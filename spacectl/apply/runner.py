"""Runs the tasks of a manifest one by one, or says what they would do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from spacectl.apply.execute import Executor
from spacectl.apply.expressions import compile_condition, has_expression
from spacectl.apply.failure import not_done, progress, task_error
from spacectl.apply.journal import Journal
from spacectl.apply.kinds import ExpressionError, NotYetKnownError, Unknown
from spacectl.apply.manifest import Manifest, Task
from spacectl.apply.masking import Secrets
from spacectl.apply.modules import name_of
from spacectl.apply.needs import made_of_secrets, task_expressions
from spacectl.apply.outcome import Outcome, ShellError, TaskError
from spacectl.apply.report import Report
from spacectl.apply.scope import NOTHING, Scope
from spacectl.apply.trees import Found, evaluate, expressions, has_unknown
from spacectl.errors import CallError, InputError, Problem, SpacectlError
from spacectl.values import Scalar

KINDS = MappingProxyType({dict: "a mapping", str: "a text", int: "a number", float: "a number"})
LONGEST_ITEM = 40  # characters
# the call may have been made all the same
IN_DOUBT = frozenset((1, 2, 4, 13, 14, 15))


class Turn(NamedTuple):
    """One time that a task runs: its depth on the screen, the loops around it (`[0][2]`) and their item."""

    task: Task
    depth: int
    suffix: str
    item: Any
    looped: bool


@dataclass
class Runner:
    """One run of a manifest; `planned` runs nothing that changes anything."""

    manifest: Manifest
    scope: Scope
    executor: Executor
    report: Report
    secrets: Secrets
    journal: Journal | None = None
    planned: bool = False
    entries: list[dict[str, Any]] = field(default_factory=list)
    _waiting: dict[str, int] = field(default_factory=dict)
    _at: tuple[Task, str] | None = None

    def run(self) -> None:
        """Runs all tasks. Raises TaskError for the first that fails."""
        started = time.monotonic()
        self._learn_variables()
        try:
            self._tasks(self.manifest.tasks, 0, "", NOTHING)
        except KeyboardInterrupt:
            self._interrupted()
            raise
        written = any(map(_writes, self.entries))
        self.report.summary(self.actions, time.monotonic() - started, planned=self.planned, written=written)

    @property
    def actions(self) -> list[str]:
        """What was done, or would be, task by task."""
        return [str(entry["action"]) for entry in self.entries]

    def _learn_variables(self) -> None:
        try:
            for secret in self.scope.secrets():
                self.secrets.add(secret, shortest=1)
            self.secrets.learn({name: self.scope.var[name] for name in self.scope.var})
        except ExpressionError as error:
            raise InputError([Problem("var", "", str(error))]) from None
        found = [one for entry in self.manifest.var.values() for one in expressions(entry.value, problems=[])]
        self._learn_from(found, self.scope.names())

    def _learn_from(self, found: Iterable[Found], names: Mapping[str, Any]) -> None:
        for secret in made_of_secrets(found, names, self.scope.secret_names):
            self.secrets.add(secret)

    def _tasks(self, tasks: tuple[Task, ...], depth: int, suffix: str, item: Any) -> None:
        for task in tasks:
            name = task.label
            try:
                if task.loop is None:
                    self._task(Turn(task, depth, suffix, item, looped=False))
                    continue
                items = self._items(task, item)
                if items is None:
                    turn = Turn(task, depth, suffix, item, looped=False)
                    self._record(turn, name, Outcome("depends", Unknown()), {}, 0)
                    continue
                self.report.group(name, depth, f"{len(items)} times")
                if task.id:
                    self.scope.begin_loop(task.id)
                for index, one in enumerate(items):
                    self._waiting[task.path] = len(items) - index - 1
                    self._task(Turn(task, depth + 1, f"{suffix}[{index}]", one, looped=True))
            except TaskError:
                raise
            except SpacectlError as error:
                raise self._failure(task, name, error) from None

    def _task(self, turn: Turn) -> None:
        task, depth = turn.task, turn.depth
        names = self.scope.names_of(task, turn.item)
        self._set_variables(task, names)
        self._learn_from(task_expressions(task, []), names)
        name = self._name(turn, names)
        try:
            held = self._holds(task, names)
            if held is None:
                self._record(turn, name, Outcome("depends", Unknown()), {}, 0)
            elif not held:
                self._record(turn, name, Outcome("skip", {}), {}, -1)
            elif task.sub_tasks is not None:
                self.report.group(name, depth, "sub-tasks")
                self._tasks(task.sub_tasks, depth + 1, turn.suffix, turn.item)
                group = {"name": name, "id": task.id, "state": "SUCCESS", "spec": {}, "output": {}}
                self.scope.record(task.id, group, looped=turn.looped)
            else:
                self._module(turn, name, names)
        except TaskError:
            raise
        except SpacectlError as error:
            raise self._failure(task, name, error) from None

    def _module(self, turn: Turn, name: str, names: Mapping[str, Any]) -> None:
        task, key = turn.task, f"{turn.task.path}{turn.suffix}"
        self._at = task, name
        if has_expression(task.uses):
            uses = evaluate(Scalar(task.uses, "plain", task.uses_where or task.where), names).value
            task = replace(task, uses=str(uses))
        # what was printed is printed again: nobody has the output of the run before
        journal = None if name_of(task.uses) == "print" else self.journal
        known = journal.known(key, task) if journal is not None else None
        started = time.monotonic()
        if known is not None:
            # a skip is not kept: what skips it is looked at again
            outcome = Outcome("done", known["result"]["output"], detail="before")
            spec = known["result"]["spec"]
        else:
            spec_tree = evaluate(task.spec, names)
            self.secrets.learn(spec_tree.value)
            before = self.scope.results.get(task.id)
            outcome = self._guarded(task, key, spec_tree, before, turn.depth)
            spec = spec_tree.value
        if journal is not None and known is None:
            journal.end(key, task, outcome.action, {"spec": spec, "output": outcome.output})
        self._record(turn, name, outcome, spec, time.monotonic() - started)

    def _guarded(self, task: Task, key: str, spec: Any, before: Any, depth: int) -> Outcome:
        if self.planned:
            return self.executor.plan(task, spec, before)
        try:
            return self.executor.run(task, key, spec, before, self.journal)
        except ShellError as error:
            if error.output.count("\n") > 1:
                self.report.debug({"result": error.output}, depth)
            raise
        except CallError as error:
            if self.journal is not None and error.code not in IN_DOUBT:
                self.journal.fail(key)
            raise

    def _record(self, turn: Turn, name: str, outcome: Outcome, spec: Any, seconds: float) -> None:
        task, depth = turn.task, turn.depth
        self.secrets.learn(outcome.output)
        state = {"skip": "SKIPPED", "depends": "UNKNOWN"}.get(outcome.action, "PLANNED" if self.planned else "SUCCESS")
        result = {"name": name, "id": task.id or None, "state": state, "spec": spec, "output": outcome.output}
        self.scope.record(task.id, result, looped=turn.looped)
        for inner in task.sub_tasks or ():
            self._without_result(inner, outcome)
        entry: dict[str, Any] = {
            "name": name,
            "id": task.id or None,
            "action": outcome.action,
            "where": str(task.where),
        }
        if outcome.detail:
            entry["detail"] = outcome.detail
        if outcome.changes:
            entry["changes"] = [{"path": c.path, "before": c.before, "after": c.after} for c in outcome.changes]
        self.entries.append(entry)
        if self.planned:
            self.report.planned(name, depth, outcome, str(task.where))
        else:
            self.report.task(name, depth, outcome, seconds)
        if task.debug and outcome.action != "skip" and not self.planned:
            self.report.debug(outcome.output, depth)

    def _without_result(self, task: Task, outcome: Outcome) -> None:
        """A task inside one that was skipped has the same result."""
        output = outcome.output
        self.scope.record(task.id, {"name": task.label, "id": task.id, "spec": {}, "output": output}, looped=False)
        for inner in task.sub_tasks or ():
            self._without_result(inner, outcome)

    def _set_variables(self, task: Task, names: Mapping[str, Any]) -> None:
        for name, entry in (task.var.entries if task.var is not None else {}).items():
            try:
                self.scope.set_var({name: evaluate(entry.value, names).value})
            except InputError as error:
                raise self._failure(task, task.label, error) from None
            self.secrets.learn({name: self.scope.var[name]})

    def _name(self, turn: Turn, names: Mapping[str, Any]) -> str:
        """What a task is called; in a loop, where that is the same each time, its item or its number with it."""
        task = turn.task
        name = task.label
        if task.name is not None:
            value = evaluate(task.name, names).value
            name = task.label if isinstance(value, Unknown) else str(value).strip() or task.label
        if not turn.looped or (isinstance(task.name, Scalar) and has_expression(task.name.text)):
            return name
        item = "" if isinstance(turn.item, (dict, list, Unknown, bool)) or turn.item is None else str(turn.item)
        number = turn.suffix[turn.suffix.rfind("[") :]
        return f"{name} {item if 0 < len(item) <= LONGEST_ITEM and item.isprintable() else number}"

    def _holds(self, task: Task, names: Mapping[str, Any]) -> bool | None:
        """Whether a task's `if` lets it run; None where a plan cannot tell. Raises InputError."""
        if not isinstance(task.condition, Scalar):
            return True
        try:
            return bool(compile_condition(task.condition.text).evaluate(names))
        except NotYetKnownError:
            return None
        except ExpressionError as error:
            raise InputError([Problem(str(task.condition.where), "if", str(error))]) from None

    def _items(self, task: Task, item: Any) -> list[Any] | None:
        """What a task's `loop` goes through; None where a plan cannot tell. Raises InputError."""
        if task.loop is None:
            return []
        found = evaluate(task.loop, self.scope.names_of(task, item)).value
        if isinstance(found, Unknown) or (isinstance(found, list) and has_unknown(found)):
            return None
        if isinstance(found, dict) and not found:
            return []
        if not isinstance(found, list) and found is not None:
            raise InputError(
                [Problem(str(task.loop.where), "loop", f"a list is due, and it is {KINDS.get(type(found), 'a value')}")]
            )
        return found or []

    def _failure(self, task: Task, name: str, error: SpacectlError) -> TaskError:
        more = ["put it right, and --resume goes on from here"] if self.journal is not None else []
        left = list(not_done(self.manifest, task, self._waiting))
        return task_error(task, name, error, self.secrets, *more, done=self._done(), left=left)

    def _interrupted(self) -> None:
        if self._at is None or self.planned:
            return
        task, name = self._at
        more = ["--resume goes on from here"] if self.journal is not None else []
        left = list(not_done(self.manifest, task, self._waiting))
        self.report.interrupted(f"task {name!r} ({task.where})", [*progress(self._done(), left), *more])

    def _done(self) -> list[str]:
        return [str(entry["name"]) for entry in self.entries if entry["action"] != "skip"]


def _writes(entry: Mapping[str, Any]) -> bool:
    """Whether a task created or changed a resource; a token that is issued is none."""
    verb = str(entry.get("detail", "")).partition(" ")[0]
    return entry["action"] in ("create", "update") or (entry["action"] == "exec" and verb != "issue")
