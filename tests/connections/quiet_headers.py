"""What a server got of headers."""

from __future__ import annotations

from peers.server import Server


def received(server: Server, name: str) -> list[str | bytes]:
    """The values of a header of the last call, in their order."""
    return [value for key, value in server.last.metadata if key == name]
