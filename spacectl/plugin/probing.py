"""What is tried on purpose: wrong credentials, garbage for options, a stream cancelled, run again, run twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.errors import CallError
from spacectl.plugin.reading import EVERY_SECONDS, read_keys
from spacectl.plugin.results import Counting, Event, Offences, Result, Tally
from spacectl.plugin.rows import Keys, KeySum, spelled
from spacectl.values import Fields, from_python

if TYPE_CHECKING:
    from spacectl.plugin.interfaces import Step
    from spacectl.plugin.target import Target

# UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION
REFUSALS = frozenset((16, 7, 3, 5, 9))
# CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS: what a broken server says, or a lost one
BREAKDOWNS = frozenset((1, 2, 4, 13, 14, 15))
BEFORE_CANCEL = 2
SETTLED_SECONDS = 0.2
PATIENCE_SECONDS = 3.0
AGAIN_SECONDS = 0.2
MOST_AT_ONCE = 10_000
MOST_GARBAGE = 100
ENOUGH_FOR_A_RATE = 1_000


class Trial(NamedTuple):
    """A call that can be tried: what is called, with what, and how long it may take, in seconds."""

    target: Target
    rpc: Any
    step: Step
    request: Fields
    deadline: float

    def with_request(self, request: Fields) -> Trial:
        """The same with another request."""
        return self._replace(request=request)


def refused(trial: Trial, *, certain: bool) -> Result:
    """Wrong credentials are refused; where none were given that could be made wrong, being taken proves nothing."""
    check = trial.step.every["refuses"]
    error = _failure(trial, MOST_GARBAGE)
    if error is None:
        if certain:
            return Result(check, "failed", "wrong credentials were taken for right ones")
        return Result(
            check, "skipped", "made-up credentials were taken; give real ones to judge by: --secret-data FILE"
        )
    if is_gone(trial.target, error):
        raise error
    if error.code in REFUSALS:
        return Result(check, "passed", f"refused with {error.status}")
    words = f"wrong credentials were refused with {error.status}: {error.details}"
    return Result(check, "failed", words)


def complains(trial: Trial, *, certain: bool) -> Result:
    """Garbage for options is an error, and not the plugin's own; without a schema it may also be ignored."""
    check = trial.step.every["garbage"]
    error = _failure(trial, MOST_GARBAGE)
    if error is None:
        if certain:
            return Result(check, "failed", "options that options_schema does not allow were taken")
        return Result(check, "passed", "unknown options are ignored")
    if is_gone(trial.target, error):
        raise error
    if error.code not in BREAKDOWNS:
        return Result(check, "passed", f"refused with {error.status}")
    return Result(check, "failed", f"garbage for options ended in {error.status}: {error.details}")


def survives_cancel(trial: Trial, again: Callable[[], CallError | None], messages: int) -> Result:
    """A stream that is cancelled in the middle leaves a server that answers; `again` is a call that did before.

    `messages` is how many there were in the first run: where there is none or one, there is no middle.
    """
    check = trial.step.every["cancel"]
    if messages < 2:
        what = "one message" if messages else "no message"
        return Result(check, "skipped", f"the stream had {what}: there is no middle to cancel it in")
    items = trial.target.stream(trial.rpc, trial.request, trial.deadline)
    count = 0
    try:
        for _ in items:
            count += 1
            if count == min(BEFORE_CANCEL, messages - 1):
                break
    except CallError as error:
        return Result(check, "failed", f"the stream failed before it was cancelled: {error.details} ({error.status})")
    finally:
        getattr(items, "close", bool)()
    # the server has to hear of it first
    time.sleep(SETTLED_SECONDS)
    lost = again()
    if lost is None:
        # what was cancelled must be able to begin anew
        lost = _begins_again(trial)
        time.sleep(SETTLED_SECONDS)
    if lost is None:
        lost = again()
    if lost is None:
        return Result(check, "passed", f"after {count} of {messages:,} messages")
    return Result(check, "failed", f"after a stream was cancelled the server did not answer: {lost.details}")


