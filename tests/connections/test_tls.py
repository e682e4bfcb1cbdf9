"""TLS: own CAs, client certificates, names, and no check at all where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shlex import split as words
from typing import Any

import pytest
import yaml
from makeshift import Authority
from peers.command import Result, Spacectl
from peers.server import Server

from spacectl.errors import GRPC_STATUS_NAMES

Run = Callable[..., Result]
Start = Callable[..., Server]
Pem = Callable[[str], Path]
ECHO = "exec Echo kitchen.v1.Kitchen -p string_value=x -o json"
LIST = "list kitchen.v1.Dish -c dish_id -o csv"


def test_a_call_over_tls_trusts_the_ca_that_is_given(spacectl_inprocess: Run, start_tls: Start, pem: Pem) -> None:
    server = start_tls()
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint, "--cacert", str(pem("ca")))
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("dish_id\r\ndish-00001")


def test_both_names_of_the_scheme_mean_tls(spacectl_inprocess: Run, start_tls: Start, pem: Pem) -> None:
    server = start_tls()
    for scheme in ("grpcs", "grpc+ssl"):
        url = f"{scheme}://{server.address}"
        assert spacectl_inprocess(*words(LIST), "--endpoint", url, env={"SPACECTL_CACERT": str(pem("ca"))}).status == 0


def failed(result: Result, server: Server, saying: str) -> list[str]:
    """The hints of a call that ended without a connection, in one line with host and port."""
    first, *hints = result.err.splitlines()
    assert (result.status, result.out) == (78, "")
    assert f"cannot connect to {server.address}: TLS: " in first
    assert saying in first
    assert hints
    assert all(line.startswith("hint: ") for line in hints)
    return hints


def test_a_wrong_ca_is_named_and_so_is_the_option_for_the_right_one(
    spacectl_inprocess: Run, start_tls: Start, pem: Pem
) -> None:
    server = start_tls()
    other = str(pem("other"))
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint, "--cacert", other)
    assert "--cacert" in failed(result, server, f"the certificate is not from the CA of {other}")[0]
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint)
    failed(result, server, "the certificate is not from a CA that the system trusts")


def test_an_expired_certificate_is_said_with_its_last_day(spacectl_inprocess: Run, start_tls: Start, pem: Pem) -> None:
    server = start_tls("expired")
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint, "--cacert", str(pem("ca")))
    failed(result, server, "the certificate has expired, on 2020-01-02")


def test_a_certificate_of_the_future_is_said_with_its_first_day(
    spacectl_inprocess: Run, start_tls: Start, pem: Pem
) -> None:
    server = start_tls("early")
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint, "--cacert", str(pem("ca")))
    failed(result, server, "the certificate is not valid before 2090-01-02")


def test_a_certificate_for_another_name_is_said_with_that_name_and_taken_under_it(
    spacectl_inprocess: Run, start_tls: Start, pem: Pem
) -> None:
    server = start_tls("elsewhere")
    arguments = [*words(LIST), "--endpoint", server.endpoint, "--cacert", str(pem("ca"))]
    hints = failed(spacectl_inprocess(*arguments), server, "is for elsewhere.example.test, not for localhost")
    assert hints == ["hint: --server-name elsewhere.example.test expects that name"]
    assert spacectl_inprocess(*arguments, "--server-name", "elsewhere.example.test").status == 0
    assert spacectl_inprocess(*arguments, "--authority", "elsewhere.example.test:443").status == 0


def test_a_server_that_wants_a_certificate_gets_one(spacectl_inprocess: Run, start_tls: Start, pem: Pem) -> None:
    server = start_tls(mutual=True)
    arguments = [*words(ECHO), "--endpoint", server.endpoint, "--cacert", str(pem("ca"))]
    without = spacectl_inprocess(*arguments)
    assert "--cert FILE --key FILE" in failed(without, server, "certificate of the client")[0]
    good = ("--cert", str(pem("client").with_suffix(".crt")), "--key", str(pem("client").with_suffix(".key")))
    assert spacectl_inprocess(*arguments, *good).status == 0
    assert spacectl_inprocess(*arguments, "--cert", str(pem("client"))).status == 0
    failed(spacectl_inprocess(*arguments, "--cert", str(pem("stranger"))), server, f"{pem('stranger')}")
    alone = spacectl_inprocess(*arguments, *good[:2])
    assert (
        alone.err
        == f"error: the certificate of the client: {good[1]} holds no private key\nhint: --key FILE gives it\n"
    )
    swapped = spacectl_inprocess(*arguments, "--cert", good[3], "--key", good[3])
    assert (alone.status, swapped.status) == (3, 2)
    assert swapped.err.startswith(f"error: --cert: {good[3]} holds no certificate\n")
    mixed = ("--cert", str(pem("client")), "--key", str(pem("good")))
    failed(spacectl_inprocess(*arguments, *mixed), server, "the certificates given cannot be used: key values mismatch")


@pytest.mark.parametrize("kind", ["plain", "tls", "mtls"])
@pytest.mark.parametrize("code", range(17))
def test_every_status_arrives_over_every_kind_of_connection(
    code: int, kind: str, spacectl_inprocess: Run, connected: Callable[[str], list[str]]
) -> None:
    line = f"exec Fail kitchen.v1.Kitchen -p code={code} -p details=so --retries 0" if code else ECHO
    result = spacectl_inprocess(*words(line), *connected(kind))
    assert result.status == (64 + code if code else 0)
    if code:
        assert result.err.startswith(f"error: Fail kitchen.v1.Kitchen: so ({GRPC_STATUS_NAMES[code]})\n")


@pytest.mark.parametrize("kind", ["plain", "tls", "mtls"])
@pytest.mark.parametrize("after", [0, 2])
def test_streams_run_and_fail_over_every_kind_of_connection(
    after: int, kind: str, spacectl_inprocess: Run, connected: Callable[[str], list[str]]
) -> None:
    line = f"exec FailStream kitchen.v1.Kitchen -p code=9 -p after={after} -o jsonl"
    result = spacectl_inprocess(*words(line), *connected(kind))
    assert (result.status, result.out.count("\n")) == (73, after)


@pytest.fixture(scope="module")
def connected(kitchen_api: Any, authority: Authority) -> Any:
    """The options that reach a kitchen over plaintext, TLS or mTLS."""
    from contextlib import ExitStack

    import grpc
    from peers.kitchen import BEHAVIOURS
    from peers.server import serve

    ca = ["--cacert", str(authority.ca)]
    with ExitStack() as stack:
        made = {}
        for kind, more in (
            ("plain", []),
            ("tls", ca),
            ("mtls", [*ca, "--cert", str(authority.directory / "client.pem")]),
        ):
            credentials = None
            if kind != "plain":
                mutual = kind == "mtls"
                root = authority.ca.read_bytes() if mutual else None
                credentials = grpc.ssl_server_credentials([authority.pair("good")], root, require_client_auth=mutual)
            server = stack.enter_context(serve(kitchen_api, BEHAVIOURS, credentials=credentials))
            made[kind] = ["--endpoint", server.endpoint, *more]
        yield made.__getitem__


@pytest.mark.parametrize("name", ["good", "expired", "early", "elsewhere"])
def test_insecure_takes_every_certificate_and_says_so_each_time(
    name: str, spacectl_inprocess: Run, start_tls: Start
) -> None:
    server = start_tls(name)
    result = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint, "--insecure")
    assert result.status == 0
    [line] = result.err.splitlines()
    assert line.startswith(f"warning: --insecure: the certificate of {server.address} is not checked")


def test_insecure_changes_nothing_else(spacectl_inprocess: Run, start_tls: Start, pem: Pem) -> None:
    server = start_tls("elsewhere", mutual=True)
    arguments = ["--endpoint", server.endpoint, "--insecure", "--cert", str(pem("client"))]
    big = spacectl_inprocess(*words("exec Big kitchen.v1.Kitchen -o json -p size=6000000"), *arguments)
    assert big.status == 0
    assert len(big.out) > 6_000_000
    stream = spacectl_inprocess(*words("exec Count kitchen.v1.Kitchen -p count=5000 -o jsonl"), *arguments)
    assert (stream.status, stream.out.count("\n")) == (0, 5000)
    without = spacectl_inprocess(*words(LIST), "--endpoint", server.endpoint, "--insecure")
    assert without.status == 78
    assert f"cannot connect to {server.address}: TLS: " in without.err
    assert "certificate of the client" in without.err


def test_insecure_is_what_the_file_may_say_of_one_service_and_is_said_all_the_same(
    spacectl: Spacectl, start_tls: Start
) -> None:
    server = start_tls("expired")
    write(spacectl, {"endpoints": {"kitchen": server.endpoint}, "connections": {"kitchen": {"insecure": True}}})
    result = spacectl(*words(LIST))
    assert result.status == 0
    assert "is not checked" in result.err


def write(spacectl: Spacectl, settings: dict[str, Any]) -> None:
    environments = spacectl.config_dir / "environments"
    environments.mkdir(parents=True)
    (spacectl.config_dir / "environment.yml").write_text("environment: test\n")
    (environments / "test.yml").write_text(yaml.safe_dump(settings))


def test_an_option_is_over_a_variable_over_a_service_over_the_environment(
    spacectl: Spacectl, start_tls: Start, pem: Pem
) -> None:
    server = start_tls()
    (spacectl.config_dir).mkdir()
    (spacectl.config_dir / "ca.pem").write_bytes(pem("ca").read_bytes())
    settings = {
        "endpoints": {"kitchen": server.endpoint},
        "connection": {"cacert": str(pem("other"))},
        "connections": {"Kitchen": {"cacert": "ca.pem"}},
    }
    write(spacectl, settings)
    assert spacectl(*words(LIST)).status == 0
    other = {"SPACECTL_CACERT": str(pem("other"))}
    assert spacectl(*words(LIST), env=other).status == 78
    assert spacectl("--cacert", str(pem("ca")), *words(LIST), env=other).status == 0
    assert spacectl(*words(LIST), "--cacert", str(pem("ca")), env=other).status == 0


def test_options_of_tls_without_tls_are_said_to_be_useless(spacectl_inprocess: Run, kitchen: Server, pem: Pem) -> None:
    result = spacectl_inprocess(*words(LIST), "--endpoint", kitchen.endpoint, "--cacert", str(pem("ca")))
    assert result.status == 0
    assert result.err.startswith("warning: --cacert has no effect: ")


def test_the_go_server_is_reached_over_tls_and_mtls(
    spacectl_inprocess: Run, start_go_server: Callable[..., int], pem: Pem
) -> None:
    own = [f"-cert={pem('good')}", f"-key={pem('good')}"]
    line = [*words("exec EmptyCall grpc.testing.TestService"), "--cacert", str(pem("ca"))]
    port = start_go_server("both", *own)
    assert spacectl_inprocess(*line, "--endpoint", f"grpcs://localhost:{port}").status == 0
    plain = spacectl_inprocess(*line[:3], "--endpoint", f"grpc://localhost:{port}")
    assert plain.status == 78
    assert "plaintext where TLS is due" in plain.err
    mutual = f"grpcs://127.0.0.1:{start_go_server('v1', *own, '-client-ca=' + str(pem('ca')))}"
    without = spacectl_inprocess(*line, "--endpoint", mutual)
    assert without.status == 78
    assert "the server wants a certificate of the client" in without.err
    assert spacectl_inprocess(*line, "--endpoint", mutual, "--cert", str(pem("client"))).status == 0
    wrong = spacectl_inprocess(*line, "--endpoint", mutual, "--cert", str(pem("stranger")))
    assert wrong.status == 78
    assert str(pem("stranger")) in wrong.err


@pytest.mark.parametrize("kind", ["plain", "tls", "mtls", "mtls through a proxy"])
def test_every_status_of_the_go_server_arrives_whatever_is_between(
    kind: str, spacectl_inprocess: Run, start_go_server: Callable[..., int], start_proxy: Callable[..., Any], pem: Pem
) -> None:
    flags = [] if kind == "plain" else [f"-cert={pem('good')}", f"-key={pem('good')}"]
    mutual = kind.startswith("mtls")
    port = start_go_server("both", *flags, *([f"-client-ca={pem('ca')}"] if mutual else []))
    scheme = "grpc" if kind == "plain" else "grpcs"
    options = [*(["--cacert", str(pem("ca"))] if flags else []), *(["--cert", str(pem("client"))] if mutual else [])]
    proxy = start_proxy()
    env = {"https_proxy": proxy.url} if "proxy" in kind else {}
    for code in range(1, 17):
        for verb in ("UnaryCall", "StreamingOutputCall"):
            asked = f'{{"response_status": {{"code": {code}, "message": "so"}}}}'
            result = spacectl_inprocess(
                *("exec", verb, "grpc.testing.TestService", "-j", asked, "--endpoint", f"{scheme}://localhost:{port}"),
                *options,
                env=env,
            )
            assert (result.status, result.out) == (64 + code, "")
            assert result.err.startswith(f"error: {verb} grpc.testing.TestService: so ({GRPC_STATUS_NAMES[code]})")
    assert bool(proxy.asked) == ("proxy" in kind)
