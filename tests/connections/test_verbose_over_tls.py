"""-V over TLS, through a proxy, and where there is no connection."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from shlex import split as words

import pytest
from connect_proxy import Proxy
from peers.command import Result, Spacectl
from peers.server import Server

Run = Callable[..., Result]
Start = Callable[..., Server]
Pem = Callable[[str], Path]
LINES = {
    "Echo": ("exec Echo kitchen.v1.Kitchen -p string_value=x -o jsonl", [{"string_value": "x"}]),
    "Count": ("exec Count kitchen.v1.Kitchen -p count=2 -o jsonl", [{"number": 1}, {"number": 2}]),
    "Sum": ("exec Sum kitchen.v1.Kitchen -f - -o jsonl", [{"number": 3}]),
    "Chat": ("exec Chat kitchen.v1.Kitchen -f - -o jsonl", [{"text": "A"}]),
}
STDIN = {"Sum": "number: 1\n---\nnumber: 2\n", "Chat": '{"text": "a"}\n'}
SECRET = "s3cret-of-the-caller"
NAME = "elsewhere.example.test"


def told(result: Result, verb: str) -> list[str]:
    """The lines about a call that went well."""
    assert (result.status, [json.loads(line) for line in result.out.splitlines()]) == (0, LINES[verb][1])
    lines = result.err.splitlines()
    assert SECRET not in result.err
    assert f"> /kitchen.v1.Kitchen/{verb}" in lines
    assert "> token: ****" in lines
    assert lines[-2] == "< status OK"
    assert sum(line.startswith("< message of ") for line in lines) == len(LINES[verb][1])
    return lines


@pytest.mark.parametrize("verb", LINES)
@pytest.mark.parametrize("mutual", [False, True])
def test_connect_and_tls_are_timed_apart(
    verb: str, mutual: bool, spacectl: Spacectl, start_tls: Start, pem: Pem
) -> None:
    server = start_tls(mutual=mutual)
    more = ("--cert", str(pem("client")), "--key", str(pem("client"))) if mutual else ()
    line = (*words(LINES[verb][0]), "-V", "--endpoint", server.endpoint, "--cacert", str(pem("ca")), *more)
    lines = told(spacectl(*line, stdin=STDIN.get(verb, ""), env={"SPACECTL_API_KEY": SECRET}), verb)
    assert lines[0] == f"* endpoint {server.endpoint}"
    assert re.match(r"\* connect [\d.]+ ms, TLS [\d.]+ ms, reflection [\d.]+ ms, call [\d.]+ ms, ", lines[-1]), lines[
        -1
    ]


@pytest.mark.parametrize("insecure", [False, True])
def test_the_proxy_is_named_without_its_password(
    insecure: bool, spacectl: Spacectl, start_tls: Start, start_proxy: Callable[..., Proxy], pem: Pem
) -> None:
    server = start_tls("elsewhere")
    proxy = start_proxy(names={NAME: server.port}, password="user:hunter22")
    env = {"https_proxy": f"http://user:hunter22@127.0.0.1:{proxy.port}", "SPACECTL_API_KEY": SECRET}
    more = ("--insecure",) if insecure else ("--cacert", str(pem("ca")))
    result = spacectl(*words(LINES["Echo"][0]), "-V", "--endpoint", f"grpcs://{NAME}", *more, env=env)
    lines = told(result, "Echo")
    assert f"* through the proxy 127.0.0.1:{proxy.port}" in lines
    assert "hunter22" not in result.err
    assert "connect and TLS " in lines[-1]


def test_what_gave_no_connection_is_told_and_then_said(spacectl: Spacectl, start_tls: Start, pem: Pem) -> None:
    server = start_tls()
    ca = ("--cacert", str(pem("ca")))
    assert spacectl(*words(LINES["Echo"][0]), "--endpoint", server.endpoint, *ca).status == 0
    other = ("--cacert", str(pem("other")))
    result = spacectl(
        *words(LINES["Echo"][0]), "-V", "--endpoint", server.endpoint, *other, env={"SPACECTL_API_KEY": SECRET}
    )
    assert result.status == 78
    assert "< status UNAVAILABLE: " in result.err
    assert SECRET not in result.err
    [error] = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert "TLS: the certificate is not from the CA of" in error
