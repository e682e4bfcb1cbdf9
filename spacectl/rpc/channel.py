"""Channels: one connection to one endpoint, with the sizes and time limits that a command-line client wants."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from spacectl import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint
    from spacectl.rpc.diagnosis import Reason

# of the time to connect: what is left is for finding out why there is no connection
MAX_METADATA = 1024 * 1024  # bytes
SHARE = 0.8


class Channel:
    """A grpc.Channel to an endpoint, and what has to end with it. Nothing is sent before the first call.

    Raises ConfigError for certificates that cannot be used.
    """

    def __init__(self, endpoint: Endpoint, settings: ConnectionSettings) -> None:
        from spacectl.rpc.lazy import import_grpc

        # the C core writes its log to standard error, where our own errors must stand alone
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        import_grpc()
        import grpc

        # as it is shown
        self.address = endpoint.target.removeprefix("dns:///")
        self.endpoint = endpoint
        self.settings = settings
        self._began = time.monotonic()
        self._relay = None
        self._told: list[Any] = []
        self._tellers: set[Any] = set()
        arguments = _arguments(endpoint, settings)
        compression = None
        if settings.compression is not None:
            compression = grpc.Compression.Gzip if settings.compression == "gzip" else grpc.Compression.Deflate
        if not endpoint.tls:
            self.calls = grpc.insecure_channel(endpoint.target, arguments, compression)
        elif settings.insecure:
            from spacectl.rpc.relay import Relay

            # gRPC checks each certificate: what checks none stands between it and the server
            self._relay = Relay(endpoint, settings)
            # to the server all has to look as if gRPC had made the connection
            arguments += [("grpc.http2_scheme", "https")]
            if settings.authority is None:
                arguments += [("grpc.default_authority", settings.server_name or endpoint.target)]
            self.calls = grpc.insecure_channel(self._relay.target, arguments, compression)
        else:
            self.calls = grpc.secure_channel(endpoint.target, _credentials(settings), arguments, compression)

    def begin(self) -> None:
        """Begins to connect, in threads of gRPC's own: it takes round trips, in which a call can be prepared."""
        # what grpc has for it in public needs a thread that looks every 0.2 s; without this, the call connects
        with suppress(AttributeError, TypeError):
            self.calls._channel.check_connectivity_state(True)

    def is_connected(self) -> bool:
        """Whether there is a connection at this moment; True where it cannot be told."""
        from threading import Event

        import grpc

        known = Event()
        seen: list[Any] = []

        def tell(state: Any) -> None:
            seen.append(state)
            known.set()

        self.watch(tell)
        known.wait(1)
        self.calls.unsubscribe(tell)
        lost = (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.CONNECTING)
        return not seen or seen[0] not in lost

    def watch(self, tell: Callable[[Any], None]) -> None:
        """Has a function told of the states of the connection, in another thread, until the channel is closed."""
        from threading import enumerate as threads

        before = set(threads())
        self.calls.subscribe(tell)
        self._told.append(tell)
        self._tellers |= set(threads()) - before

    def why(self, details: str) -> Reason:
        """Why there is no connection, of which gRPC says `details`; takes a part of the time to connect."""
        from spacectl.rpc.diagnosis import reason

        return reason(details, self.endpoint, self.settings, time.monotonic() - self._began)

    def close(self) -> None:
        """Ends all calls and the connection."""
        for tell in self._told:
            self.calls.unsubscribe(tell)
        # within 0.2 s they see that nobody listens; of a closed channel they could only say so, in a traceback
        for teller in self._tellers:
            teller.join(1)
        self.calls.close()
        if self._relay is not None:
            self._relay.close()


def _arguments(endpoint: Endpoint, settings: ConnectionSettings) -> list[tuple[str, Any]]:
    milliseconds = int(settings.connect_timeout * SHARE * 1000)
    arguments: list[tuple[str, Any]] = [
        # server streams are read in the caller's own thread: a fifth of the cost of a message, and no reading ahead
        ("SingleThreadedUnaryStream", 1),
        ("grpc.max_receive_message_length", settings.max_message_size),
        ("grpc.max_send_message_length", -1),
        # details of an error may be long: from 8 KiB on gRPC would refuse some of them, by chance
        ("grpc.max_metadata_size", MAX_METADATA),
        ("grpc.absolute_max_metadata_size", MAX_METADATA),
        # the time a first attempt to connect may take is the minimal back-off: 20 s by default
        ("grpc.min_reconnect_backoff_ms", milliseconds),
        # a server that is back is found in time for the next attempt of a call
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.dns_ares_query_timeout", milliseconds),
        # writes must never be sent twice behind the user's back
        ("grpc.enable_retries", 0),
        ("grpc.primary_user_agent", f"spacectl/{__version__}"),
        # the variables are read by ourselves: in either case, with the exceptions that other programs know
        ("grpc.enable_http_proxy", int(settings.proxy is not None and not settings.insecure)),
    ]
    if settings.proxy is not None and not settings.insecure:
        arguments.append(("grpc.http_proxy", settings.proxy))
    if settings.authority is not None:
        arguments.append(("grpc.default_authority", settings.authority))
    if settings.server_name is not None and endpoint.tls and not settings.insecure:
        arguments.append(("grpc.ssl_target_name_override", settings.server_name))
    if settings.keepalive is not None:
        arguments += [
            ("grpc.keepalive_time_ms", int(settings.keepalive * 1000)),
            ("grpc.keepalive_timeout_ms", int(min(settings.keepalive, 20) * 1000)),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
        ]
    return arguments


def _credentials(settings: ConnectionSettings) -> Any:
    import grpc

    def content(path: Any) -> bytes | None:
        return None if path is None else bytes(path.read_bytes())

    return grpc.ssl_channel_credentials(content(settings.cacert), content(settings.key), content(settings.cert))
