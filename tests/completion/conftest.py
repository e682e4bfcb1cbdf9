"""A home whose cache was filled by real calls, and the shells to press TAB in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peers.command import Spacectl, clean_environment
from peers.kitchen import BEHAVIOURS
from peers.protosets import Api
from peers.server import serve


@pytest.fixture(scope="session")
def filled_home(kitchen_api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with two environments; the kitchen's API is in the cache, and its server is gone."""
    home = tmp_path_factory.mktemp("completion") / "home"
    (home / ".spaceone" / "environments").mkdir(parents=True)
    with serve(kitchen_api, BEHAVIOURS) as server:
        text = f"api_key: top-secret\nendpoints:\n  # kitchen: grpc://old:1\n  kitchen: '{server.endpoint}'  # here\n"
        text += f'  identity: "grpc://127.0.0.1:1"\n  cellar: {server.endpoint}\nx_domain_id: domain-1\n'
        (home / ".spaceone" / "environments" / "dev.yml").write_text(text)
        (home / ".spaceone" / "environments" / "my company.yml").write_text(
            "endpoints: {plugin: 'grpc://127.0.0.1:1'}\n"
        )
        (home / ".spaceone" / "environment.yml").write_text("environment: dev\n")
        assert Spacectl(home)("--endpoint", server.endpoint, "api-resources").status == 0
    yield home


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A directory for PATH with the command in it."""
    directory = tmp_path / "bin"
    directory.mkdir()
    script = directory / "spacectl"
    script.write_text(f"#!{sys.executable}\nfrom spacectl.__main__ import main\nmain()\n")
    script.chmod(0o755)
    return directory


@pytest.fixture
def environment(filled_home: Path, program: Path) -> dict[str, str]:
    """The environment of a shell."""
    variables = clean_environment(filled_home, {"TERM": "dumb"})
    return {**variables, "PATH": f"{program}:{os.environ['PATH']}"}


@pytest.fixture
def offers(filled_home: Path) -> Callable[..., list[str]]:
    """What is offered for the words of a line: `offers("list", "kit")`."""
    from spacectl.completion import table
    from spacectl.completion.candidates import complete

    def ask(*words: str, **more: str) -> list[str]:
        offer = complete(table.load(), words[:-1], words[-1], {"HOME": str(filled_home), **more})
        return ["<files>"] if offer.files else [candidate.text for candidate in offer.candidates]

    return ask
