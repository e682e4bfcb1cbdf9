"""Plugin servers of any interface, in this process, and the command that tests them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from collectors import Collector, api_of
from peers.command import Result
from peers.protosets import Api
from peers.server import Behaviour, Server, serve
from reports import Report

from spacectl.distribution import distribution_name
from spacectl.plugin import probing, scaffold


@pytest.fixture(scope="module", autouse=True)
def _name_known() -> Iterator[None]:
    """The look at everything that is installed, which takes longer than to write a plugin, is done once."""
    name = distribution_name()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scaffold, "distribution_name", lambda: name)
        yield


@pytest.fixture(scope="session")
def collector_api() -> Api:
    return api_of("inventory.Collector")


@pytest.fixture
def collector(collector_api: Api) -> Collector:
    """A collector that is right, to be broken before it is served."""
    return Collector(collector_api)


@pytest.fixture
def start_plugin() -> Iterator[Callable[[Api, Mapping[str, Behaviour]], Server]]:
    """Serves behaviours of an API until the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda api, behaviours, **options: stack.enter_context(serve(api, behaviours, **options))


@pytest.fixture
def check_plugin(
    spacectl_inprocess: Callable[..., Result], home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Report]:
    """Runs `plugin test -o json` against an endpoint; what is not broken by a cancelled call needs no time for it."""
    usual = probing.SETTLED_SECONDS

    def run(endpoint: str, *arguments: str, stdin: str = "", settles: bool = False, **options: Any) -> Report:
        monkeypatch.setattr(probing, "SETTLED_SECONDS", usual if settles else 0.0)
        (home / "test").mkdir(exist_ok=True)
        line = ("plugin", "test", "--endpoint", endpoint, "--dir", str(home / "test"), *arguments, "-o", "json")
        result = spacectl_inprocess(*line, stdin=stdin, **options)
        return Report(result.status, json.loads(result.out) if result.out else None, result)

    return run


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A file with credentials that the collector takes."""
    path = tmp_path / "secret.yml"
    path.write_text("token: right-token\nuser: somebody-else\n")
    return str(path)
