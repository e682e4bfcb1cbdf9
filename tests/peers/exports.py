"""Stand-ins for what exports are written to: HTTP services, and a database that speaks MySQL's protocol."""

from __future__ import annotations

import json
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request], tuple[int, Any]]


@contextmanager
def http_server(answer: Answer) -> Iterator[tuple[str, list[Request]]]:
    """A server on a free port: its URL and the requests that came; `answer` gives status and JSON, or bytes."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            if self.headers.get("Expect"):
                self.send_response_only(100)
                self.end_headers()
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                while self.rfile.readline().strip():
                    pass
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers), body)
            requests.append(request)
            status, found = answer(request)
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", requests
    finally:
        server.shutdown()
        server.server_close()


OK = b"\x00\x00\x00\x02\x00\x00\x00"


@contextmanager
def mysql_server(refused: bytes = b"") -> Iterator[tuple[int, list[str]]]:
    """A database on a free port that takes any password: the port and the statements that came.

    A statement that contains `refused` gets an error.
    """
    statements: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def send(self, number: int, payload: bytes) -> None:
            self.wfile.write(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)

        def receive(self) -> bytes:
            head = self.rfile.read(4)
            return self.rfile.read(int.from_bytes(head[:3], "little")) if len(head) == 4 else b""

        def handle(self) -> None:
            plugin = b"mysql_native_password\x00"
            capabilities = 0x000FA6FF & ~0x0800  # no TLS
            self.send(
                0,
                b"\x0a8.0.0\x00\x01\x00\x00\x00" + b"12345678\x00" + struct.pack("<H", capabilities & 0xFFFF)
                + b"\x2d\x02\x00" + struct.pack("<H", capabilities >> 16) + b"\x15" + bytes(10)
                + b"123456789012\x00" + plugin,
            )  # fmt: skip
            self.receive()
            self.send(2, OK)
            while command := self.receive():
                if command[:1] == b"\x01":
                    return
                statements.append(command[1:].decode(errors="replace"))
                if refused and refused in command:
                    self.send(1, b"\xff" + struct.pack("<H", 1146) + b"#42S02Table 'db.gone' doesn't exist")
                else:
                    self.send(1, OK)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], statements
    finally:
        server.shutdown()
        server.server_close()
