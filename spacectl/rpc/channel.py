"""Channels: one connection to one endpoint, with the sizes and time limits that a command-line client wants."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from spacectl import __version__

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint


def open_channel(endpoint: Endpoint, settings: ConnectionSettings) -> Any:
    """A grpc.Channel to an endpoint; nothing is sent before the first call."""
    from spacectl.rpc.lazy import import_grpc

    # the C core writes its log to standard error, where our own errors must stand alone
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import_grpc()
    import grpc

    milliseconds = int(settings.connect_timeout * 800)
    arguments = [
        ("grpc.max_receive_message_length", settings.max_message_size),
        ("grpc.max_send_message_length", -1),
        # the time a first attempt to connect may take is the minimal back-off: 20 s by default
        ("grpc.min_reconnect_backoff_ms", milliseconds),
        ("grpc.initial_reconnect_backoff_ms", milliseconds),
        # writes must never be sent twice behind the user's back
        ("grpc.enable_retries", 0),
        ("grpc.primary_user_agent", f"spacectl/{__version__}"),
    ]
    if endpoint.tls:
        return grpc.secure_channel(endpoint.target, grpc.ssl_channel_credentials(), arguments)
    return grpc.insecure_channel(endpoint.target, arguments)
