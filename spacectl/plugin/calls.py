"""A call with one answer: the checks of it, and what is tried on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError
from spacectl.plugin.inputs import wrong_credentials
from spacectl.plugin.interfaces import Check, Step
from spacectl.plugin.probing import Trial, complains, garbage_request, is_gone, refused
from spacectl.plugin.reading import LARGEST, amount
from spacectl.plugin.recording import comparison
from spacectl.plugin.results import Event, Offence, Result, cut
from spacectl.plugin.shapes import garbage, json_schema_problem, shape
from spacectl.plugin.signatures import extra_fields
from spacectl.plugin.world import LostError, World, learn, skipped, value_at

if TYPE_CHECKING:
    from spacectl.plugin.target import Reply
    from spacectl.values import Fields

UNIMPLEMENTED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED = 12, 4, 8


def unary(world: World, step: Step, rpc: Any, request: Fields) -> Iterator[Event]:
    """Makes the call of a step, and checks its answer. Raises LostError where the server is gone."""
    try:
        reply = world.target.call(rpc, request, world.deadline(step))
    except CallError as error:
        yield from failed(world, step, error, "deadline", "answers")
        return
    yield Result(step.every["rpc"], "passed", f"{step.service}.{step.rpc}")
    yield Result(step.every["deadline"], "passed", f"{reply.seconds:.2f} s")
    yield Result(step.every["answers"], "passed")
    yield _size(world, step, reply)
    yield _fields(world, step, rpc, reply)
    learn(world, step, reply.value)
    missing: list[str] = []
    for check in step.checks:
        yield _judged(world, step, check, reply.value, missing)
    yield from _kept(world, step, reply.value)
    yield from tried(world, Trial(world.target, rpc, step, request, world.deadline(step)))


def failed(world: World, step: Step, error: CallError, in_time: str, ends: str) -> Iterator[Result]:
    """What a failed call says: which check it is that names it. `in_time` and `ends` are checks of every such call.

    Raises LostError where the server is gone.
    """
    every = step.every
    if error.code == UNIMPLEMENTED and step.service in world.interface.optional:
        # the reflection of some servers lists what their files declare
        yield Result(every["rpc"], "skipped", f"the server has no {step.service}, which is optional")
        return
    if error.code == UNIMPLEMENTED:
        yield Result(every["rpc"], "failed", f"the server declares {step.service}.{step.rpc} and answers UNIMPLEMENTED")
        yield from skipped(step, f"{every['rpc'].name} failed", "rpc")
        return
    if is_gone(world.target, error):
        yield from skipped(step, f"the server was lost in {step.name}")
        raise LostError(step.name)
    yield Result(every["rpc"], "passed", f"{step.service}.{step.rpc}")
    named, words = blamed(error, in_time, ends)
    yield Result(every[named], "failed", words, (Offence(step.name, error.details, None, world.command(step)),), 1)
    yield from skipped(step, f"{every[named].name} failed", "rpc", named)
    if named == in_time and world.answers() is not None:
        raise LostError(step.name, named=True)


def blamed(error: CallError, in_time: str, ends: str) -> tuple[str, str]:
    """The check that a failed call breaks, and the words for it."""
    if error.code == DEADLINE_EXCEEDED and error.details.startswith("no answer"):
        return in_time, error.details
    if error.code == RESOURCE_EXHAUSTED and error.details.startswith("the answer has"):
        return "size", error.details
    return ends, f"{error.details or 'the server gave no reason'} ({error.status})"


def tried(world: World, trial: Trial) -> Iterator[Result]:
    """What is tried on purpose with a unary call, or with the beginning of a stream. Raises LostError."""
    step = trial.step
    for probe in step.probes:
        if probe not in ("refuses", "garbage"):
            continue
        try:
            yield _refusal(world, trial) if probe == "refuses" else _garbage(world, trial)
        except CallError:
            yield Result(step.every[probe], "skipped", "the server was lost")
            what = "wrong credentials" if probe == "refuses" else "garbage for options"
            raise LostError(f"{step.name} with {what}") from None


def _refusal(world: World, trial: Trial) -> Result:
    wrong = wrong_credentials(trial.request, trial.step, world.settings.inputs)
    if wrong is None:
        return Result(trial.step.every["refuses"], "skipped", "the credentials have no text that could be made wrong")
    request, certain = wrong
    return refused(trial.with_request(request), certain=certain)


def _garbage(world: World, trial: Trial) -> Result:
    schema = value_at(world.known["metadata"], "options_schema")
    # what is no schema says nothing of what it does not allow
    wrong = {} if json_schema_problem(schema) else garbage(schema)
    return complains(trial.with_request(garbage_request(trial.request, wrong)), certain=bool(wrong))


def _size(world: World, step: Step, reply: Reply) -> Result:
    check = step.every["size"]
    if reply.size > LARGEST:
        return Result(check, "failed", f"the answer has {amount(reply.size)}", _shown(world, step, "the answer", ""), 1)
    return Result(check, "passed", amount(reply.size))


def _fields(world: World, step: Step, rpc: Any, reply: Reply) -> Result:
    value = reply.value if isinstance(reply.value, dict) else {}
    extra = sorted(name for name in extra_fields(world.interface, step, rpc) if value.get(name))
    names = ", ".join([*extra, *(f"number {number}" for number in reply.unknown)])
    if not names:
        return Result(step.every["fields"], "passed")
    words = f"the interface has no field {names}"
    return Result(step.every["fields"], "failed", words, _shown(world, step, "the answer", words), 1)


def _judged(world: World, step: Step, check: Check, value: Any, missing: list[str]) -> Result:
    settings = check.settings
    path = settings.get("at", "")
    parent = next((one for one in missing if not one or path.startswith(f"{one}.")), None)
    if parent is not None:
        return Result(check, "skipped", f"{parent or 'the answer'} is not right")
    found = value_at(value, path)
    if found is None:
        return _absent(world, step, check, path, missing)
    problem = _problem(settings, found, value)
    if problem is None:
        return Result(check, "passed", _summary(found))
    missing.append(path)
    place = path or "the answer"
    part = cut({path: found} if path else found)
    offence = Offence(place, problem, part, world.command(step))
    return Result(check, "failed", f"{place}: {problem}", (offence,), 1)


def _absent(world: World, step: Step, check: Check, path: str, missing: list[str]) -> Result:
    policy = check.settings.get("absent", "fail")
    if policy == "pass":
        return Result(check, "passed", "not given")
    missing.append(path)
    if policy == "warn":
        return Result(check, "warned", f"{path} is not given")
    offence = Offence(path, "it is missing", None, world.command(step))
    return Result(check, "failed", f"{path} is missing", (offence,), 1)


def _problem(settings: Any, found: Any, answer: Any) -> str | None:
    if settings.get("json_schema"):
        return json_schema_problem(found)
    if "unique" in settings:
        return _twice(found, settings["unique"])
    if "as_long_as" in settings:
        return _other_length(found, settings["as_long_as"], value_at(answer, settings["as_long_as"]))
    return shape(settings["schema"])(found)


def _twice(rows: Any, names: list[str]) -> str | None:
    if not isinstance(rows, list):
        return "a list is due"
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        key = ", ".join(str(row.get(name)) for name in names if isinstance(row, dict) and row.get(name) is not None)
        if key and key in seen:
            return f"row {number:,} has the {' and '.join(names)} of an earlier one: {key}"
        seen.add(key)
    return None


def _other_length(lists: Any, name: str, measure: Any) -> str | None:
    due = len(measure) if isinstance(measure, list) else 0
    for key, found in lists.items() if isinstance(lists, dict) else ():
        if isinstance(found, list) and len(found) != due:
            return f"{key} has {len(found):,} of them, and there are {due:,} {name}"
    return None


def _kept(world: World, step: Step, value: Any) -> Iterator[Result]:
    folder = world.settings.compare
    before = None if folder is None else comparison(folder, step.name, world.masker, single=True)
    if before is not None:
        before.see(value)
        yield before.result()
    if world.recorder is not None:
        world.recorder.keep(step.name, value)
        world.recorder.end(step.name)


def _shown(world: World, step: Step, where: str, message: str) -> tuple[Offence, ...]:
    return (Offence(where, message, None, world.command(step)),)


def _summary(found: Any) -> str:
    if isinstance(found, str):
        return str(cut(found))
    if isinstance(found, list):
        short = ", ".join(item for item in found if isinstance(item, str))
        return short if short and len(short) < 60 else f"{len(found):,} items"
    return f"{len(found):,} fields" if isinstance(found, dict) else ""
