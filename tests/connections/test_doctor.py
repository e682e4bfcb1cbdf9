"""doctor: what is wrong is found, where it is, and what to do; in bounded time, with the status of the worst."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from connect_proxy import Proxy
from makeshift import closed_port, full_backlog, http1, listener, silent
from peers.command import Result
from peers.server import Server

Run = Callable[..., Result]
Start = Callable[..., Server]
Pem = Callable[[str], Path]
Finding = dict[str, Any]


def token_lasting(seconds: float, *, issued: float | None = None) -> str:
    """A JSON Web Token that lasts so many seconds from now."""
    now = time.time()
    claims = {
        "aud": "me",
        "own": "USER",
        "exp": int(now + seconds),
        "iat": int(now - 9999 if issued is None else issued),
    }
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@pytest.fixture
def base(home: Path) -> Path:
    (home / ".spaceone" / "environments").mkdir(parents=True, mode=0o700)
    return home / ".spaceone"


@pytest.fixture
def configure(base: Path) -> Callable[..., Path]:
    """Writes the environment `dev` and makes it the current one; its file."""

    def configure(**settings: Any) -> Path:
        (base / "environment.yml").write_text("environment: dev\n")
        path = base / "environments" / "dev.yml"
        path.write_text(yaml.safe_dump(settings))
        path.chmod(0o600)
        return path

    return configure


def examined(run: Run, *options: str, status: int = 0, env: dict[str, str] | None = None) -> list[Finding]:
    result = run("doctor", "-o", "json", *options, env=env)
    assert result.status == status, result.err
    assert bool(result.err) == bool(status)
    found: list[Finding] = json.loads(result.out)
    assert all(set(one) == {"state", "check", "subject", "found", "to_do"} for one in found)
    assert all(one["to_do"] for one in found if one["state"] in ("failure", "warning"))
    return found


def of(found: list[Finding], check: str, subject: str | None = None) -> Finding:
    [one] = [one for one in found if one["check"] == check and subject in (None, one["subject"])]
    return one


def test_a_sound_environment_passes_each_check(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path]
) -> None:
    configure(api_key=token_lasting(90_000 * 3), endpoints={"kitchen": kitchen.endpoint, "other": kitchen.endpoint})
    found = examined(spacectl_inprocess)
    assert {one["state"] for one in found} <= {"ok", "skipped"}
    subject = "kitchen, other"
    assert of(found, "tcp", subject)["found"].startswith(f"{kitchen.address} connected in ")
    assert of(found, "reflection", subject)["found"].startswith("v1alpha: ")
    assert of(found, "config", "environments/dev.yml")["found"] == "mode 0600"
    assert "until 20" in next(one["found"] for one in found if one["check"] == "token")
    table = spacectl_inprocess("doctor").out
    assert " State " in table
    assert "kitchen, other" in table


def test_tls_says_the_name_the_issuer_and_the_days_that_are_left(
    spacectl_inprocess: Run, start_tls: Start, pem: Pem
) -> None:
    server = start_tls()
    found = examined(spacectl_inprocess, "--endpoint", server.endpoint, "--cacert", str(pem("ca")))
    tls = of(found, "tls")
    assert tls["found"].startswith("TLSv1.3, for localhost")
    assert "days left" in tls["found"]
    assert of(found, "dns")["found"].startswith("localhost is ")


@pytest.mark.parametrize(
    ("name", "ca", "words"),
    [
        ("expired", "ca", "has expired, on 2020-01-02"),
        ("elsewhere", "ca", "is for elsewhere.example.test"),
        ("good", "other", "is not from the CA of"),
    ],
)
def test_a_wrong_certificate_is_a_failure_that_says_what_to_do(
    spacectl_inprocess: Run, start_tls: Start, pem: Pem, name: str, ca: str, words: str
) -> None:
    server = start_tls(name)
    found = examined(spacectl_inprocess, "--endpoint", server.endpoint, "--cacert", str(pem(ca)), status=78)
    tls = of(found, "tls")
    assert tls["state"] == "failure"
    assert words in tls["found"]
    assert not [one for one in found if one["check"] in ("health", "reflection")]


def test_every_endpoint_is_looked_at_at_once_and_in_bounded_time(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path]
) -> None:
    with listener(silent) as mute, listener(http1) as web, full_backlog() as busy:
        configure(
            endpoints={
                "kitchen": kitchen.endpoint,
                "dead": f"grpc://127.0.0.1:{closed_port()}",
                "mute": f"grpc://127.0.0.1:{mute}",
                "mutetls": f"grpc+ssl://127.0.0.1:{mute}",
                "web": f"grpc://127.0.0.1:{web}",
                "busy": f"grpc://127.0.0.1:{busy}",
                "nowhere": "grpc://nowhere.invalid:1",
                "wrong": "nonsense",
            }
        )
        begin = time.monotonic()
        found = examined(spacectl_inprocess, "--connect-timeout", "2", status=78)
        assert time.monotonic() - begin < 25
    failed = {one["subject"]: one for one in found if one["state"] == "failure"}
    assert set(failed) == {"dead", "mute", "mutetls", "web", "busy", "nowhere", "wrong"}
    assert "refused" in failed["dead"]["found"]
    assert "HTTP/1" in failed["web"]["found"]
    assert failed["nowhere"]["check"] == "dns"
    assert "scheme" in failed["wrong"]["found"]
    assert of(found, "tcp", "kitchen")["state"] == "ok"


def test_a_proxy_is_named_without_its_password(
    spacectl_inprocess: Run, kitchen: Server, start_proxy: Callable[..., Proxy]
) -> None:
    proxy = start_proxy(password="user:s3cret", names={"api.example.test": kitchen.port})
    env = {"grpc_proxy": proxy.url.replace("//", "//user:s3cret@")}
    url = f"grpc://api.example.test:{kitchen.port}"
    found = examined(spacectl_inprocess, "--endpoint", url, env=env)
    assert of(found, "proxy")["found"].startswith("through ")
    assert "s3cret" not in json.dumps(found)


@pytest.mark.parametrize(
    ("reflection", "words", "state"),
    [
        ("v1", "v1: ", "ok"),
        ("v1alpha", "v1alpha: ", "ok"),
        ("both", "v1 and v1alpha: ", "ok"),
        ("none", "none", "warning"),
    ],
)
def test_each_version_of_reflection_is_told_by_grpc_go(
    spacectl_inprocess: Run, start_go_server: Callable[..., int], reflection: str, words: str, state: str
) -> None:
    port = start_go_server(reflection)
    found = of(examined(spacectl_inprocess, "--endpoint", f"grpc://127.0.0.1:{port}"), "reflection")
    assert found["state"] == state
    assert words in found["found"]


def test_files_that_others_can_read_are_a_failure_of_the_configuration(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path], base: Path
) -> None:
    path = configure(api_key="secret-of-mine", endpoints={"kitchen": kitchen.endpoint})
    path.chmod(0o644)
    found = examined(spacectl_inprocess, status=3)
    finding = of(found, "config", "environments/dev.yml")
    assert (finding["state"], finding["to_do"]) == ("failure", f"`chmod 600 {path}`")
    path.chmod(0o600)
    base.chmod(0o777)
    assert of(examined(spacectl_inprocess, status=3), "config", str(base))["state"] == "failure"
    base.chmod(0o700)
    assert "secret-of-mine" not in json.dumps(examined(spacectl_inprocess))


def test_a_broken_file_is_told_with_its_place_and_the_rest_is_looked_at(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path], base: Path
) -> None:
    configure(endpoints={"kitchen": kitchen.endpoint})
    (base / "environments" / "other.yml").write_text("a: [\n")
    found = examined(spacectl_inprocess, status=3)
    assert "other.yml:2:1" in of(found, "config", "environments/other.yml")["found"]
    assert of(found, "reflection", "kitchen")["state"] == "ok"


@pytest.mark.parametrize(
    ("seconds", "state", "status"), [(-60, "failure", 3), (3600, "warning", 0), (90_000 * 3, "ok", 0)]
)
def test_a_token_is_told_with_the_time_that_it_has(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path], seconds: int, state: str, status: int
) -> None:
    configure(api_key=token_lasting(seconds), endpoints={"kitchen": kitchen.endpoint})
    tokens = [one for one in examined(spacectl_inprocess, status=status) if one["check"] == "token"]
    assert tokens[0]["state"] == state


def test_a_clock_that_is_wrong_is_told_by_a_token_of_the_future(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path]
) -> None:
    configure(api_key=token_lasting(90_000 * 3, issued=time.time() + 300), endpoints={"kitchen": kitchen.endpoint})
    clock = of(examined(spacectl_inprocess, status=1), "clock")
    assert (clock["state"], clock["found"].partition(" ")[0]) in (("failure", "300"), ("failure", "299"))
    assert "behind" in clock["found"]


def test_a_credential_that_cannot_be_found_is_one_finding(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path]
) -> None:
    configure(token_command=["./nothing"], endpoints={"kitchen": kitchen.endpoint})
    found = examined(spacectl_inprocess, status=3)
    assert "there is no such program" in of(found, "token")["found"]
    assert of(found, "reflection", "kitchen")["state"] == "ok"


def test_nothing_configured_is_said_with_the_first_step(spacectl_inprocess: Run) -> None:
    found = examined(spacectl_inprocess, status=3)
    assert "config init" in of(found, "environment")["to_do"]


def test_the_embedded_sandbox_is_sound(spacectl_inprocess: Run) -> None:
    found = examined(spacectl_inprocess, "--environment", "sandbox")
    assert of(found, "health")["found"] == "SERVING"
    assert of(found, "version")["state"] == "ok"
    assert os.sep in of(found, "tcp")["found"]


def test_the_cache_is_told_with_its_size_and_where_others_can_change_it(
    spacectl_inprocess: Run, kitchen: Server, configure: Callable[..., Path], tmp_path: Path
) -> None:
    configure(endpoints={"kitchen": kitchen.endpoint})
    env = {"SPACECTL_CACHE_DIR": str(tmp_path / "cache")}
    assert spacectl_inprocess("list", "kitchen.Dish", env=env).status == 0
    assert "1 endpoint," in of(examined(spacectl_inprocess, env=env), "cache")["found"]
    (tmp_path / "cache").chmod(0o777)
    assert of(examined(spacectl_inprocess, status=3, env=env), "cache")["state"] == "failure"
