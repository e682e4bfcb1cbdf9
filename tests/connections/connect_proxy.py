"""A CONNECT proxy: small, and real."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from makeshift import listener


@dataclass
class Proxy:
    """A proxy that is running: `asked` are the targets of its CONNECTs."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As it stands in https_proxy."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def connect_proxy(password: str = "", names: Mapping[str, int] | None = None, refusal: bytes = b"") -> Iterator[Proxy]:
    """A proxy on a port of its own.

    It wants this `user:password`, knows the ports of `names` on this machine as if they were hosts, and answers each
    CONNECT with `refusal` where there is one.
    """
    proxy = Proxy()

    def serve(near: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = near.recv(4096)
            if not data:
                return
            head += data
        target = head.split()[1].decode()
        proxy.asked.append(target)
        proxy.heads.append(head)
        wanted = b"Proxy-Authorization: Basic " + b64encode(password.encode())
        if password and wanted not in head:
            near.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if refusal:
            near.sendall(refusal)
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection(("127.0.0.1", (names or {}).get(host, int(port))), 5) as far:
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
            back.start()
            _pass_on(near, far)
            back.join(5)

    with listener(serve) as port:
        proxy.port = port
        yield proxy


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for one in (source, sink):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
