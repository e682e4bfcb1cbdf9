"""Manifests in a directory of their own, applied to a sandbox of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from peers.command import Result, run_inprocess

from spacectl.sandbox import server

Write = Callable[..., Path]
Apply = Callable[..., Result]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file beside the manifests, `write(text, name)`, and gives its path."""

    def put(text: str, name: str = "m.yml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path

    return put


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apply:
    """Runs the command inside this process, beside the manifests, on the sandbox."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **options: run_inprocess("--environment", "sandbox", *arguments, home=home, **options)


@pytest.fixture
def apply(run: Apply, write: Write) -> Apply:
    """Applies a manifest given as a text, `apply(text, *options)`."""

    def applied(text: str, *options: str, **more: object) -> Result:
        return run("apply", str(write(text).name), *options, **more)

    return applied


@pytest.fixture
def platform(home: Path) -> Iterator[str]:
    """A platform of its own in an environment that can be changed."""
    started = server.start(":memory:", address="127.0.0.1:0")
    config = home / ".spaceone"
    (config / "environments").mkdir(parents=True)
    (config / "environment.yml").write_text("environment: test\n")
    services = "".join(f"  {name}: {started.endpoint}\n" for name in ("identity", "repository", "statistics"))
    (config / "environments" / "test.yml").write_text(f"api_key: before\nendpoints:\n{services}")
    yield started.endpoint
    started.stop()
