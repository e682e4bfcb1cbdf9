"""What is known while one interface of a server is tested, and what its steps share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.errors import CallError
from spacectl.plugin.inputs import Inputs, Masker, allowed_options, file_of, given
from spacectl.plugin.interfaces import Check, Interface, Step
from spacectl.plugin.recording import Recorder
from spacectl.plugin.results import Result

if TYPE_CHECKING:
    from spacectl.plugin.target import Target

UNAVAILABLE, DEADLINE_EXCEEDED = 14, 4
DOMAIN = "domain-000000000000"


class Settings(NamedTuple):
    """How a test is run: `deadline` in seconds stands in for those of the tables, `save` and `compare` are folders."""

    inputs: Inputs
    deadline: float | None = None
    save: Path | None = None
    compare: Path | None = None


class LostError(Exception):
    """The server is not there any more, or answers nothing; `named` says that a check has failed for it already."""

    def __init__(self, what: str, *, named: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.named = named


@dataclass
class World:
    """One test: the server, what is known by now, and what was lost on the way."""

    target: Target
    interface: Interface
    settings: Settings
    masker: Masker
    recorder: Recorder | None
    known: dict[str, Any] = field(default_factory=dict)
    rpcs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    undescribed: dict[str, str] = field(default_factory=dict)
    lost: str = ""
    lives_failed: bool = False

    def deadline(self, step: Step) -> float:
        """How long a step may take, in seconds."""
        return step.deadline if self.settings.deadline is None else self.settings.deadline

    def for_one_call(self) -> dict[str, Any]:
        """What is known, with the first of the tasks that `get_tasks` gave."""
        tasks = self.tasks()
        return {**self.known, "task_options": tasks[0] if tasks else None}

    def tasks(self) -> list[Any]:
        """The options of all tasks that `get_tasks` gave."""
        found = self.known.get("task_options")
        return found if isinstance(found, list) else []

    def answers(self) -> CallError | None:
        """The error of the first call of all, made once more; None where it is answered, or refused in order."""
        step = self.interface.steps[0]
        request = given(step, self.settings.inputs, self.for_one_call())
        rpc = self.rpcs[step.service].get(step.rpc)
        if request is None or rpc is None or rpc.streaming or rpc.client_streaming:
            return None
        try:
            self.target.call(rpc, request, min(self.deadline(step), 10.0))
        except CallError as error:
            # a plugin may say UNAVAILABLE itself, of its provider
            gone = error.code == UNAVAILABLE and not self.target.lives(2.0)
            return error if gone or error.code == DEADLINE_EXCEEDED else None
        return None

    def command(self, step: Step) -> str:
        """The command that makes the same call, to see all of its answer."""
        words = ["spacectl", "--endpoint", self.target.url, "exec", step.rpc]
        words.append(f"{self.interface.full_name(step.service)}")
        inputs = self.settings.inputs
        path = file_of(step, inputs.folder)
        if path is not None:
            words += ["-f", str(path)]
        if inputs.options_name and "options" in step.request:
            words += ["-p", f"options=@{inputs.options_name}"]
        if inputs.secret_name and "secret_data" in step.request:
            words += ["-p", f"secret_data=@{inputs.secret_name}"]
        from shlex import join

        return join([*words, "-o", "jsonl"])


def skipped(step: Step, why: str, *but: str) -> Iterator[Result]:
    """All checks of a step that are not made, but for those that were."""
    for check in checks_of_step(step):
        if check.settings.get("name") not in but:
            yield Result(check, "skipped", why)


def checks_of_step(step: Step) -> Iterator[Check]:
    """All checks of a step, in their order."""
    every = step.every
    names = ("rpc", "gap", "complete") if step.stream else ("rpc", "deadline", "answers")
    yield from (every[name] for name in (*names, "size", "fields"))
    yield from step.checks
    yield from (every[name] for name in step.probes)


def known_at_first() -> dict[str, Any]:
    """What can be sent before any call was made."""
    today = datetime.now(timezone.utc)
    return {
        "options": {},
        "secret_data": {},
        "metadata": {},
        "domain_id": DOMAIN,
        "today": today.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "yesterday": (today - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def learn(world: World, step: Step, value: Any) -> None:
    """Keeps what an answer gives to the later calls."""
    for name, path in step.gives.items():
        found = value_at(value, path)
        if found is not None:
            world.known[name] = found
    if "metadata" in step.gives:
        world.known["options"] = allowed_options(world.known["metadata"])


def value_at(value: Any, path: str) -> Any:
    """The value at a path: `a.b`, `tasks[].x` for that of each, `metrics[0].key`; None where there is none."""
    if not path:
        return value
    first, _, rest = path.partition(".")
    name, bracket, index = first.partition("[")
    found = value.get(name) if isinstance(value, dict) else None
    if not bracket:
        return value_at(found, rest) if rest else found
    if not isinstance(found, list):
        return None
    if index == "]":
        return [item for item in (value_at(one, rest) for one in found) if item is not None]
    number = int(index.rstrip("]"))
    return value_at(found[number], rest) if number < len(found) else None
