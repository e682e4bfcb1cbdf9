"""Certificates of a CA that exists as long as the tests run, and servers that are none."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

PAST = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
FUTURE = datetime.datetime(2090, 1, 2, tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class Authority:
    """Files in a directory: `ca.pem`, `other.pem` of a CA that nobody trusts, `NAME.pem` with a chain and its key."""

    directory: Path

    @property
    def ca(self) -> Path:
        """The certificate of the CA."""
        return self.directory / "ca.pem"

    def pair(self, name: str) -> tuple[bytes, bytes]:
        """The key and the certificate chain of a name."""
        return tuple((self.directory / f"{name}.{kind}").read_bytes() for kind in ("key", "crt"))  # type: ignore[return-value]


def made_authority(directory: Path) -> Authority:
    """Makes all files. `good` is for localhost and its addresses, `client` for a client."""
    ca, other = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(directory / "ca.pem")
    other.cert_pem.write_to_path(directory / "other.pem")
    made = {
        "good": ca.issue_cert("localhost", "127.0.0.1", "::1"),
        "elsewhere": ca.issue_cert("elsewhere.example.test"),
        "expired": ca.issue_cert("localhost", not_before=PAST - datetime.timedelta(days=9), not_after=PAST),
        "early": ca.issue_cert("localhost", not_before=FUTURE, not_after=FUTURE + datetime.timedelta(days=9)),
        "client": ca.issue_cert("client.example.test"),
        "stranger": other.issue_cert("client.example.test"),
    }
    for name, leaf in made.items():
        leaf.private_key_and_cert_chain_pem.write_to_path(directory / f"{name}.pem")
        leaf.private_key_pem.write_to_path(directory / f"{name}.key")
        (directory / f"{name}.crt").write_bytes(b"".join(part.bytes() for part in leaf.cert_chain_pems))
    return Authority(directory)


@contextmanager
def listener(behaviour: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where each connection is met by a behaviour, in a thread of its own."""
    ended = threading.Event()

    def serve(made: socket.socket) -> None:
        with made, suppress(OSError):
            behaviour(made)

    def accept() -> None:
        while not ended.is_set():
            try:
                made, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(made,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ended.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def http1(made: socket.socket) -> None:
    """Answers as an HTTP/1 server does."""
    made.recv(1000)
    made.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    time.sleep(0.1)


def closing(made: socket.socket) -> None:
    """Says nothing and goes."""


def silent(made: socket.socket) -> None:
    """Says nothing and stays, until the other side goes."""
    while made.recv(1000):
        pass


def tls_without_alpn(pem: Path) -> Callable[[socket.socket], None]:
    """Speaks TLS, and HTTP/1 in it."""

    def serve(made: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        with context.wrap_socket(made, server_side=True) as secured:
            http1(secured)

    return serve


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port where connections are never made: packets are dropped, as by many a firewall."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        waiting = []
        for _ in range(4):
            made = socket.socket()
            made.setblocking(False)
            made.connect_ex(("127.0.0.1", port))
            waiting.append(made)
        try:
            yield port
        finally:
            for made in waiting:
                made.close()


def closed_port() -> int:
    """A port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
