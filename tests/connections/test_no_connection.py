"""Each way in which there is no connection is told from the others, in one line with host and port, in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import split as words

import pytest
from makeshift import closed_port, closing, full_backlog, http1, listener, silent, tls_without_alpn
from peers.command import Result
from peers.server import Server

Run = Callable[..., Result]
LIST = "list kitchen.v1.Dish -c dish_id -o csv"
CONNECT_TIME_OUT = 5


@contextmanager
def nowhere(port: int) -> Iterator[int]:
    yield port


def one_line(result: Result, address: str, saying: str) -> None:
    first, *hints = result.err.splitlines()
    assert (result.status, result.out) == (78, "")
    assert f"cannot connect to {address}: " in first
    assert saying in first
    assert hints
    assert all(line.startswith("hint: ") for line in hints)


CASES = {
    "refused": ("grpc", lambda _: nowhere(closed_port()), "connection refused"),
    "refused tls": ("grpcs", lambda _: nowhere(closed_port()), "connection refused"),
    "http1": ("grpc", lambda _: listener(http1), "an HTTP/1 server answers there"),
    "closed": ("grpc", lambda _: listener(closing), "closed as soon as it is made"),
    "closed tls": ("grpcs", lambda _: listener(closing), "closed as soon as it is made"),
    "no alpn": ("grpcs", lambda pem: listener(tls_without_alpn(pem("good"))), "ALPN: the server does not offer HTTP/2"),
    "http1 for tls": ("grpcs", lambda _: listener(http1), "does not speak TLS"),
    "silent": ("grpc", lambda _: listener(silent), "no word comes"),
    "silent tls": ("grpcs", lambda _: listener(silent), "no word of TLS comes"),
    "dropped": ("grpc", lambda _: full_backlog(), "no connection in time"),
    "dropped tls": ("grpcs", lambda _: full_backlog(), "no connection in time"),
}


SLOW = ("silent", "silent tls", "dropped", "dropped tls")


@pytest.mark.parametrize(
    ("host", "case"),
    [("127.0.0.1", case) for case in CASES] + [("localhost", case) for case in CASES if case not in SLOW],
)
def test_what_is_wrong_with_an_address_is_said_in_time(
    host: str, case: str, spacectl_inprocess: Run, pem: Callable[[str], Path]
) -> None:
    scheme, start, saying = CASES[case]
    limit = ["--connect-timeout", "1.5"] if case in SLOW else []
    with start(pem) as port:
        began = time.monotonic()
        result = spacectl_inprocess(
            *words(LIST), "--endpoint", f"{scheme}://{host}:{port}", *limit, env={"SPACECTL_CACERT": str(pem("ca"))}
        )
    assert time.monotonic() - began < (2.5 if limit else CONNECT_TIME_OUT)
    one_line(result, f"{host}:{port}", saying)


def test_a_silent_address_ends_within_the_time_out_that_nobody_set(spacectl_inprocess: Run) -> None:
    with full_backlog() as port:
        began = time.monotonic()
        result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpc://127.0.0.1:{port}")
        assert 3 < time.monotonic() - began < CONNECT_TIME_OUT + 0.5
    one_line(result, f"127.0.0.1:{port}", "no connection in time")


def test_a_name_that_does_not_resolve_is_said_to_be_that(spacectl_inprocess: Run) -> None:
    for url in ("grpc://no-such-host.invalid:50051", "grpcs://no-such-host.invalid:50051"):
        result = spacectl_inprocess(*words(LIST), "--endpoint", url)
        one_line(result, "no-such-host.invalid:50051", "DNS: the host name cannot be resolved")


def test_tls_to_a_plaintext_server_and_the_reverse_name_the_right_scheme(
    spacectl_inprocess: Run, kitchen: Server, start_tls: Callable[..., Server]
) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpcs://{kitchen.address}")
    one_line(result, kitchen.address, "TLS: the server does not speak TLS there")
    assert f"hint: use grpc://{kitchen.address} for the endpoint" in result.err
    server = start_tls()
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpc://{server.address}")
    one_line(result, server.address, "plaintext where TLS is due")
    assert f"hint: use grpc+ssl://{server.address} for the endpoint" in result.err


def test_a_server_without_reflection_is_said_to_be_that(spacectl_inprocess: Run, start_kitchen: Callable) -> None:
    server = start_kitchen(reflection=())
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint)
    assert result.status == 76
    assert f"the server at {server.address} has no reflection" in result.err
    assert "hint: describe it with a descriptor set: --protoset FILE" in result.err


def test_a_web_server_that_speaks_http2_is_no_server_of_grpc(spacectl_inprocess: Run, web_server: int) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpc://127.0.0.1:{web_server}")
    assert result.status == 76
    assert f"127.0.0.1:{web_server} answers with HTTP status 404" in result.err


@pytest.fixture
def web_server() -> Iterator[int]:
    """A server that answers each request with HTTP/2's 404: HPACK has a number of its own for it."""

    def serve(made: object) -> None:
        made.sendall(b"\0\0\0\4\0\0\0\0\0")  # type: ignore[attr-defined]
        data = b""
        answered: set[bytes] = set()
        while got := made.recv(65536):  # type: ignore[attr-defined]
            data += got
            if data.startswith(b"PRI"):
                data = data[24:]
            while len(data) >= 9:
                length, kind = int.from_bytes(data[:3], "big"), data[3]
                if len(data) < 9 + length:
                    break
                stream = data[5:9]
                if kind == 1 and stream not in answered:
                    answered.add(stream)
                    made.sendall(b"\0\0\1\1\5" + stream + b"\x8d")  # type: ignore[attr-defined]
                if kind == 4 and not data[4]:
                    made.sendall(b"\0\0\0\4\1\0\0\0\0")  # type: ignore[attr-defined]
                data = data[9 + length :]

    with listener(serve) as port:
        yield port


