"""Names of hosts -> addresses, within a limit of time: the resolver of the system has long limits of its own."""

from __future__ import annotations

import socket
from threading import Thread
from typing import Any

Found = list[tuple[Any, Any, int, str, Any]]


def resolve(host: str, port: int, timeout: float) -> Found:
    """What socket.getaddrinfo gives; empty where there is nothing, or nothing within `timeout` seconds."""
    found: Found = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout)
    return list(found)
