"""Which requests of an input belong to this run: those whose position, modulo the number of shares, is its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from spacectl.errors import UsageError

INDEX_VARIABLE = "JOB_COMPLETION_INDEX"  # which Kubernetes sets in each Pod of an Indexed Job
COUNT_VARIABLE = "SPACECTL_SHARDS"
_SHARE = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


class Share(NamedTuple):
    """Share `number` (from 0) `of` so many: it is the same on every run, and each request is in exactly one."""

    number: int = 0
    of: int = 1

    def has(self, position: int) -> bool:
        """Whether the request at a position of the input (from 0) belongs to this share."""
        return position % self.of == self.number


def read_share(text: str | None, environ: Mapping[str, str]) -> Share:
    """The share that `--shard I/N` names, else the two variables; the whole without them. Raises UsageError."""
    source = f"--shard {text}"
    if text is None:
        count = environ.get(COUNT_VARIABLE)
        if not count:
            return Share()
        index = environ.get(INDEX_VARIABLE)
        if not index:
            raise UsageError(
                f"{COUNT_VARIABLE}={count}, and which of them is this? {INDEX_VARIABLE} is not set",
                f"--shard 0/{count} names the first share",
            )
        text = f"{index}/{count}"
        source = f"{INDEX_VARIABLE}={index}, {COUNT_VARIABLE}={count}"
    match = _SHARE.fullmatch(text)
    if match is None:
        raise UsageError(f"{source}: not I/N, as in 0/4")
    share = Share(int(match[1]), int(match[2]))
    if share.number >= share.of:
        last = f"{share.of - 1}/{share.of}" if share.of else "0/1"
        raise UsageError(f"{source}: shares are counted from 0", f"the last one is {last}")
    return share
