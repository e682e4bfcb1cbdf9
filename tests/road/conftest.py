"""The APIs of Cloudforet that the road's tests serve, and a configuration that points to a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from peers.protosets import Api, api_from
from peers.server import Server
from road_protosets import SANDBOX, compiled

SHARED = Path(__file__).parents[3] / "shared"
SERVICES = (
    *("identity", "repository", "inventory", "notification", "secret", "sample"),
    *("billing", "cost_analysis", "plugin"),
)


@pytest.fixture(scope="session")
def cloudforet_api() -> Api:
    """Cloudforet's API as the sandbox serves it, without reflection, which test servers have of their own."""
    files = FileDescriptorSet.FromString((SANDBOX / "api.protoset").read_bytes())
    kept = [file for file in files.file if not file.name.startswith("grpc/reflection/")]
    return api_from(FileDescriptorSet(file=kept))


@pytest.fixture(scope="session")
def elder_api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    """Resources that published command lines use and the sandbox does not have."""
    return api_from(compiled(tmp_path_factory.mktemp("elder"), "elder.proto"))


@pytest.fixture
def configure(home: Path) -> Callable[..., None]:
    """Writes an environment whose services are all on one server: `configure(server, api_key=…)`."""

    def write(server: Server, **settings: Any) -> None:
        directory = home / ".spaceone" / "environments"
        directory.mkdir(parents=True, exist_ok=True)
        endpoints = dict.fromkeys(SERVICES, server.endpoint)
        (directory / "test.yml").write_text(yaml.safe_dump({**settings, "endpoints": endpoints}))
        (directory.parent / "environment.yml").write_text("environment: test\n")

    return write


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with records of the command that this one succeeds; skips where it is not there."""
    if not (SHARED / "compat").is_dir():
        pytest.skip(f"there is no {SHARED}/compat")
    return SHARED
