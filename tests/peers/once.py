"""What the workers of one run make once between them: the first to want it makes it, and the others find it there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from peers.posix import locked


def place_of_all(factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of this run have, and no other run."""
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


def made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """The path, of which `make` is given another in the same directory to put it at."""
    if not path.exists():
        with locked(path.with_name(f"{path.name}.lock")):
            if not path.exists():
                made = path.with_name(f"{path.name}.{os.getpid()}")
                make(made)
                made.replace(path)
    return path
