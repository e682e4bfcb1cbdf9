"""The grpc-go server beside this module: built once a run, started on a free port."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from peers.once import made_once

SOURCE = Path(__file__).parent / "goserver"


class NoGoError(Exception):
    """Go is absent, or could not build the server: why."""


def build_go_server(directory: Path, environ: Mapping[str, str]) -> Path:
    """Build the server into the directory, unless it is there, and give its path; raises NoGoError."""
    go = shutil.which("go", path=environ.get("PATH"))
    if go is None:
        raise NoGoError("no go on the PATH")

    def build(made: Path) -> None:
        command = [go, "build", "-mod=readonly", "-buildvcs=false", "-o", str(made), "."]
        done = subprocess.run(
            command, cwd=SOURCE, env=dict(environ), capture_output=True, text=True, timeout=400, check=False
        )
        if done.returncode != 0:
            raise NoGoError(f"go build failed: {done.stderr.strip()[-500:]}")

    return made_once(directory / "goserver", build)


@contextmanager
def run_go_server(program: Path, reflection: str = "both", *flags: str) -> Iterator[int]:
    """Run the server until the block ends, and give its port; -cert, -key and -client-ca are its flags for TLS."""
    with subprocess.Popen(
        [program, f"-reflection={reflection}", *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdin
        try:
            word, number = process.stdout.readline().split()
            assert word == "port"
            yield int(number)
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
