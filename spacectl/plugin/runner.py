"""The test of one interface of a server: the calls in the order of the core service, and the checks of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from spacectl.errors import CallError, SpacectlError
from spacectl.plugin.calls import unary
from spacectl.plugin.inputs import Masker, given
from spacectl.plugin.interfaces import Interface, Step
from spacectl.plugin.recording import Recorder
from spacectl.plugin.results import Event, Offence, Result
from spacectl.plugin.signatures import problems
from spacectl.plugin.streams import streamed
from spacectl.plugin.world import LostError, Settings, World, known_at_first, skipped

if TYPE_CHECKING:
    from spacectl.plugin.target import Target


def tested(target: Target, interface: Interface, settings: Settings, masker: Masker) -> Iterator[Event]:
    """Tests one interface of a server. Raises InputError for what cannot be sent, OSError."""
    recorder = None if settings.save is None else Recorder(settings.save, masker)
    world = new_world(target, interface, settings, masker, recorder)
    try:
        for step in interface.steps:
            yield from step_events(world, step)
        if not world.lives_failed:
            yield _lives(world)
    finally:
        if recorder is not None:
            recorder.close()


def new_world(
    target: Target, interface: Interface, settings: Settings, masker: Masker, recorder: Recorder | None = None
) -> World:
    """What is known of a server before the first call."""
    world = World(target, interface, settings, masker, recorder, known=known_at_first())
    # a server describes more than it serves: all that its files define
    served = set(target.services())
    for service in interface.services:
        world.rpcs[service] = {}
        if interface.full_name(service) not in served:
            continue
        try:
            world.rpcs[service] = target.rpcs(interface.full_name(service))
        except CallError:
            raise
        except SpacectlError as error:
            world.undescribed[service] = error.message
    return world


def step_events(world: World, step: Step) -> Iterator[Event]:
    """Makes the call of a step, with all its checks. Raises InputError for what cannot be sent."""
    if world.lost:
        yield from skipped(step, world.lost)
        return
    rpcs = world.rpcs[step.service]
    if not rpcs and step.service in world.interface.optional:
        yield Result(step.every["rpc"], "skipped", f"the server has no {step.service}, which is optional")
        return
    rpc = rpcs.get(step.rpc)
    found = problems(world.interface, step, rpc)
    if step.service in world.undescribed:
        found = [world.undescribed[step.service]]
    if found:
        offences = tuple(Offence("the interface", sentence) for sentence in found)
        yield Result(step.every["rpc"], "failed", found[0], offences if len(found) > 1 else (), len(found))
        yield from skipped(step, f"{step.every['rpc'].name} failed", "rpc")
        return
    request = given(step, world.settings.inputs, world.for_one_call())
    if request is None:
        name = world.settings.inputs.folder / f"{step.name}.yml"
        yield Result(step.every["rpc"], "passed", "declared")
        yield from skipped(step, f"nothing to send: write {name} with {' or '.join(step.needs)}", "rpc")
        return
    world.masker.learn(request)
    world.target.check(rpc, request)
    try:
        yield from (streamed if step.stream else unary)(world, step, rpc, request)
    except LostError as loss:
        world.lost = f"the server was lost in {loss.what}"
        if not loss.named:
            yield Result(world.interface.lives, "failed", f"it went away in {loss.what}")
            world.lives_failed = True


def _lives(world: World) -> Result:
    check = world.interface.lives
    if world.lost:
        return Result(check, "skipped", world.lost)
    error = world.answers()
    if error is not None:
        return Result(check, "failed", f"after all that it does not answer any more: {error.details}")
    return Result(check, "passed", "it answers after all that")
