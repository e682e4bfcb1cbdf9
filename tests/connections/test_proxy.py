"""Proxies: CONNECT through a real one, and the exceptions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shlex import split as words

import pytest
from connect_proxy import Proxy
from hypothesis import given
from hypothesis import strategies as st
from makeshift import closed_port
from peers.command import Result
from peers.server import Server

from spacectl.endpoint import parse
from spacectl.errors import ConfigError
from spacectl.proxies import is_excepted, parts, proxy_of

Run = Callable[..., Result]
LIST = "list kitchen.v1.Dish -c dish_id -o csv"
NAME = "elsewhere.example.test"


@pytest.mark.parametrize("variable", ["https_proxy", "grpc_proxy", "HTTPS_PROXY", "http_proxy"])
def test_calls_go_through_the_proxy_which_alone_knows_the_name(
    variable: str,
    spacectl_inprocess: Run,
    start_tls: Callable[..., Server],
    start_proxy: Callable[..., Proxy],
    pem: Callable[[str], Path],
) -> None:
    server = start_tls("elsewhere")
    proxy = start_proxy(names={NAME: server.port})
    env = {variable: proxy.url, "SPACECTL_CACERT": str(pem("ca"))}
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpcs://{NAME}:443", env=env)
    assert (result.status, result.err) == (0, "")
    assert set(proxy.asked) == {f"{NAME}:443"}


def test_insecure_goes_through_the_proxy_too(
    spacectl_inprocess: Run, start_tls: Callable[..., Server], start_proxy: Callable[..., Proxy]
) -> None:
    server = start_tls("expired")
    proxy = start_proxy(names={NAME: server.port}, password="user:p")
    env = {"https_proxy": f"http://user:p@127.0.0.1:{proxy.port}"}
    result = spacectl_inprocess(*words(LIST), "--endpoint", f"grpcs://{NAME}", "--insecure", env=env)
    assert result.status == 0
    assert proxy.asked == [f"{NAME}:443"]


def test_a_plaintext_call_goes_through_the_proxy_unless_no_proxy_says_otherwise(
    spacectl_inprocess: Run, kitchen: Server, start_proxy: Callable[..., Proxy]
) -> None:
    proxy = start_proxy()
    arguments = [*words(LIST), "--endpoint", kitchen.endpoint]
    assert spacectl_inprocess(*arguments, env={"https_proxy": proxy.url}).status == 0
    assert proxy.asked
    proxy.asked.clear()
    for exception in ("127.0.0.1", "*", "127.0.0.0/8", "example.test, 127.0.0.1", f"127.0.0.1:{kitchen.port}"):
        assert spacectl_inprocess(*arguments, env={"https_proxy": proxy.url, "no_proxy": exception}).status == 0
    assert proxy.asked == []


def test_the_sandbox_needs_no_proxy(spacectl_inprocess: Run) -> None:
    env = {"https_proxy": f"http://127.0.0.1:{closed_port()}"}
    assert spacectl_inprocess(*words("--environment sandbox list repository.Plugin"), env=env).status == 0


@pytest.mark.parametrize("password", ["user:s3cret", "us@er:s3cret:/%"])
def test_the_password_of_the_proxy_is_sent_to_it_and_shown_to_nobody(
    password: str, spacectl_inprocess: Run, kitchen: Server, start_proxy: Callable[..., Proxy]
) -> None:
    from urllib.parse import quote

    proxy = start_proxy(password=password)
    user, _, secret = password.partition(":")
    url = f"http://{quote(user, safe='')}:{quote(secret, safe='')}@127.0.0.1:{proxy.port}"
    arguments = [*words(LIST), "--endpoint", kitchen.endpoint]
    assert spacectl_inprocess(*arguments, env={"https_proxy": url}).status == 0
    wrong = spacectl_inprocess(*arguments, env={"https_proxy": url.replace("s3cret", "wr0ng"), "SPACECTL_DEBUG": "1"})
    assert wrong.status == 78
    [first] = [line for line in wrong.err.splitlines() if line.startswith("error: ")]
    assert f"cannot connect to {kitchen.address}: the proxy 127.0.0.1:{proxy.port} refuses to connect: 407" in first
    assert "wr0ng" not in wrong.err


@pytest.mark.parametrize(
    ("refusal", "saying"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refuses to connect: 403 Forbidden"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "refuses to connect: 502 Bad Gateway"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "refuses to connect: no HTTP proxy"),
    ],
)
def test_what_the_proxy_says_is_said(
    refusal: bytes, saying: str, spacectl_inprocess: Run, start_proxy: Callable[..., Proxy]
) -> None:
    proxy = start_proxy(refusal=refusal)
    result = spacectl_inprocess(*words(LIST), "--endpoint", "grpcs://api.example.test", env={"https_proxy": proxy.url})
    assert (result.status, result.out) == (78, "")
    assert f"cannot connect to api.example.test:443: the proxy 127.0.0.1:{proxy.port} {saying}" in result.err


def test_a_proxy_that_is_not_there_is_told_from_a_server_that_is_not(
    spacectl_inprocess: Run, kitchen: Server, start_proxy: Callable[..., Proxy]
) -> None:
    port = closed_port()
    arguments = [*words(LIST), "--endpoint", kitchen.endpoint]
    result = spacectl_inprocess(*arguments, env={"https_proxy": f"http://127.0.0.1:{port}"})
    assert result.status == 78
    assert f"the proxy 127.0.0.1:{port} cannot be reached: connection refused" in result.err
    result = spacectl_inprocess(*arguments, env={"https_proxy": "http://no-proxy.invalid:3128"})
    assert "the proxy no-proxy.invalid:3128: the host name cannot be resolved" in result.err


@pytest.mark.parametrize("url", ["https://proxy:3128", "socks5://proxy:1080", "http://", "http://u:s3cret@proxy:port"])
def test_a_proxy_of_another_kind_is_refused_and_never_passed_by(url: str, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", "grpcs://api.example.test", env={"https_proxy": url})
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: https_proxy: ")
    assert "s3cret" not in result.err


def test_variables_that_say_nothing_are_none() -> None:
    endpoint = parse("grpcs://api.example.test")
    assert proxy_of({}, endpoint) is None
    assert proxy_of({"https_proxy": " ", "http_proxy": "proxy:8080"}, endpoint) == "http://proxy:8080"
    assert proxy_of({"https_proxy": "http://a:1", "grpc_proxy": "http://b:2/"}, endpoint) == "http://b:2"
    assert proxy_of({"https_proxy": "http://a:1", "no_grpc_proxy": "x", "no_proxy": "*"}, endpoint) == "http://a:1"
    assert proxy_of({"https_proxy": "http://a:1"}, parse("unix:///tmp/x")) is None
    with pytest.raises(ConfigError):
        proxy_of({"https_proxy": "ftp://a:1"}, endpoint)


@pytest.mark.parametrize(
    ("host", "exceptions", "expected"),
    [
        ("api.example.test", "example.test", True),
        ("api.example.test", ".example.test", True),
        ("api.example.test", "*.example.test", True),
        ("example.test", ".example.test", True),
        ("badexample.test", "example.test", False),
        ("API.example.test", "api.EXAMPLE.test", True),
        ("api.example.test", "api.example.test:443", True),
        ("api.example.test", "api.example.test:444", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("::1", "[::1]:443", True),
        ("::1", "::1", True),
        ("a.test", "b.test a.test", True),
        ("a.test", "", False),
        ("a.test", ",,.", False),
    ],
)
def test_no_proxy_is_read_as_other_programs_read_it(host: str, exceptions: str, expected: bool) -> None:
    assert is_excepted(host, 443, exceptions) is expected


@given(st.text(min_size=1), st.text(), st.integers(1, 65535))
def test_user_and_password_come_apart_whatever_they_are(user: str, password: str, port: int) -> None:
    from urllib.parse import quote

    try:
        url = f"http://{quote(user, safe='')}:{quote(password, safe='')}@proxy:{port}"
    except UnicodeEncodeError:
        return
    assert parts(url) == ("proxy", port, f"{user}:{password}")
