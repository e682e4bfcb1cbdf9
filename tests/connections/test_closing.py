"""Channels are closed while gRPC still tells of their states."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from peers.server import Server

from spacectl.connection_settings import ConnectionSettings
from spacectl.endpoint import parse
from spacectl.rpc.channel import Channel


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    said: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda raised: said.append(str(raised.exc_value)))
    yield said


def test_a_channel_that_is_closed_while_it_is_watched_says_nothing_of_it(
    kitchen: Server, complaints: list[str]
) -> None:
    for _ in range(10):
        channel = Channel(parse(kitchen.endpoint), ConnectionSettings())
        channel.watch(lambda _: None)
        channel.close()
    assert complaints == []
