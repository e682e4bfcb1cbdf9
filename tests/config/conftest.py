"""The config, template and version commands on a configuration directory of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from peers.command import run_inprocess


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    message: str
    hints: str


Run = Callable[..., Outcome]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The configuration directory, which is not there yet."""
    return tmp_path / "spaceone"


@pytest.fixture
def run(base: Path, tmp_path: Path) -> Run:
    """Run a command: `run("config", "set", "a", "b", stdin="", option=None, environ={})`."""

    def run(
        *arguments: str, stdin: str = "", option: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Outcome:
        env = {"SPACECTL_CONFIG_DIR": str(base), **(environ or {})}
        before = ("--environment", option) if option else ()
        result = run_inprocess(*before, *arguments, home=tmp_path / "home", stdin=stdin, env=env)
        hints = re.findall(r"^hint: (.*)", result.err, re.MULTILINE)
        message = re.sub(r"^hint: .*\n", "", result.err, flags=re.MULTILINE)
        assert bool(result.err) == bool(result.status)
        return Outcome(result.status, result.out, message.removeprefix("error: ").rstrip("\n"), "\n".join(hints))

    return run
