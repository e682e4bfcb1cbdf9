"""The options of commands that send many requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import click

from spacectl.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])
READS = frozenset(("get", "list", "stat", "analyze", "check"))
PARALLEL_READS = 16


class Many(NamedTuple):
    """How many requests are run; None and False where an option was not typed."""

    rows: str | None = None
    parallel: int | None = None
    keep_going: bool = False
    journal: str | None = None
    resume: bool = False
    retry_failed: bool = False
    retry_unknown: bool = False
    share: str | None = None

    @property
    def wanted(self) -> bool:
        """Whether even a single request is one of many."""
        return self.rows is not None or self.journal is not None or self.share is not None

    def window(self, verb: str) -> int:
        """How many requests of a verb are in flight at once: several rows only where they certainly change nothing."""
        return self.parallel or (PARALLEL_READS if is_read(verb) and self.rows is not None else 1)


def is_read(verb: str) -> bool:
    """Whether a verb certainly changes nothing."""
    return verb.lower() in READS


def read_many(given: Mapping[str, Any]) -> Many:
    """The values of `batch_options`. Raises UsageError for options that do not go together."""
    many = Many(*(given.get(name, default) for name, default in Many._field_defaults.items()))
    if many.rows is not None and given["files"]:
        raise UsageError("--from and -f both say what the requests are", "-p and -j give what all rows share")
    again = {"--resume": many.resume, "--retry-failed": many.retry_failed, "--retry-unknown": many.retry_unknown}
    used = next((name for name, on in again.items() if on), None)
    if used is not None and many.journal is None:
        raise UsageError(f"{used} needs the journal of the run to go on with", "--journal FILE")
    if used is not None and not many.resume:
        raise UsageError(f"{used} is for a run that goes on", f"--resume {used}")
    return many


def batch_options(command: Command) -> Command:
    """--from, --parallel, --continue-on-error, --journal with --resume and --retry-…, --shard."""
    for option in reversed(
        (
            click.option(
                "--from",
                "rows",
                metavar="FILE",
                help="One request per row: rows.csv, rows.jsonl; - reads standard input.",
            ),
            click.option(
                "--parallel",
                type=click.IntRange(1, 1000),
                metavar="N",
                help=f"Requests in flight at once (1; {PARALLEL_READS} for rows to get, list …).",
            ),
            click.option("--continue-on-error", "keep_going", is_flag=True, help="Continue after failed requests."),
            click.option("--journal", metavar="FILE", help="Record the outcome of each request, for --resume."),
            click.option("--resume", is_flag=True, help="Continue: skip what the journal says is done."),
            click.option("--retry-failed", is_flag=True, help="Repeat requests that the server refused."),
            click.option("--retry-unknown", is_flag=True, help="Repeat writes whose outcome is unknown."),
            click.option(
                "--shard",
                "share",
                metavar="I/N",
                help="Every Nth request from the Ith, counted from 0 ($JOB_COMPLETION_INDEX/$SPACECTL_SHARDS).",
            ),
        )
    ):
        command = option(command)
    return command
