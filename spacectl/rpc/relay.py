"""A relay between gRPC and a server whose certificate is not checked, for `--insecure`.

grpcio checks each certificate and has no switch. So it speaks plaintext to a socket in a directory that is ours alone,
and this module speaks TLS, by Python's ssl, to the server: expired, self-signed and misnamed certificates alike.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from spacectl.rpc.dialing import dial, tls_context

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint

CHUNK = 65_536


class Relay:
    """A listening socket whose connections go on to an endpoint; `target` is its address as gRPC dials it."""

    def __init__(self, endpoint: Endpoint, settings: ConnectionSettings) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._context = tls_context(settings, checked=False)
        # no other user of this machine may speak through it
        self._directory = TemporaryDirectory(prefix="spacectl-")
        self._open: list[socket.socket] = []
        if hasattr(socket, "AF_UNIX"):
            path = str(Path(self._directory.name) / "s")
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
            self.target = f"unix:{path}"
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Ends all connections."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                one.close()
        self._directory.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(near)
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            raw = dial(self._endpoint, self._settings.proxy, self._settings.connect_timeout)
            raw.settimeout(self._settings.connect_timeout)
            name = self._settings.expected_name(self._endpoint.host)
            far = self._context.wrap_socket(raw, server_hostname=name)
        except (OSError, ValueError):
            near.close()
            return
        self._open.append(far)
        try:
            _pass_on(near, far)
        except OSError:
            # either side is gone: so is the other
            pass
        finally:
            near.close()
            far.close()


def _pass_on(near: socket.socket, far: ssl.SSLSocket) -> None:
    """Bytes in both directions until one side ends; one thread, as an SSLSocket is not made for two."""
    near.setblocking(False)
    far.setblocking(False)
    ways = ((near, far, bytearray()), (far, near, bytearray()))
    while True:
        moved = False
        for source, sink, waiting in ways:
            with suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                if not waiting:
                    data = source.recv(CHUNK)
                    if not data:
                        return
                    waiting.extend(data)
                    moved = True
                del waiting[: sink.send(waiting)]
        if not moved:
            reading = [source for source, _, waiting in ways if not waiting]
            writing = [sink for _, sink, waiting in ways if waiting]
            select.select(reading, writing, [])
