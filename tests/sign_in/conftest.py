"""A sandbox to sign in to, and the command in an environment that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2
from peers.command import Result
from peers.protosets import Api, api_from
from sign_in_places import ADMIN, PASSWORD, Place, Run, place_at

from spacectl.sandbox.compile import PROTOSET
from spacectl.sandbox.server import start


@pytest.fixture(scope="session")
def sandbox_api() -> Api:
    """The API of the sandbox, for servers that record what they are asked and have their own reflection."""
    files = descriptor_pb2.FileDescriptorSet.FromString(PROTOSET.read_bytes())
    kept = [file for file in files.file if not file.package.startswith("grpc.reflection")]
    return api_from(descriptor_pb2.FileDescriptorSet(file=kept))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """The endpoint of a sandbox."""
    running = start(":memory:", address="127.0.0.1:0")
    yield running.endpoint
    running.stop()


@pytest.fixture
def place(tmp_path: Path, sandbox: str) -> Place:
    return place_at(tmp_path / "spaceone", sandbox)


@pytest.fixture
def run(place: Place, spacectl_inprocess: Run) -> Run:
    """The command in this process, in the environment `dev`."""

    def run(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> Result:
        return spacectl_inprocess(*arguments, env={**place.env, **(env or {})}, **options)

    return run


@pytest.fixture
def signed_in(place: Place, run: Run) -> Place:
    """The place, after a login of its administrator."""
    done = run(*("login", "--domain", "sandbox", "--user", ADMIN, "--password-stdin"), stdin=PASSWORD + "\n")
    assert (done.status, done.err) == (0, "")
    return place
