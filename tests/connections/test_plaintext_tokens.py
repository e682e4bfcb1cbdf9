"""A credential goes over plaintext to this machine and to private networks only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from shlex import split as words

import pytest
from connect_proxy import Proxy
from peers.command import Result
from peers.server import Server

from spacectl.connection_safety import _is_this_machine, is_private, refuse_plaintext
from spacectl.endpoint import parse
from spacectl.errors import ConfigError

Run = Callable[..., Result]
LIST = "list kitchen.v1.Dish -c dish_id -o csv --connect-timeout 0.3"
TOKEN = {"SPACECTL_API_KEY": "s3cret"}


@pytest.mark.parametrize("host", ["203.0.113.9", "8.8.8.8", "[2001:db8::1]", "[2606:4700::1111]"])
def test_a_token_is_not_sent_to_a_public_address(host: str, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpc://{host}:50051", env=TOKEN)
    assert (result.status, result.out) == (3, "")
    first, *hints = result.err.splitlines()
    bare = host.strip("[]")
    assert first == f"error: the token is not sent without TLS to {bare}:50051, a public address: others could read it"
    assert hints == [
        f"hint: use grpc+ssl://{host}:50051 for the endpoint, if the server speaks TLS",
        "hint: --allow-plaintext-token sends it all the same",
    ]
    assert "s3cret" not in result.err


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["--allow-plaintext-token"], TOKEN),
        ([], {}),
        (["-H", "x-tenant: blue"], {}),
    ],
)
def test_a_call_without_a_token_or_with_leave_is_made(
    arguments: list[str], env: dict[str, str], spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess(*words(LIST), *arguments, "--endpoint", "grpc://192.0.2.1:50051", env=env)
    # where nothing answers in a network for documentation
    assert result.status != 3


@pytest.mark.parametrize("header", ["authorization: Bearer s3cret", "cookie: s3cret", "x-api-key: s3cret"])
def test_other_credentials_are_looked_after_too(header: str, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", "grpc://203.0.113.9:50051", "-H", header)
    assert result.status == 3
    assert f"the {header.partition(':')[0]} is not sent without TLS" in result.err


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_token_is_sent_to_this_machine(
    host: str, spacectl_inprocess: Run, start_kitchen: Callable[..., Server]
) -> None:
    server = start_kitchen(listen="[::]:0")
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpc://{host}:{server.port}", env=TOKEN)
    assert (result.status, result.err) == (0, "")
    assert ("token", "s3cret") in server.last.metadata


def test_a_token_is_sent_over_a_socket_and_over_tls(
    spacectl_inprocess: Run,
    start_kitchen: Callable[..., Server],
    start_tls: Callable[..., Server],
    tmp_path: Path,
    pem: Callable[[str], Path],
) -> None:
    near = start_kitchen(listen=f"unix:{tmp_path}/s")
    assert spacectl_inprocess(*words(LIST), "--endpoint", near.endpoint, env=TOKEN).status == 0
    tls = start_tls()
    env = {**TOKEN, "SPACECTL_CACERT": str(pem("ca"))}
    assert spacectl_inprocess(*words(LIST), "--endpoint", tls.endpoint, env=env).status == 0


def test_a_name_that_leads_to_a_private_address_is_private() -> None:
    name = socket.gethostname()
    try:
        addresses = {one[4][0] for one in socket.getaddrinfo(name, 1)}
    except OSError:
        pytest.skip("this machine does not know its own name")
    if not all(is_private(str(one)) for one in addresses):
        pytest.skip("this machine's name leads to a public address")
    refuse_plaintext(parse(f"grpc://{name}:50051"), ["token"], 5, proxied=False)


def test_a_name_that_nobody_knows_is_no_public_one_unless_a_proxy_may_know_it(
    spacectl_inprocess: Run, start_proxy: Callable[..., Proxy]
) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", "grpc://no-such-host.invalid:50051", env=TOKEN)
    assert result.status == 78
    proxy = start_proxy()
    env = {**TOKEN, "https_proxy": proxy.url}
    result = spacectl_inprocess(*words(LIST), "--endpoint", "grpc://no-such-host.invalid:50051", env=env)
    assert result.status == 3
    assert "whose address only the proxy knows" in result.err
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("address", "private"),
    [
        *(
            (one, True)
            for one in ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.9.9", "169.254.1.1", "127.9.9.9")
        ),
        *(
            (one, True)
            for one in ("100.64.0.1", "100.127.255.255", "::1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1")
        ),
        *((one, False) for one in ("172.32.0.1", "11.0.0.1", "192.169.0.1", "100.128.0.1", "192.0.2.1", "1.1.1.1")),
        *((one, False) for one in ("2001:db8::1", "::ffff:8.8.8.8")),
    ],
)
def test_which_addresses_are_private(address: str, private: bool) -> None:
    assert is_private(address) is private


def test_a_public_name_is_refused_with_its_address() -> None:
    # a name that the resolver takes apart without asking anybody
    for host in ("127.example.test", "127.0.0.1.example.test"):
        assert not _is_this_machine(host)
    with pytest.raises(ConfigError, match=r"at the public address 1\.1\.1\.1"):
        refuse_plaintext(parse("grpc://1.1.257:50051"), ["token"], 5, proxied=False)