def test_what_another_server_could_not_reach_is_not_taken_for_our_own_failure(
    spacectl_inprocess: Run, kitchen: Server
) -> None:
    said = "failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.1:50051: Connection refused"
    result = spacectl_inprocess(
        *words("exec Fail kitchen.v1.Kitchen -p code=14"), "-p", f"details={said}", "--endpoint", kitchen.endpoint
    )
    assert result.status == 78
    assert result.err.splitlines()[0] == f"error: Fail kitchen.v1.Kitchen: {said} (UNAVAILABLE)"
    assert len(kitchen.calls) == 1


@pytest.mark.parametrize("url", ["grpc://[::1]:{port}", "dns:///localhost:{port}", "grpc://localhost:{port}"])
def test_addresses_of_every_kind_are_reached(
    url: str, spacectl_inprocess: Run, start_kitchen: Callable[..., Server]
) -> None:
    server = start_kitchen(listen="[::]:0")
    result = spacectl_inprocess(*words(LIST), "--endpoint", url.format(port=server.port))
    assert (result.status, result.err) == (0, "")


def test_compressed_messages_are_understood(spacectl_inprocess: Run, kitchen: Server) -> None:
    for compression in ("gzip", "deflate"):
        line = [*words("exec Echo kitchen.v1.Kitchen -o json"), "-p", f"string_value={'x' * 5000}"]
        result = spacectl_inprocess(*line, "--endpoint", kitchen.endpoint, "--compression", compression)
        assert (result.status, result.err) == (0, "")
        assert "x" * 5000 in result.out


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (["--authority", "virtual.example.test"], b"virtual.example.test"),
        (["--compression", "gzip"], b"grpc-encoding"),
        (["--keepalive", "1"], b"\0\0\x08\x06\0"),
    ],
)
def test_what_an_option_says_is_on_the_wire(arguments: list[str], sent: bytes, spacectl_inprocess: Run) -> None:
    seen = bytearray()

    def watch(made: socket.socket) -> None:
        made.sendall(b"\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0")
        while sent not in seen:
            data = made.recv(65536)
            if not data:
                return
            seen.extend(data)

    with listener(watch) as port:
        spacectl_inprocess(*words(LIST), "--endpoint", f"grpc://127.0.0.1:{port}", *arguments, "--timeout", "5")
    assert sent in seen
