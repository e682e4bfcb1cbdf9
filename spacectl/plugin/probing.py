"""What is tried on purpose: wrong credentials, garbage for options, a stream cancelled, run again, run twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.errors import CallError
from spacectl.plugin.reading import keys_of
from spacectl.plugin.results import Offences, Result
from spacectl.plugin.rows import Keys, spelled
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
MOST_AT_ONCE = 10_000
MOST_GARBAGE = 100


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


def survives_cancel(trial: Trial, again: Callable[[], CallError | None]) -> Result:
    """A stream that is cancelled in the middle leaves a server that answers; `again` is a call that did before."""
    check = trial.step.every["cancel"]
    items = trial.target.stream(trial.rpc, trial.request, trial.deadline)
    count = 0
    try:
        for _ in items:
            count += 1
            if count == BEFORE_CANCEL:
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
        fresh = trial.target.stream(trial.rpc, trial.request, trial.deadline)
        try:
            next(iter(fresh), None)
        except CallError as failure:
            lost = failure
        finally:
            getattr(fresh, "close", bool)()
        time.sleep(SETTLED_SECONDS)
    if lost is None:
        return Result(check, "passed", f"after {count} messages")
    return Result(check, "failed", f"after a stream was cancelled the server did not answer: {lost.details}")


def repeats(trial: Trial, before: Keys, requests: list[Fields]) -> Result:
    """A second run gives the same keys."""
    check = trial.step.every["repeat"]
    again = Keys()
    new = Offences(check)

    def see(key: str) -> None:
        again.add(key)
        if key not in before:
            new.add(
                "new", f"{spelled(key) if trial.step.stream == 'resources' else key[:100]} was not in the first run"
            )

    try:
        for request in requests:
            keys_of(trial.target.stream(trial.rpc, request, trial.deadline), trial.step, see)
    except CallError as error:
        if is_gone(trial.target, error):
            raise
        return Result(check, "failed", f"the second run failed: {error.details} ({error.status})")
    if again.total == before.total and again.rows == before.rows:
        return Result(check, "passed", f"{before.rows:,} keys again")
    detail = f"the first run had {before.rows:,} keys, the second {again.rows:,}, of which {new.count:,} are new"
    return Result(check, "failed", detail, tuple(new.kept), max(new.count, 1))


def runs_at_once(trial: Trial, before: Keys, *, compare: bool) -> Result:
    """Two runs at the same time end well, and neither has what the first run had not."""
    check = trial.step.every["parallel"]
    offences = Offences(check)
    errors: list[CallError] = []
    counts: list[int] = []
    lock = threading.Lock()

    def see(key: str) -> None:
        if compare and key not in before:
            with lock:
                offences.add("mixed up", f"{key.replace(chr(0), ' ')[:100]} was not in the first run")

    def run() -> None:
        try:
            items = trial.target.stream(trial.rpc, trial.request, trial.deadline)
            counts.append(keys_of(items, trial.step, see, MOST_AT_ONCE))
        except CallError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        error = errors[0]
        if is_gone(trial.target, error):
            raise error
        return Result(check, "failed", f"one of two runs at once failed: {error.details} ({error.status})")
    if offences.count:
        return Result(check, "failed", f"{offences.count:,} keys are new", tuple(offences.kept), offences.count)
    if compare and counts[0] != counts[1]:
        return Result(
            check, "failed", f"one of two runs at once had {min(counts):,} messages, the other {max(counts):,}"
        )
    return Result(check, "passed", f"{sum(counts):,} messages in two runs")


def garbage_request(request: Fields, wrong: dict[str, Any]) -> Fields:
    """The request with options that are garbage."""
    from spacectl.plugin.inputs import options_of, with_entry
    from spacectl.values import updated

    made = from_python(wrong or {"spacectl_garbage": ["garbage", {"nobody": "declared this"}]})
    return with_entry(request, "options", updated(options_of(request), made) if isinstance(made, Fields) else made)


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
