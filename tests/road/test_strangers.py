"""What is at an address may be no gRPC server, or speak TLS where none is expected: the message says which."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from peers.command import Spacectl
from peers.server import Server

SETTINGS = b"\0\0\0\4\0\0\0\0\0"


def closes(connection: socket.socket) -> None:
    connection.close()


def speaks_http1(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello")
    connection.close()


def speaks_ssh(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")
    connection.recv(1000)


def goes_away(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(SETTINGS)
    connection.recv(1000)
    connection.close()


@contextmanager
def stranger(behaves: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a listener that behaves so to everyone."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        behaves(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=run)
        thread.start()
        host, port = listener.getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@pytest.mark.parametrize(
    ("behaves", "scheme", "words"),
    [
        (closes, "grpc", "closed as soon as it is made"),
        (closes, "grpc+ssl", "cannot connect"),
        (speaks_http1, "grpc", "an HTTP/1 server answers there"),
        (speaks_http1, "grpc+ssl", "does not speak TLS"),
        (speaks_ssh, "grpc", "does not speak gRPC"),
        (speaks_ssh, "grpc+ssl", "does not speak TLS"),
        (goes_away, "grpc", "was lost"),
    ],
)
def test_a_stranger_at_the_address_is_one_error_in_words(
    behaves: Callable[[socket.socket], None], scheme: str, words: str, spacectl: Spacectl
) -> None:
    with stranger(behaves) as address:
        result = spacectl(
            *("list", "kitchen.Dish", "--endpoint", f"{scheme}://{address}", "--timeout", "6"),
            *("--error-format", "json"),
        )
    assert (result.status, result.out) == (78, "")
    # gRPC's own log would stand beside our line
    error = json.loads(result.err)["error"]
    assert words in error["message"]
    assert address in error["message"]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key, and a certificate for localhost that it signed itself."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl on the PATH")
    directory = tmp_path_factory.mktemp("tls")
    key, made = directory / "key.pem", directory / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", made]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    return key, made


@pytest.fixture
def tls_kitchen(certificate: tuple[Path, Path], start_kitchen: Callable[..., Server]) -> Server:
    key, made = certificate
    return start_kitchen(credentials=grpc.ssl_server_credentials([(key.read_bytes(), made.read_bytes())]))


def test_tls_with_a_certificate_that_is_trusted_works(
    tls_kitchen: Server, certificate: tuple[Path, Path], spacectl: Spacectl
) -> None:
    trust = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(certificate[1])}
    result = spacectl("list", "kitchen.Dish", "--endpoint", tls_kitchen.endpoint, env=trust)
    assert (result.status, result.err) == (0, "")


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_kitchen: Server, spacectl: Spacectl) -> None:
    result = spacectl("list", "kitchen.Dish", "--endpoint", tls_kitchen.endpoint, env={"SPACECTL_API_KEY": "s3cret"})
    assert (result.status, result.out, tls_kitchen.calls) == (78, "", [])
    assert "the certificate is not from a CA that the system trusts" in result.err.splitlines()[0]
    assert all(line.startswith(("error: ", "hint: ")) for line in result.err.splitlines())


def test_no_tls_where_it_is_wanted_is_said(tls_kitchen: Server, spacectl: Spacectl) -> None:
    result = spacectl("list", "kitchen.Dish", "--endpoint", f"grpc://{tls_kitchen.address}", "--timeout", "6")
    assert (result.status, result.out) == (78, "")
    assert "grpc+ssl" in result.err


def test_a_unix_socket_is_an_endpoint(start_kitchen: Callable[..., Server], tmp_path: Path, spacectl: Spacectl) -> None:
    server = start_kitchen(listen=f"unix:{tmp_path}/socket")
    assert spacectl("list", "kitchen.Dish", "--endpoint", f"unix://{tmp_path}/socket").status == 0
    assert server.last.method == "kitchen.v1.Dish/list"
    nobody = spacectl("list", "kitchen.Dish", "--endpoint", f"unix://{tmp_path}/nobody")
    assert nobody.status == 78
    assert "no such socket" in nobody.err
