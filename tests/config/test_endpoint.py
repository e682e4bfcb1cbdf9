from __future__ import annotations

import re
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacectl.endpoint import parse
from spacectl.errors import UsageError


@pytest.mark.parametrize(
    ("url", "target", "tls", "host", "port"),
    [
        ("grpc://localhost:50051", "localhost:50051", False, "localhost", 50051),
        ("GRPC://localhost:50051/", "localhost:50051", False, "localhost", 50051),
        ("grpc://identity.svc:50051/v1", "identity.svc:50051", False, "identity.svc", 50051),
        ("grpc://docker_name:1/v1alpha/", "docker_name:1", False, "docker_name", 1),
        ("grpc://[::1]:65535", "[::1]:65535", False, "::1", 65535),
        ("grpc+ssl://identity.example.com", "identity.example.com:443", True, "identity.example.com", 443),
        ("grpc+ssl://identity.example.com:8443/v1", "identity.example.com:8443", True, "identity.example.com", 8443),
        ("grpcs://[2001:db8::1]", "[2001:db8::1]:443", True, "2001:db8::1", 443),
        ("unix:///run/spaceone.sock", "unix:/run/spaceone.sock", False, "localhost", None),
        ("unix:/run/spaceone.sock", "unix:/run/spaceone.sock", False, "localhost", None),
        ("dns:///identity:50051", "dns:///identity:50051", False, "identity", 50051),
        ("dns://8.8.8.8/identity:50051", "dns://8.8.8.8/identity:50051", False, "identity", 50051),
    ],
)
def test_an_endpoint_says_what_grpc_dials(url: str, target: str, tls: bool, host: str, port: int | None) -> None:
    endpoint = parse(url)
    assert (endpoint.url, endpoint.target, endpoint.tls, endpoint.host, endpoint.port) == (url, target, tls, host, port)


@pytest.mark.parametrize(
    ("url", "reason", "hint"),
    [
        ("", "empty", "grpc://HOST:PORT"),
        ("localhost:8083", "scheme is missing", "did you mean grpc://localhost:8083?"),
        ("localhost", "scheme is missing", "did you mean grpc://localhost:PORT?"),
        ("grpc:/localhost:1", "scheme is missing", "did you mean grpc://localhost:1?"),
        ("http://localhost:1", "unknown scheme http", "did you mean grpc://localhost:1?"),
        ("https://example.com", "unknown scheme https", "did you mean grpc+ssl://example.com?"),
        ("ftp://example.com:1", "unknown scheme ftp", "grpc+ssl://HOST"),
        ("grpc://localhost", "port is missing", "write grpc://localhost:PORT"),
        ("grpc://localhost:", "port is missing|not a port|not a host", "PORT"),
        ("grpc://", "host is missing", "grpc://HOST:PORT"),
        ("grpc://:50051", "not a host", "grpc://HOST:PORT"),
        ("grpc://localhost:http", "'http' is not a port", "grpc://HOST:PORT"),
        ("grpc://localhost:0", "0 is not a port", "grpc://HOST:PORT"),
        ("grpc://localhost:65536", "65536 is not a port", "grpc://HOST:PORT"),
        ("grpc://localhost:" + "9" * 5000, "not a host and port", "grpc://HOST:PORT"),
        ("grpc://::1:50051", "brackets", "grpc://[::1]:50051"),
        ("grpc://localhost:1/v1/Plugin", "only a version", "did you mean grpc://localhost:1?"),
        ("grpc://localhost:1?x=1", "not a port|not a host", "grpc://HOST:PORT"),
        ("grpc://<host>:1", "not a host and port", "grpc://HOST:PORT"),
        ("grpc://local host:1", "space", "grpc://HOST:PORT"),
        ("grpc://a..b:1", "not a host and port", "grpc://HOST:PORT"),
        ("unix://run/a.sock", "absolute", "write unix:///run/a.sock"),
        ("unix:", "path of the socket is missing", "unix:///PATH"),
        ("dns:///identity", "form dns:///HOST:PORT", "dns:///HOST:PORT"),
    ],
)
def test_a_malformed_endpoint_is_named_with_the_right_form(url: str, reason: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(url)
    assert "\n" not in raised.value.message
    assert url in raised.value.message
    assert any(words in raised.value.message for words in reason.split("|"))
    assert hint in " ".join(raised.value.hints)


@pytest.mark.parametrize(
    "url", ["grpc://me:hunter2@localhost:1", "https://me:hunter2@localhost:1", "dns:///me:hunter2@x:1"]
)
def test_a_password_in_an_endpoint_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(url)
    assert "hunter2" not in raised.value.message + " ".join(raised.value.hints)


@given(
    st.one_of(
        st.text(), st.text().map("grpc://".__add__), st.text().map("unix:".__add__), st.text().map("dns:///".__add__)
    )
)
def test_any_text_is_an_endpoint_or_a_usage_error_of_one_line(url: str) -> None:
    try:
        endpoint = parse(url)
    except UsageError as error:
        assert error.message.isprintable()
    else:
        assert endpoint.target
        assert not re.search(r"\s", endpoint.target)


@pytest.mark.parametrize("name", ["plain.sock", "with space.sock", "100%.sock", "a#b?.sock"])
def test_a_socket_of_any_name_can_be_dialled(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    endpoint = parse(f"unix://{tmp_path}/{name}")
    server.add_insecure_port(endpoint.target)
    server.start()
    try:
        assert (tmp_path / name).exists()
        with grpc.insecure_channel(endpoint.target) as channel:
            grpc.channel_ready_future(channel).result(10)
    finally:
        server.stop(None).wait()
