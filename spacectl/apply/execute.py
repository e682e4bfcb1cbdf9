"""One task: its module, run or planned, with what the journal has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spacectl.apply.journal import Journal
from spacectl.apply.kinds import Loop, Unknown
from spacectl.apply.local import run_local
from spacectl.apply.manifest import Task
from spacectl.apply.modules import PREFIX, PURE, Means, name_of, run_module
from spacectl.apply.outcome import Outcome
from spacectl.apply.report import Report
from spacectl.apply.resource import CREATING, READS, Step, carry_out, decide
from spacectl.apply.templates import shaped
from spacectl.apply.trees import Evaluated
from spacectl.apply.wanted import Wanted, read_spec
from spacectl.errors import InputError, SpacectlError
from spacectl.values import Fields


@dataclass(frozen=True)
class Executor:
    """Runs modules. `retry_unknown` does again what may have been done by a run that was interrupted.

    `needed` are the secrets that later tasks use, by the id of the task that gets them.
    """

    means: Means
    report: Report
    retry_unknown: bool = False
    needed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def run(self, task: Task, key: str, spec: Evaluated, before: Any, journal: Journal | None) -> Outcome:
        """What a task does. Raises SpacectlError."""
        if task.uses.endswith(".py"):
            self._begin(journal, key, task)
            return run_local(task, spec.value)
        name = name_of(task.uses) or task.uses.removeprefix(PREFIX)
        if name != "resource":
            if name not in PURE:
                self._begin(journal, key, task)
            return run_module(name, spec.value, task.directory, _output(before), self.means)
        # a task before this one may have changed the environment
        self.means.calls.renew()
        wanted = _wanted(spec)
        step = decide(self.means.calls, wanted, spec, planned=False, needed=self._needed(task))
        if step.method is None:
            return self._shaped(step.outcome, spec, wanted)
        if journal is not None and step.method.verb not in READS:
            adopted = self._journalled(journal, key, task, (wanted, step))
            if adopted is not None:
                return self._shaped(Outcome(step.outcome.action, adopted, detail=_call(step)), spec, wanted)
        outcome = carry_out(self.means.calls, wanted, step)
        detail = _call(step) if outcome.action in ("exec", "read") else wanted.resource
        return self._shaped(Outcome(outcome.action, outcome.output, outcome.changes, detail), spec, wanted)

    def plan(self, task: Task, spec: Evaluated, before: Any) -> Outcome:
        """What a task would do; what changes nothing is done. Raises SpacectlError."""
        name = name_of(task.uses) or task.uses.removeprefix(PREFIX)
        if name in PURE:
            if not spec.known:
                return Outcome("done", Unknown())
            return run_module(name, spec.value, task.directory, _output(before), self.means)
        if name == "print":
            return Outcome("done", {})
        if name != "resource":
            return Outcome("run", Unknown())
        wanted = _wanted(spec)
        step = decide(self.means.calls, wanted, spec, planned=True, needed=self._needed(task))
        action = step.outcome.action
        if step.method is None:
            return self._shaped(step.outcome, spec, wanted)
        if action == "read":
            if not spec.known:
                return Outcome("read", Unknown(), detail=_call(step))
            read = carry_out(self.means.calls, wanted, step)
            return self._shaped(Outcome("read", read.output, detail=_call(step)), spec, wanted)
        output = step.outcome.output if action == "update" else Unknown()
        return Outcome(action, output, step.outcome.changes, _call(step) if action == "exec" else wanted.resource)

    def _needed(self, task: Task) -> frozenset[str]:
        return self.needed.get(task.id, frozenset())

    def _begin(self, journal: Journal | None, key: str, task: Task) -> None:
        if journal is not None:
            if journal.interrupted(key) is not None:
                self.report.warn(f"{task.where}: {task.label} was interrupted before, and runs again")
            journal.begin(key, task)

    def _journalled(self, journal: Journal, key: str, task: Task, planned: tuple[Wanted, Step]) -> Any:
        """Notes what is about to be called; the answer where a run that was interrupted has called it already."""
        wanted, step = planned
        method, interrupted = step.method, journal.interrupted(key)
        # what is looked for by `matches` first is never created twice
        unguarded = method is not None and method.verb in CREATING and "read" not in wanted.verbs
        equal = step.current if unguarded else None
        if interrupted is not None and unguarded and not self.retry_unknown:
            before = interrupted.get("equal")
            new = [row for row in equal or () if before is None or row not in before]
            if equal is None or before is None or len(new) > 1:
                raise SpacectlError(
                    f"the run before was interrupted in {method}: nobody knows whether it was done",
                    f"`spacectl list {wanted.resource}` shows what there is",
                    "--retry-unknown calls it again",
                )
            if new:
                return new[0]
        elif interrupted is not None:
            self.report.warn(f"{task.where}: {task.label} was interrupted before, and runs again")
        journal.begin(key, task, **({"equal": equal} if equal is not None else {}))
        return None

    def _shaped(self, outcome: Outcome, spec: Evaluated, wanted: Wanted) -> Outcome:
        output = shaped(outcome.output, spec.value.get("output"), self.means)
        return Outcome(outcome.action, output, outcome.changes, outcome.detail or wanted.resource)


def _wanted(spec: Evaluated) -> Wanted:
    fields = spec.node
    wanted, problems = read_spec(fields if isinstance(fields, Fields) else Fields())
    if problems:
        raise InputError(problems)
    return wanted


def _output(before: Any) -> Any:
    if isinstance(before, Loop):
        before = before[-1] if before else None
    return before["output"] if isinstance(before, dict) else None


def _call(step: Step) -> str:
    return str(step.method)
