"""Peers that say nothing, and the variables that lead to one that does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from peers.server import Server


def kitchen_env(server: Server, **more: str) -> dict[str, str]:
    return {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint, **more}


@contextmanager
def silent_listener() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
