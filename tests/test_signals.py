"""Signals that come out of a queue."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from spacectl.signals import signals_queued

pytestmark = pytest.mark.skipif(os.name == "nt", reason="os.kill ends the process there")
NUMBERS = (signal.SIGINT, signal.SIGTERM)


def test_signals_that_came_before_the_wait_are_there_in_their_order() -> None:
    with signals_queued(NUMBERS) as queue:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        queue.wake()
        assert [queue.get(), queue.get(), queue.get()] == [signal.SIGTERM, signal.SIGINT, 0]


def test_a_signal_or_another_thread_ends_the_wait() -> None:
    with signals_queued(NUMBERS) as queue:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert queue.get() == signal.SIGINT
        threading.Timer(0.05, queue.wake).start()
        assert queue.get() == 0


def test_after_the_block_signals_do_what_they_did_before_and_a_late_wake_does_nothing() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        with signals_queued(NUMBERS) as queue:
            os.kill(os.getpid(), signal.SIGTERM)
            assert queue.get() == signal.SIGTERM
        queue.wake()
        os.kill(os.getpid(), signal.SIGTERM)
        assert came == [signal.SIGTERM]
        assert signal.set_wakeup_fd(-1) == -1
    finally:
        signal.signal(signal.SIGTERM, before)
