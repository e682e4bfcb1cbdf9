"""Imports that are put off."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from spacectl.deferred import Deferring


@pytest.fixture
def eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switching")
def test_another_thread_finds_its_modules_while_imports_are_put_off() -> None:
    over = threading.Event()

    def put_off() -> None:
        while not over.is_set():
            with Deferring(frozenset(("nothing",))):
                pass

    thread = threading.Thread(target=put_off, daemon=True)
    thread.start()
    try:
        for _ in range(1000):
            sys.modules.pop("colorsys", None)
            import colorsys  # noqa: F401
    finally:
        over.set()
        thread.join(10)
    assert not any(isinstance(finder, Deferring) for finder in sys.meta_path)
