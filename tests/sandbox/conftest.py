"""A sandbox for each test, or one for a module that only reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rpc_caller import Caller

from spacectl.sandbox.server import start


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Caller]:
    sandbox = start(str(tmp_path / "sandbox.db"))
    caller = Caller(sandbox.endpoint)
    yield caller
    caller.close()
    sandbox.stop()
