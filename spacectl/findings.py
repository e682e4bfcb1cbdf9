"""What doctor finds: one thing that was looked at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

OK, WARNING, FAILURE, SKIPPED = "ok", "warning", "failure", "skipped"


class Finding(NamedTuple):
    """One check of one subject; `status` is the exit status that a failure stands for."""

    check: str
    subject: str
    state: str
    found: str
    to_do: str = ""
    status: int = 0


def worst(findings: Iterable[Finding]) -> int:
    """The exit status of the worst of all findings, 0 where nothing has failed."""
    return max((finding.status for finding in findings if finding.state == FAILURE), default=0)