def _begins_again(trial: Trial) -> CallError | None:
    """The error of a stream that does not begin any more, asked for some time: what was cancelled may take a moment."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        items = trial.target.stream(trial.rpc, trial.request, trial.deadline)
        try:
            next(iter(items), None)
        except CallError as error:
            if time.monotonic() > until or is_gone(trial.target, error):
                return error
            time.sleep(AGAIN_SECONDS)
        else:
            return None
        finally:
            getattr(items, "close", bool)()


def repeats(trial: Trial, before: Keys, requests: list[Fields]) -> Iterator[Event]:
    """A second run gives the same keys. Raises CallError where the server is gone."""
    check = trial.step.every["repeat"]
    again = KeySum()
    new = Offences(check)

    def see(key: str) -> None:
        again.add(key)
        if key not in before:
            new.add(
                "new", f"{spelled(key) if trial.step.stream == 'resources' else key[:100]} was not in the first run"
            )

    tally = Tally(f"{trial.step.name}, the second run", trial.step.stream == "resources")

    def run() -> None:
        for request in requests:
            read_keys(trial.target.stream(trial.rpc, request, trial.deadline), trial.step, tally, see)

    try:
        yield from _watched([(run, tally)])
    except CallError as error:
        if is_gone(trial.target, error):
            raise
        yield Result(check, "failed", f"the second run failed: {error.details} ({error.status})")
        return
    if again.equals(before):
        rate = f", {tally.rows / tally.seconds:,.0f}/s" if tally.rows >= ENOUGH_FOR_A_RATE else ""
        yield Result(check, "passed", f"{before.rows:,} keys again{rate}")
        return
    detail = f"the first run had {before.rows:,} keys, the second {again.rows:,}, of which {new.count:,} are new"
    yield Result(check, "failed", detail, tuple(new.kept), max(new.count, 1))


def runs_at_once(trial: Trial, before: Keys, *, compare: bool) -> Iterator[Event]:
    """Two runs at the same time end well, and neither has what the first run had not.

    Raises CallError where the server is gone.
    """
    check = trial.step.every["parallel"]
    offences = Offences(check)
    tallies = [Tally(f"{trial.step.name}, twice at once", trial.step.stream == "resources") for _ in range(2)]
    lock = threading.Lock()

    def see(key: str) -> None:
        if compare and key not in before:
            with lock:
                offences.add("mixed up", f"{key.replace(chr(0), ' ')[:100]} was not in the first run")

    def run(tally: Tally) -> None:
        items = trial.target.stream(trial.rpc, trial.request, trial.deadline)
        read_keys(items, trial.step, tally, see, MOST_AT_ONCE)

    try:
        yield from _watched([(partial(run, tally), tally) for tally in tallies])
    except CallError as error:
        if is_gone(trial.target, error):
            raise
        yield Result(check, "failed", f"one of two runs at once failed: {error.details} ({error.status})")
        return
    counts = sorted(tally.messages for tally in tallies)
    if offences.count:
        yield Result(check, "failed", f"{offences.count:,} keys are new", tuple(offences.kept), offences.count)
    elif compare and counts[0] != counts[1]:
        yield Result(check, "failed", f"one of two runs at once had {counts[0]:,} messages, the other {counts[1]:,}")
    else:
        yield Result(check, "passed", f"{sum(counts):,} messages in two runs")


def garbage_request(request: Fields, wrong: dict[str, Any]) -> Fields:
    """The request with options that are garbage."""
    from spacectl.plugin.inputs import options_of, with_entry
    from spacectl.values import updated

    made = from_python(wrong or {"spacectl_garbage": ["garbage", {"nobody": "declared this"}]})
    return with_entry(request, "options", updated(options_of(request), made) if isinstance(made, Fields) else made)


def _watched(works: Sequence[tuple[Callable[[], None], Tally]]) -> Iterator[Counting]:
    """Does works that count, each in a thread of its own, and says now and then how far they are together.

    Raises what the first of them raised, when all have ended.
    """
    errors: list[BaseException] = []

    def done(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    tallies = [tally for _, tally in works]
    begun = time.monotonic()
    threads = [threading.Thread(target=done, args=(work,), daemon=True) for work, _ in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(EVERY_SECONDS)
            seconds = time.monotonic() - begun
            for tally in tallies:
                tally.seconds = seconds
            if thread.is_alive():
                rows = sum(tally.rows for tally in tallies)
                yield Counting(Tally(tallies[0].step, tallies[0].resources, rows=rows, seconds=seconds))
    if errors:
        raise errors[0]


def _failure(trial: Trial, most: int) -> CallError | None:
    """The error of a call, None where it succeeds; of a stream that goes on the first messages are enough."""
    try:
        if trial.step.stream:
            items = trial.target.stream(trial.rpc, trial.request, trial.deadline)
            try:
                for count, _ in enumerate(items, 1):
                    if count == most:
                        break
            finally:
                getattr(items, "close", bool)()
        else:
            trial.target.call(trial.rpc, trial.request, trial.deadline)
    except CallError as error:
        return error
    return None


def is_gone(target: Target, error: CallError) -> bool:
    """Whether a call failed because the server is not there any more."""
    return error.code in BREAKDOWNS and not target.lives(2.0)
