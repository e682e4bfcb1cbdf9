"""grpc and protobuf without what a synchronous client never touches.

More than half of what their import costs is asyncio, grpc.aio, protobuf's pure-Python implementation and what a server
would need of the standard library.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from spacectl.deferred import Deferring
from spacectl.stand_ins import StandIns

DEFERRED = frozenset(
    (
        "asyncio",
        "calendar",
        "grpc.aio",
        "google.protobuf.internal.decoder",
        "google.protobuf.internal.encoder",
        "google.protobuf.internal.python_message",
        "google.protobuf.text_format",
        "pkgutil",
        "socket",
        "textwrap",
        "tokenize",
    )
)


def import_grpc() -> None:
    """Imports grpc, before anything else does."""
    if "grpc" in sys.modules:
        return
    with Deferring(DEFERRED), StandIns():
        import grpc

        # grpc's own import of it comes with the first channel, when this context is left
        with suppress(ImportError):
            import grpc._channel  # noqa: F401


def import_protobuf() -> None:
    """Imports protobuf, before anything else does."""
    if "google.protobuf" in sys.modules:
        return
    with Deferring(DEFERRED), StandIns():
        # for what it leaves in sys.modules
        import google.protobuf.descriptor_pb2  # noqa: F401
