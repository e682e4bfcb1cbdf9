"""The work whose instructions are guarded, and the committed figures: `python -m tests.bench.instructions` renews them.

What a command takes is compared with two programs that are counted in the same run: a bare Python, and one that imports
what the command cannot do without, as the command imports it. A figure is what the command takes beyond that import, in
bare Pythons. So another version of click, grpcio or protobuf, or another machine, changes both sides of the comparison
and not the figure; only another Python has a figure of its own.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from sysconfig import get_path
from typing import NamedTuple

TESTS = Path(__file__).parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from peers.once import made_once  # noqa: E402 the path comes first

from tests.bench.lines import prepare  # noqa: E402
from tests.bench.measure import instructions, run  # noqa: E402

FIGURES = Path(__file__).with_name("instructions.json")
# Without `site`: the finder of an editable installation, and other packages' .pth files, would count too.
BARE = [sys.executable, "-S", "-c"]
PATHS = [str(TESTS.parent), get_path("purelib"), get_path("platlib")]
PREPARED = f"import sys; sys.path += {list(dict.fromkeys(PATHS))!r}; "
OURS = f"{PREPARED}from spacectl.__main__ import main; main()"
CLICK = "import click"
NOTHING = "pass"
# What was put off of grpc when the figures were taken. Not the list of the command: that it gets shorter is to be seen.
PUT_OFF = (
    *("asyncio", "calendar", "grpc.aio", "google.protobuf.internal.decoder", "google.protobuf.internal.encoder"),
    *("google.protobuf.internal.python_message", "google.protobuf.text_format", "pkgutil", "socket"),
)
CALL = f"""
import click
from os import _exit
from spacectl.deferred import Deferring
with Deferring({PUT_OFF}):
    import google.protobuf.descriptor_pb2, grpc
_exit(0)
"""
WORK: Mapping[str, tuple[str, str]] = {
    # name: (command line, the import that it cannot do without)
    "help": ("--help", CLICK),
    "config-show": ("config show", CLICK),
    "tab": ("__complete zsh spacectl list bench.", NOTHING),
    "list": ("list bench.Plugin -c plugin_id,name", CALL),
}
TRIES = 3


class Counted(NamedTuple):
    """Millions of instructions: of the command, of the import that it needs, of a bare Python."""

    command: float
    needed: float
    bare: float

    @property
    def own(self) -> float:
        """What the command takes beyond the import, in bare Pythons."""
        return (self.command - self.needed) / self.bare

    def over(self, figure: float) -> float:
        """How many times as much as with this figure of `own` it takes."""
        return self.command / (self.needed + figure * self.bare)


class Counter:
    """Counts the work in a directory, with the variables that lead to its server.

    What it is compared with is counted once for all counters that keep their counts in the same place.
    """

    def __init__(self, environ: Mapping[str, str], directory: Path, kept: Path) -> None:
        # under valgrind, on a busy machine, seconds are not enough
        self._environ = {**environ, "SPACECTL_CONNECT_TIMEOUT": "100"}
        self._directory = directory
        self._kept = kept

    def command(self, *arguments: str) -> float:
        """The millions of instructions of one command. Raises FailedError."""
        command = [*BARE, OURS, *arguments]
        run(command, self._environ, self._directory)  # fills the caches
        return instructions(command, self._environ, self._directory)

    def count(self, work: str) -> Counted:
        """The counts of a piece of work; those that it is compared with are made once. Raises FailedError."""
        line, needed = WORK[work]
        return Counted(self.command(*line.split()), self.program(needed), self.program(NOTHING))

    def program(self, text: str) -> float:
        """The millions of instructions of a program that spacectl has no part in; counted once. Raises FailedError."""

        def count(path: Path) -> None:
            argv = [*BARE, f"{PREPARED}exec({text!r})"]
            run(argv, self._environ, self._directory)
            path.write_text(str(instructions(argv, self._environ, self._directory)))

        name = hashlib.sha256(text.encode()).hexdigest()
        return float(made_once(self._kept / f"{name}.instructions", count).read_text())

    def least(self, work: str, enough: float = 0.0, figure: float = 0.0) -> Counted:
        """The least of a few counts, as threads that wait count too; of one, where that is no more than `enough`."""
        counted = self.count(work)
        for _ in range(TRIES - 1):
            if figure and counted.over(figure) <= enough:
                break
            counted = min(counted, self.count(work))
        return counted


def figure_of(work: str) -> float:
    """The committed figure of this Python; of a Python that has none, that of the newest before it, or the oldest."""
    known: dict[str, dict[str, float]] = json.loads(FIGURES.read_text())
    versions = sorted((_version(name), name) for name in known if work in known[name])
    fitting = [name for version, name in versions if version <= sys.version_info[:2]] or [versions[0][1]]
    return known[fitting[-1]][work]


def _version(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split(".")))


def renew() -> None:
    """Counts everything and writes the figures of this Python into the file."""
    from tests.bench.__main__ import bench_server

    with bench_server() as (port, far_port), tempfile.TemporaryDirectory() as name:
        counter = Counter(prepare(Path(name), port, far_port), Path(name), Path(name))
        figures = {}
        for work in WORK:
            counted = counter.least(work)
            figures[work] = round(counted.own, 3)
            print(f"{work}: {counted.command:.1f} = {counted.needed:.1f} + {counted.own:.3f} x {counted.bare:.1f}")
    version = ".".join(map(str, sys.version_info[:2]))
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    FIGURES.write_text(json.dumps({**known, version: figures}, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    renew()
