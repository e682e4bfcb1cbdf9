"""The work whose instructions are guarded, and the committed figures: `python -m tests.bench.instructions` renews them.

Each figure is a ratio of instructions: of our command to a bare Python that imports what the command cannot do without.
So it holds on another machine with the same versions of Python and of the libraries, which it is kept for.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from sysconfig import get_path

TESTS = Path(__file__).parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from tests.bench.lines import prepare  # noqa: E402 the path comes first
from tests.bench.measure import instructions, run  # noqa: E402

FIGURES = Path(__file__).with_name("instructions.json")
# Without `site`: the finder of an editable installation, and other packages' .pth files, would count too.
BARE = [sys.executable, "-S", "-c"]
PATHS = [str(TESTS.parent), get_path("purelib"), get_path("platlib")]
PREPARED = f"import sys; sys.path += {list(dict.fromkeys(PATHS))!r}; "
OURS = f"{PREPARED}from spacectl.__main__ import main; main()"
WORK: Mapping[str, tuple[str, str]] = {
    # name: (command line, what it is compared with)
    "help": ("--help", "import click"),
    "config-show": ("config show", "import click"),
    "list": ("list bench.Plugin -c plugin_id,name", "import grpc"),
}
LIBRARIES = ("click", "grpcio", "protobuf")


def key() -> str:
    """What a figure depends on: the versions of Python and of the libraries."""
    python = ".".join(map(str, sys.version_info[:2]))
    return " ".join([f"python-{python}", *(f"{name}-{version(name)}" for name in LIBRARIES)])


def ratio(name: str, environ: Mapping[str, str], directory: Path) -> float:
    """The instructions of a piece of work over those of what it is compared with. Raises FailedError."""
    line, compared = WORK[name]
    run([*BARE, OURS, *line.split()], environ, directory)  # fills the caches
    ours = instructions([*BARE, OURS, *line.split()], environ, directory)
    return ours / instructions([*BARE, PREPARED + compared], environ, directory)


def known() -> dict[str, dict[str, float]]:
    """The committed figures, by `key()` and name."""
    figures: dict[str, dict[str, float]] = json.loads(FIGURES.read_text())
    return figures


def renew() -> None:
    """Measures everything and writes the figures of this Python into the file."""
    from tests.bench.__main__ import bench_server

    with bench_server() as (port, far_port), tempfile.TemporaryDirectory() as name:
        environ = prepare(Path(name), port, far_port)
        figures = {**known(), key(): {work: round(ratio(work, environ, Path(name)), 3) for work in WORK}}
    FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    print(json.dumps(figures[key()]))


if __name__ == "__main__":
    renew()
