"""Cloudforet's real identity: login, whoami, renewal and discovery with its own tokens; nothing is left behind."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from peers.command import Result, Spacectl

ADMIN, PASSWORD = "admin@lab.example", "Lab-Admin-1234!"
LOGIN = ("login", "--domain", "lab", "--user", ADMIN, "--password-stdin")
Run = Callable[..., Result]


@pytest.fixture
def settings(lab: Path) -> Callable[[], dict[str, Any]]:
    return lambda: yaml.safe_load((lab / "environments" / "lab-notoken.yml").read_text())


@pytest.fixture
def run(lab: Path, spacectl: Spacectl) -> Run:
    """Runs the command in the environment that has no token."""
    (lab / "environment.yml").write_text("environment: lab-notoken\n")
    env = {"SPACECTL_CONFIG_DIR": str(lab)}
    return lambda *arguments, **options: spacectl(*arguments, env=env, **options)


@pytest.fixture
def signed_in(run: Run) -> Run:
    """The same, after a login of the domain's administrator."""
    done = run(*LOGIN, stdin=PASSWORD + "\n")
    assert (done.status, done.err) == (0, "")
    return run


def who(run: Run, *options: str) -> dict[str, Any]:
    done = run("whoami", "-o", "json", *options)
    assert (done.status, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def end_of(token: str) -> int:
    payload = token.split(".")[1]
    return int(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])


def test_an_administrator_logs_in_to_the_domain(signed_in: Run) -> None:
    found = who(signed_in)
    assert (found["user"], found["domain"], found["role"]) == (ADMIN, "lab", "DOMAIN_ADMIN")
    assert (found["owner"], found["confirmed"]) == ("USER", True)
    assert 1700 < found["expires_in"] <= 1800
    assert signed_in("list", "identity.Workspace").status == 0
    assert signed_in("list", "repository.Plugin").status == 0


def test_a_workspace_is_chosen_by_its_name(run: Run) -> None:
    assert run(*LOGIN, "--workspace", "lab workspace", stdin=PASSWORD).status == 0
    found = who(run)
    assert (found["workspace"], found["role"]) == ("Lab Workspace", "WORKSPACE_OWNER")
    refused = run(*LOGIN, "--workspace", "Lab Workspac", stdin=PASSWORD)
    assert refused.status == 2
    assert "did you mean 'Lab Workspace'?" in refused.err


def test_the_root_domain_gets_the_scope_of_the_system(run: Run) -> None:
    line = ("login", "--domain", "root", "--user", "root@lab.example", "--password-stdin")
    done = run(*line, stdin=PASSWORD)
    assert (done.status, done.err) == (0, "")
    assert "scope system" in done.out
    assert run("list", "identity.Domain", "-c", "name", "-o", "quiet").status == 0


@pytest.mark.parametrize(
    ("line", "password", "status", "words"),
    [
        (LOGIN, "wrong", 80, "ERROR_AUTHENTICATION_FAILURE"),
        ((*LOGIN[:4], "nobody@lab.example", "--password-stdin"), PASSWORD, 69, "ERROR_NOT_FOUND"),
        (("login", "--domain", "nope", *LOGIN[3:]), PASSWORD, 69, "login to domain 'nope'"),
    ],
)
def test_a_refused_login_is_said_in_the_servers_words_and_kept_nowhere(
    run: Run, lab: Path, line: tuple[str, ...], password: str, status: int, words: str
) -> None:
    done = run(*line, stdin=password)
    assert (done.status, done.out) == (status, "")
    assert words in done.err
    assert PASSWORD not in done.err
    assert not (lab / "logins").exists()


def test_a_token_about_to_expire_is_renewed_by_the_real_identity(
    run: Run, settings: Callable[[], dict[str, Any]]
) -> None:
    assert run(*LOGIN, "--workspace", "Lab Workspace", "--lifetime", "2", stdin=PASSWORD).status == 0
    first = settings()["token"]
    time.sleep(max(end_of(first) - time.time(), 0) + 0.2)
    done = run("list", "repository.Plugin")
    assert (done.status, done.err) == (0, "")
    second = settings()["token"]
    assert end_of(second) > end_of(first)
    assert who(run)["workspace"] == "Lab Workspace"


def test_a_refresh_token_that_is_not_the_servers_says_login(run: Run, lab: Path) -> None:
    assert run(*LOGIN, "--lifetime", "1", stdin=PASSWORD).status == 0
    path = lab / "logins" / "lab-notoken.yml"
    kept = yaml.safe_load(path.read_text())
    head, payload, signature = kept["refresh_token"].split(".")
    path.write_text(yaml.safe_dump({**kept, "refresh_token": f"{head}.{payload}.{signature[::-1]}"}))
    time.sleep(1.2)
    done = run("list", "repository.Plugin")
    assert (done.status, done.out) == (80, "")
    assert "cannot be renewed" in done.err
    assert "hint: `spacectl login -e lab-notoken`" in done.err


def test_logout_leaves_no_token(signed_in: Run, settings: Callable[[], dict[str, Any]], lab: Path) -> None:
    assert signed_in("logout").status == 0
    assert "token" not in settings()
    assert not list((lab / "logins").iterdir())
    assert signed_in("list", "identity.Workspace").status == 80


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("lab", {"user": ADMIN, "role": "DOMAIN_ADMIN"}),
        ("lab-workspace", {"user": ADMIN, "role": "WORKSPACE_OWNER", "workspace": "Lab Workspace"}),
        ("lab-app", {"owner": "APP", "role": "DOMAIN_ADMIN"}),
        ("lab-system", {"owner": "SYSTEM"}),
    ],
)
def test_whoami_knows_every_kind_of_token(run: Run, environment: str, expected: dict[str, str]) -> None:
    found = who(run, "--environment", environment)
    assert {key: found.get(key) for key in expected} == expected
    assert found["confirmed"] is True


def test_endpoints_are_discovered_and_kept_in_step(run: Run, settings: Callable[[], dict[str, Any]], lab: Path) -> None:
    identity = settings()["endpoints"]["identity"]
    done = run("config", "init", "-e", "found", "--from-endpoint", identity)
    assert (done.status, done.err) == (0, "")
    made = yaml.safe_load((lab / "environments" / "found.yml").read_text())
    assert made == {"endpoints": {name: settings()["endpoints"][name] for name in ("identity", "repository")}}
    assert run("list", "identity.Endpoint").status == 0
    run("config", "endpoint", "remove", "repository")
    assert [row["change"] for row in json.loads(run("config", "endpoint", "sync", "-o", "json").out)] == ["added"]


def test_doctor_finds_the_lab_sound(signed_in: Run) -> None:
    done = signed_in("doctor", "-o", "json")
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    versions = {one["subject"]: one["found"] for one in found if one["check"] == "version"}
    assert {"identity", "repository"} <= versions.keys()
    assert all(one["found"].startswith("v1alpha: ") for one in found if one["check"] == "reflection")
    assert [one["found"] for one in found if one["subject"] == "identity" and one["check"] == "token"] == [
        "the server takes it"
    ]
    assert next(one for one in found if one["check"] == "clock")["state"] == "ok"
