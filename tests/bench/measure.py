"""What one run of a program costs: CPU, wall clock, memory, or instructions."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 16


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU (user and system) and of wall clock, and the largest memory in MiB."""

    cpu: float
    wall: float
    rss: float


class FailedError(Exception):
    """The program ended with another status than 0: what it said."""


def run(argv: Sequence[str], environ: Mapping[str, str], directory: Path, *, sign: str | None = None) -> Cost:
    """Runs a program to its end, its output thrown away; its cost.

    With a `sign` the output is kept, in the file `stdout`, and has to hold it, and no line of an error: there are
    programs that end with the status 0 whatever happens. Raises FailedError.
    """
    out = os.devnull if sign is None else directory / "stdout"
    with (directory / "stderr").open("wb") as errors, Path(out).open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            argv, env=dict(environ), cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        lines = (directory / "stderr").read_text(errors="replace").splitlines() or [""]
        raise FailedError(f"status {process.returncode}: {lines[0]}")
    if sign is not None:
        with (directory / "stdout").open("rb") as file:
            start = file.read(CHUNK)
            text, found = start, False
            while text and not (found := sign.encode() in text):
                # not the whole at once: what the parent of a measured process takes counts as its memory
                following = file.read(CHUNK)
                text = text[-len(sign) :] + following if following else b""
        if not (found or not sign) or start.startswith(b"ERROR:"):
            said = " ".join(start[:200].decode(errors="replace").split())
            raise FailedError(f"status 0, and not the answer: {said or 'nothing'}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def median(costs: Iterable[Cost]) -> Cost:
    """The median of each figure."""
    costs = list(costs)
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "rss")))


def instructions(argv: Sequence[str], environ: Mapping[str, str], directory: Path) -> float:
    """The millions of instructions of one run, counted by valgrind. Raises FailedError."""
    # of the tools that count, the one that takes least time; callgrind counts the same
    counted = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *argv]
    # what depends on the addresses of strings would change the count from run to run
    environment = {**environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(counted, env=environment, cwd=directory, capture_output=True, text=True, check=False)
    found = re.search(r"I +refs: +([\d,]+)", done.stderr)
    if done.returncode or not found:
        raise FailedError(f"status {done.returncode}: {done.stderr[-500:]}")
    return int(found[1].replace(",", "")) / 1e6
