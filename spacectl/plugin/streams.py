"""A call that answers with a stream: read once with all checks, then cancelled, repeated and run twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError
from spacectl.plugin.calls import blamed, failed, tried
from spacectl.plugin.inputs import given
from spacectl.plugin.interfaces import Step
from spacectl.plugin.probing import Trial, is_gone, repeats, runs_at_once, survives_cancel
from spacectl.plugin.reading import Keeping, Run
from spacectl.plugin.recording import comparison
from spacectl.plugin.results import Collected, Event, Offence, Result, Tally
from spacectl.plugin.signatures import extra_fields
from spacectl.plugin.world import LostError, World, value_at

if TYPE_CHECKING:
    from spacectl.values import Fields


def streamed(world: World, step: Step, rpc: Any, request: Fields) -> Iterator[Event]:
    """Reads the streams of a step, one for each task. Raises LostError where the server is gone."""
    requests = _requests(world, step, request)
    compare = world.settings.compare
    before = None if compare is None else comparison(compare, step.name, world.masker, single=False)
    run = Run(
        step,
        lambda position: _command(world, step, position),
        value_at(world.known["metadata"], "supported_resource_type"),
        extra_fields(world.interface, step, rpc),
        Keeping(world.recorder, before),
    )
    for one in requests:
        yield from run.read(world.target.stream(rpc, one, world.deadline(step), closely=True))
        if run.error is not None:
            break
    if run.error is not None and not run.tally.messages:
        yield from failed(world, step, run.error, "gap", "complete")
        return
    gone = run.error is not None and is_gone(world.target, run.error)
    yield from _results(world, step, run, gone=gone)
    yield Collected(run.tally)
    if world.recorder is not None and run.error is None:
        world.recorder.end(step.name)
    if before is not None:
        yield before.result()
    if gone:
        raise LostError(step.name)
    if run.error is not None:
        for probe in step.probes:
            yield Result(step.every[probe], "skipped", "the first run did not come to its end")
        if world.answers() is not None:
            raise LostError(step.name, named=True)
        return
    yield from _probed(world, Trial(world.target, rpc, step, requests[0], world.deadline(step)), run, requests)


def _results(world: World, step: Step, run: Run, *, gone: bool) -> Iterator[Result]:
    every, tally = step.every, run.tally
    yield Result(every["rpc"], "passed", f"{step.service}.{step.rpc}")
    found = {result.check.name: result for result in run.results()}
    found[every["gap"].name] = Result(every["gap"], "passed", f"the slowest took {tally.slowest:.2f} s")
    found[every["complete"].name] = _completed(step, tally)
    if run.error is not None:
        later = f"the stream broke after {tally.messages:,} messages"
        found[every["complete"].name] = Result(every["complete"], "skipped", later)
        if not gone:
            name, words = blamed(run.error, "gap", "complete")
            offence = Offence(step.name, run.error.details, None, world.command(step))
            found[every[name].name] = Result(every[name], "failed", f"{later}: {words}", (offence,), 1)
    for name in ("gap", "complete"):
        yield found.pop(every[name].name)
    yield from found.values()


def _completed(step: Step, tally: Tally) -> Result:
    noun = "resources" if step.stream == "resources" else "rows"
    if not tally.rows:
        return Result(step.every["complete"], "warned", f"it ended in order, and brought no {noun} to look at")
    if step.stream == "resources" and not tally.counts["state"]["SUCCESS"]:
        words = f"it ended in order, and none of {tally.rows:,} resources is a SUCCESS"
        return Result(step.every["complete"], "warned", words)
    rate = f"{tally.rows / tally.seconds:,.0f}/s" if tally.seconds else ""
    return Result(step.every["complete"], "passed", f"{tally.rows:,} {noun} in {tally.seconds:.2f} s, {rate}")


def _probed(world: World, trial: Trial, run: Run, requests: list[Fields]) -> Iterator[Event]:
    """Cancel, repeat, twice at once, then garbage: what may break the server comes last. Raises LostError."""
    step = trial.step
    repeated = True
    for probe in step.probes:
        if probe == "cancel":
            result = survives_cancel(trial, world.answers, run.first or 0)
            yield result
            if result.state == "failed" and world.answers() is not None:
                yield from _rest(step, "cancel")
                raise LostError(f"{step.name}, when it was cancelled", named=True)
        elif probe in ("repeat", "parallel"):
            try:
                if probe == "repeat":
                    for event in repeats(trial, run.keys, requests):
                        if isinstance(event, Result):
                            repeated = event.state == "passed"
                        yield event
                else:
                    yield from runs_at_once(trial, run.keys, compare=repeated)
            except CallError as error:
                if probe == "repeat":
                    # keys have nothing to do with it
                    yield Result(step.every[probe], "skipped", "the server was lost")
                else:
                    words = f"the server was lost in two runs at once: {error.details}"
                    yield Result(step.every[probe], "failed", words)
                yield from _rest(step, probe)
                what = "the second run" if probe == "repeat" else "two runs at once"
                raise LostError(f"{step.name}, in {what}", named=probe == "parallel") from None
    yield from tried(world, trial)


def _rest(step: Step, done: str) -> Iterator[Result]:
    for probe in step.probes[step.probes.index(done) + 1 :]:
        yield Result(step.every[probe], "skipped", "the server was lost")


def _requests(world: World, step: Step, request: Fields) -> list[Fields]:
    """A request for each task, the given one where there are no tasks or a file says which one it is."""
    tasks = world.tasks() if "task_options" in step.request else []
    made = [given(step, world.settings.inputs, {**world.known, "task_options": task}) for task in tasks]
    return [one for one in made if one is not None] or [request]


def _command(world: World, step: Step, position: int) -> str:
    if world.settings.save is not None:
        return f"sed -n {position}p {world.settings.save / (step.name + '.jsonl')}"
    return f"{world.command(step)} | sed -n {position}p"
