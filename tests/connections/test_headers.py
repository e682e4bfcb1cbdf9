"""Headers: -H, files of them, variables in them, those of the configuration; none of them is ever shown."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from shlex import split as words
from typing import Any

import pytest
import yaml
from peers.command import Result, Spacectl
from peers.server import Server
from quiet_headers import received

Run = Callable[..., Result]
GET = "get kitchen.v1.Dish -p dish_id=dish-00001"


def test_headers_arrive_in_their_order_and_may_repeat(spacectl_inprocess: Run, kitchen: Server) -> None:
    typed = ["-H", "x-tenant: blue", "--header", "X-Tenant:green", "-H", "x-empty:", "-H", "x-url: http://a:1"]
    result = spacectl_inprocess(*words(GET), *typed, "--endpoint", kitchen.endpoint)
    assert (result.status, result.err) == (0, "")
    assert received(kitchen, "x-tenant") == ["blue", "green"]
    assert received(kitchen, "x-empty") == [""]
    assert received(kitchen, "x-url") == ["http://a:1"]


def test_a_header_may_stand_before_the_command(spacectl_inprocess: Run, kitchen: Server) -> None:
    result = spacectl_inprocess("-H", "a: 1", *words(GET), "-Hb: 2", "--endpoint", kitchen.endpoint)
    assert result.status == 0
    assert (received(kitchen, "a"), received(kitchen, "b")) == (["1"], ["2"])


def test_variables_are_put_in_by_the_command_itself(spacectl_inprocess: Run, kitchen: Server) -> None:
    env = {"SIGNATURE": "s3cret", "SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    typed = ["-H", "x-signature: v1=${SIGNATURE}", "-H", "x-price: $5", "-H", "x-literal: $${SIGNATURE}"]
    assert spacectl_inprocess(*words(GET), *typed, env=env).status == 0
    assert received(kitchen, "x-signature") == ["v1=s3cret"]
    assert received(kitchen, "x-price") == ["$5"]
    assert received(kitchen, "x-literal") == ["${SIGNATURE}"]
    missing = spacectl_inprocess(*words(GET), "-H", "x-signature: ${SIGNATURES}", env=env)
    assert (missing.status, missing.err.splitlines()[0]) == (2, "error: -H: ${SIGNATURES}: there is no such variable")


def test_binary_headers_are_base64(spacectl_inprocess: Run, kitchen: Server) -> None:
    data = bytes(range(256))
    for text in (b64encode(data).decode(), b64encode(data).decode().rstrip("=")):
        result = spacectl_inprocess(*words(GET), "-H", f"trace-bin: {text}", "--endpoint", kitchen.endpoint)
        assert result.status == 0
        assert received(kitchen, "trace-bin") == [data]


def test_a_file_has_a_header_on_each_line(spacectl_inprocess: Run, kitchen: Server, tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_text("# of the gateway\nx-a: 1\n\nx-b: ${B}\r\n")
    env = {"B": "2", "SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    assert spacectl_inprocess(*words(GET), "-H", f"@{file}", env=env).status == 0
    assert (received(kitchen, "x-a"), received(kitchen, "x-b")) == (["1"], ["2"])
    file.write_text("x-a: 1\ns3cret\n")
    result = spacectl_inprocess(*words(GET), "-H", f"@{file}", env=env)
    assert result.status == 2
    assert result.err.startswith(f"error: -H: {file}:2: 'name: value' is due")
    assert "s3cret" not in result.err
    missing = spacectl_inprocess(*words(GET), "-H", "@nowhere", env=env)
    assert (missing.status, missing.err) == (2, "error: -H: nowhere: No such file or directory\n")


@pytest.mark.parametrize(
    "header",
    [
        *(
            "s3cret",
            ": s3cret",
            "x y: s3cret",
            "x\u00e9: s3cret",
            "grpc-timeout: s3cret",
            "TE: s3cret",
            ":path: s3cret",
        ),
        *("x: s3cret\n", "x: s3cr\u00e9t s3cret", "x-bin: s3cret!", "x: s3cret\x07"),
    ],
)
def test_a_header_that_is_none_is_refused_without_being_shown(
    header: str, spacectl_inprocess: Run, kitchen: Server
) -> None:
    result = spacectl_inprocess(*words(GET), "-H", header, "--endpoint", kitchen.endpoint)
    if header.endswith("\n"):
        # what surrounds a value is no part of it
        assert (result.status, received(kitchen, "x")) == (0, ["s3cret"])
        return
    assert (result.status, kitchen.calls) == (2, [])
    assert result.err.startswith("error: -H: ")
    assert "s3cret" not in result.err


def test_headers_of_the_configuration_go_with_every_call_and_are_laid_over_by_name(
    spacectl: Spacectl, kitchen: Server
) -> None:
    configure(
        spacectl,
        endpoints={"kitchen": kitchen.endpoint},
        token="of-the-file",
        headers={"x-a": "environment", "x-b": "environment", "x-c": ["1", 2], "x-d": "${D}", "x-e-bin": "AAE="},
        connections={"kitchen": {"headers": {"x-b": "service"}}},
    )
    assert spacectl(*words(GET), "-H", "x-a: option", env={"D": "4"}).status == 0
    names = ("x-a", "x-b", "x-c", "x-d", "x-e-bin", "token")
    expected = [["option"], ["service"], ["1", "2"], ["4"], [b"\0\1"], ["of-the-file"]]
    assert [received(kitchen, name) for name in names] == expected
    assert spacectl(*words(GET), "-H", "token: typed", env={"D": "4"}).status == 0
    assert received(kitchen, "token") == ["typed"]


def test_headers_of_the_configuration_are_masked(spacectl: Spacectl) -> None:
    configure(
        spacectl,
        headers={"x-a": "s3cret"},
        connection={"headers": {"x-b": "s3cret"}, "allow_plaintext_token": True, "cacert": "ca.pem"},
        connections={"secret": {"headers": {"cookie": "s3cret"}, "server_name": "a.test"}},
    )
    result = spacectl(*words("config show"))
    assert result.status == 0
    assert "s3cret" not in result.out
    shown = yaml.safe_load(result.out)
    assert shown["connection"] == {"headers": {"x-b": "****"}, "allow_plaintext_token": True, "cacert": "ca.pem"}
    assert shown["connections"] == {"secret": {"headers": {"cookie": "****"}, "server_name": "a.test"}}


@pytest.mark.parametrize(
    ("settings", "saying"),
    [
        ({"headers": ["x: s3cret"]}, "test.yml: headers: a mapping is due"),
        ({"headers": {"x y": "s3cret"}}, "test.yml: headers: 'x y' cannot be the name of a header"),
        ({"headers": {"x": {"y": "s3cret"}}}, "test.yml: headers: x: a text is due"),
        ({"connection": {"cacerts": "x"}}, "test.yml: connection.cacerts: unknown setting; did you mean cacert?"),
        ({"connection": "x"}, "test.yml: connection: a mapping is due"),
        ({"connections": {"kitchen": "x"}}, "test.yml: connections.kitchen: a mapping is due"),
        ({"connections": ["x"]}, "test.yml: connections: a mapping is due"),
        ({"connection": {"insecure": "yes please"}}, "test.yml: connection.insecure: true or false is due"),
        ({"connection": {"connect_timeout": "soon"}}, "test.yml: connection.connect_timeout: soon: seconds are due"),
        ({"connection": {"retries": 1.5}}, "test.yml: connection.retries: 1.5: a whole number from 0 to 100 is due"),
        ({"connection": {"compression": "zip"}}, "test.yml: connection.compression: zip: gzip or deflate is due"),
        ({"connection": {"key": "environment.yml"}}, "environment.yml is no PEM file"),
        ({"connection": {"cacert": "nowhere.pem"}}, "nowhere.pem: No such file or directory"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_its_place(
    settings: dict[str, Any], saying: str, spacectl: Spacectl, spacectl_inprocess: Run, kitchen: Server
) -> None:
    configure(spacectl, endpoints={"kitchen": kitchen.endpoint}, **settings)
    result = spacectl_inprocess(*words(GET))
    assert (result.status, result.out, kitchen.calls) == (3, "", [])
    assert saying in result.err.splitlines()[0]
    assert "s3cret" not in result.err


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (["--cacert", "nowhere.pem"], "--cacert: nowhere.pem: No such file or directory"),
        (["--connect-timeout", "-1"], "--connect-timeout: -1.0: seconds are due"),
        (["--connect-timeout", "nan"], "--connect-timeout: nan: seconds are due"),
        (["--retries", "-1"], "--retries"),
        (["--compression", "zip"], "--compression"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    arguments: list[str], saying: str, spacectl_inprocess: Run, kitchen: Server
) -> None:
    result = spacectl_inprocess(*words(GET), "--endpoint", kitchen.endpoint, *arguments)
    assert (result.status, result.out, kitchen.calls) == (2, "", [])
    assert saying in result.err
    assert "openssl" not in result.err


def test_a_certificate_of_another_form_gets_the_line_that_makes_pem_of_it(
    spacectl_inprocess: Run, kitchen: Server, tmp_path: Path
) -> None:
    der = tmp_path / "ca.der"
    der.write_bytes(b"0\x82")
    result = spacectl_inprocess(*words(GET), "--endpoint", kitchen.endpoint, "--cacert", str(der))
    assert (result.status, result.out) == (2, "")
    assert result.err.endswith("hint: `openssl x509 -in FILE -inform der -out cacert.pem` makes PEM of DER\n")


def configure(spacectl: Spacectl, **settings: Any) -> None:
    environments = spacectl.config_dir / "environments"
    environments.mkdir(parents=True)
    (spacectl.config_dir / "environment.yml").write_text("environment: test\n")
    (environments / "test.yml").write_text(yaml.safe_dump(settings))


def test_a_value_of_a_variable_or_a_file_is_not_shown_on_the_way_either(
    spacectl_inprocess: Run, kitchen: Server, tmp_path: Path
) -> None:
    file = tmp_path / "headers"
    file.write_text("x-file: s3cret\n")
    env = {"SIGNATURE": "s3cret", "SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    typed = ["-H", "x-signature: v1=${SIGNATURE}", "-H", f"@{file}", "-H", "x-tenant: blue"]
    for option in ("-V", "--print-grpcurl"):
        result = spacectl_inprocess(*words(GET), *typed, option, env=env)
        assert result.status == 0
        assert "s3cret" not in result.out + result.err
        assert "x-tenant: blue" in result.out + result.err
    spacectl_inprocess(*words(GET), *typed, env=env)
    assert [received(kitchen, name) for name in ("x-signature", "x-file")] == [["v1=s3cret"], ["s3cret"]]
