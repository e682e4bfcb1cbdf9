"""Certificates made for the tests, and servers that show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from connect_proxy import Proxy, connect_proxy
from makeshift import Authority, made_authority
from peers.server import Server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A CA, what it has signed, and another CA: files."""
    return made_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def start_tls(start_kitchen: Callable[..., Server], authority: Authority) -> Callable[..., Server]:
    """Starts a kitchen with the certificate of a name: `start_tls("good" | "expired" | "elsewhere", mutual=False)`."""

    def start(name: str = "good", *, mutual: bool = False, **options: Any) -> Server:
        key, chain = authority.pair(name)
        credentials = grpc.ssl_server_credentials(
            [(key, chain)], authority.ca.read_bytes() if mutual else None, require_client_auth=mutual
        )
        server = start_kitchen(credentials=credentials, **options)
        server.address = f"localhost:{server.port}"
        return server

    return start


@pytest.fixture
def start_proxy() -> Iterator[Callable[..., Proxy]]:
    """Starts a CONNECT proxy: `start_proxy(password="user:secret", names={"api.example.test": port})`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(connect_proxy(**options))


@pytest.fixture
def pem(authority: Authority) -> Callable[[str], Path]:
    """The path of a certificate with its key."""
    return lambda name: authority.directory / f"{name}.pem"
