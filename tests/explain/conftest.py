"""Fixtures of these tests."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from peers.command import clean_environment

from explain.apis import api_of
from spacectl import offered
from spacectl.app import App
from spacectl.rpc.schema import Api
from spacectl.sandbox.compile import PROTOSET


@pytest.fixture(scope="session")
def sandbox_api() -> Api:
    """The sandbox's API with its docs."""
    return api_of(PROTOSET)


@pytest.fixture(scope="session")
def kitchen_schema(kitchen_protoset: Path) -> Api:
    """The test API, as docs and descriptors."""
    return api_of(kitchen_protoset)


@pytest.fixture
def lab_apis(lab: Path, home: Path) -> Iterator[Callable[[], Iterator[Api]]]:
    """The APIs of the lab's real services, asked for by reflection."""
    environ = clean_environment(home, {"SPACECTL_CONFIG_DIR": str(lab)})
    with ExitStack() as stack:

        def ask() -> Iterator[Api]:
            for service in yaml.safe_load((lab / "environments" / "lab.yml").read_text())["endpoints"]:
                app = App(io.StringIO(), io.StringIO(), io.StringIO(), environ)
                stack.callback(app.close)
                yield offered.api(app, service, f"explain {service}")

        yield ask
