"""login, whoami and logout against the sandbox; expiry and renewal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from peers.command import Spacectl
from peers.protosets import Api
from peers.recorder import Failure
from peers.server import Server
from sign_in_places import ADMIN, PASSWORD, Place, Run, ask, claims, jwt, lapse, mode, place_at

V2 = "spaceone.api.identity.v2"
LOGIN = ("login", "--domain", "sandbox", "--user", ADMIN, "--password-stdin")


def who(run: Run, *options: str) -> dict[str, Any]:
    done = run("whoami", "-o", "json", *options)
    assert (done.status, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def new_user(place: Place, api: Api, name: str, *, workspaces: int = 0, **more: Any) -> list[str]:
    """A user with the password of all, who owns so many new workspaces; their identifiers."""
    user = {"user_id": name, "password": PASSWORD, "auth_type": "LOCAL", **more}
    ask(place.endpoint, api, f"{V2}.User/create", **user)
    made = []
    for number in range(workspaces):
        workspace = ask(place.endpoint, api, f"{V2}.Workspace/create", name=f"{name} {number}")["workspace_id"]
        role = ask(place.endpoint, api, f"{V2}.Role/create", name="Owner", role_type="WORKSPACE_OWNER")["role_id"]
        ask(place.endpoint, api, f"{V2}.RoleBinding/create", user_id=name, role_id=role, workspace_id=workspace)
        made.append(workspace)
    return made


def test_a_login_keeps_both_tokens_apart_and_for_their_owner_alone(signed_in: Place) -> None:
    access, refresh = claims(signed_in.settings["token"]), yaml.safe_load(signed_in.login.read_text())
    assert (access["typ"], access["rol"], access["aud"]) == ("ACCESS_TOKEN", "DOMAIN_ADMIN", ADMIN)
    assert claims(refresh["refresh_token"])["typ"] == "REFRESH_TOKEN"
    assert refresh["refresh_token"] not in signed_in.file.read_text()
    assert signed_in.settings["token"] not in signed_in.login.read_text()
    assert (mode(signed_in.file), mode(signed_in.login), mode(signed_in.login.parent)) == (0o600, 0o600, 0o700)
    assert signed_in.settings["note"] == "stays"


def test_no_command_shows_a_token_nor_leaves_one_in_the_cache(signed_in: Place, run: Run, tmp_path: Any) -> None:
    env = {"SPACECTL_CACHE_DIR": str(tmp_path / "cache"), "SPACECTL_DEBUG": "true"}
    shown = ""
    for line in (
        "config show",
        "whoami",
        "whoami -o json",
        "list repository.Plugin -o json",
        "logout --help",
        "cache show",
    ):
        done = run(*line.split(), env=env)
        assert done.status == 0
        shown += done.out + done.err
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    for secret in signed_in.secrets():
        assert secret not in shown
        assert secret.encode() not in kept


def test_whoami_says_who_by_the_token_and_the_server(signed_in: Place, run: Run) -> None:
    found = who(run)
    assert (found["user"], found["name"], found["owner"]) == (ADMIN, "Sandbox Admin", "USER")
    assert (found["domain"], found["domain_id"], found["role"]) == ("sandbox", "domain-sandbox", "DOMAIN_ADMIN")
    assert 1700 < found["expires_in"] <= 1800
    assert found["expires_at"].endswith("Z")
    assert found["renewable_until"] > found["expires_at"]
    assert found["confirmed"] is True
    assert found["credential"] == f"{signed_in.file}: token"
    assert yaml.safe_load(run("whoami", "-o", "yaml").out)["user"] == ADMIN
    table = run("whoami").out
    assert f"| {ADMIN}" in table
    assert "| 30 min" in table


def test_a_token_that_the_server_does_not_take_is_no_answer(signed_in: Place, run: Run, sandbox_api: Api) -> None:
    token = issued(signed_in, sandbox_api, timeout=1)
    lapse(token)
    run("logout")
    signed_in.change(token=token)
    refused = run("whoami")
    assert (refused.status, refused.out) == (80, "")
    assert "Token is invalid or expired" in refused.err
    offline = who(run, "--offline")
    assert offline["expires_in"] <= 0
    assert "confirmed" not in offline
    assert "| expired" in run("whoami", "--offline").out


def issued(place: Place, api: Api, **more: Any) -> str:
    """An access token of the administrator, past the command."""
    credentials = {"user_id": ADMIN, "password": PASSWORD}
    wanted = {"credentials": credentials, "auth_type": "LOCAL", "domain_id": "domain-sandbox", **more}
    return str(ask(place.endpoint, api, f"{V2}.Token/issue", **wanted)["access_token"])


def test_without_a_token_whoami_says_how_to_get_one(run: Run) -> None:
    done = run("whoami")
    assert (done.status, done.out) == (3, "")
    assert "environment 'dev' has no token\nhint: `spacectl login`" in done.err


def test_whoami_without_an_identity_service_reads_the_token_alone(place: Place, run: Run) -> None:
    place.change(api_key=jwt(aud="app-1", own="APP", did="domain-x", rol="WORKSPACE_OWNER", wid="ws-1"), endpoints={})
    done = run("whoami")
    assert done.status == 3
    assert "--offline" in done.err
    found = who(run, "--offline")
    assert (found["app"], found["role"], found["workspace_id"]) == ("app-1", "WORKSPACE_OWNER", "ws-1")
    assert "expires_at" not in found


@pytest.mark.parametrize(
    "claim", [{"exp": "x"}, {"exp": True}, {"exp": 1e300}, {"exp": -1}, {"aud": ["a"]}, {"exp": None}]
)
def test_a_strange_token_is_read_as_far_as_it_goes(place: Place, run: Run, claim: dict[str, Any]) -> None:
    place.change(token=jwt(**{"own": "USER", **claim}))
    done = run("whoami", "--offline", "-o", "json")
    assert done.status == 0
    assert "expires_at" not in json.loads(done.out)
    assert run("list", "repository.Plugin").status == 0


@pytest.mark.parametrize("token", ["eyJ.eyJ.x", "eyJhIjox.!!!!.x", "eyJ" + "." * 40, "opaque", "eyJhIjox.WzFd.x"])
def test_a_text_that_is_no_token_of_this_kind_is_sent_as_it_is(place: Place, run: Run, token: str) -> None:
    place.change(token=token)
    assert run("list", "repository.Plugin").status == 0
    assert run("whoami", "--offline").status == 3


def test_logout_removes_what_login_kept_and_nothing_else(signed_in: Place, run: Run) -> None:
    assert run("logout").out == "Logged out of 'dev'.\n"
    assert not signed_in.login.exists()
    assert signed_in.settings == {"endpoints": signed_in.settings["endpoints"], "note": "stays"}
    assert run("logout").out == "'dev' is not logged in.\n"
    assert run("whoami").status == 3


def test_a_token_of_another_origin_survives_logout_and_is_never_renewed(signed_in: Place, run: Run) -> None:
    own = jwt(aud="me", exp=time.time() - 60)
    signed_in.change(token=own)
    assert run("list", "repository.Plugin").status == 0
    assert signed_in.settings["token"] == own
    assert run("logout").status == 0
    assert signed_in.settings["token"] == own


def test_an_environment_takes_its_login_with_it(signed_in: Place, run: Run) -> None:
    assert run("config", "environment", "-r", "dev").status == 0
    assert not signed_in.login.exists()


@pytest.mark.parametrize(
    ("line", "stdin", "status", "words"),
    [
        (LOGIN, "wrong\n", 80, "ERROR_AUTHENTICATION_FAILURE"),
        (LOGIN, "\n", 2, "the password is empty"),
        (LOGIN, "a\nb\n", 2, "more than one line"),
        (LOGIN[:-1], "sandbox\n", 2, "hint: `… | spacectl login --password-stdin`"),
        (("login", "--password-stdin"), "sandbox\n", 2, "hint: name it: --domain NAME"),
        (("login", "--domain", "sandbox", "--password-stdin"), "sandbox\n", 2, "hint: name it: --user ID"),
        (("login", "--domain", "nope", *LOGIN[3:]), "sandbox\n", 69, "login to domain 'nope'"),
        ((*LOGIN, "--workspace", "sandbox workspce"), "sandbox\n", 2, "did you mean 'Sandbox Workspace'?"),
        ((*LOGIN, "--scope", "user", "--workspace", "x"), "sandbox\n", 2, "do not go together"),
        ((*LOGIN, "--scope", "system"), "sandbox\n", 71, "ERROR_PERMISSION_DENIED"),
        ((*LOGIN, "--auth-type", "external"), "sandbox\n", 2, "has no external sign-in"),
        ((*LOGIN, "--lifetime", "0"), "sandbox\n", 2, "--lifetime"),
        ((*LOGIN, "--credentials", "-"), "{}", 2, "do not go together"),
    ],
)
def test_a_login_that_cannot_be_says_why_and_keeps_nothing(
    place: Place, run: Run, line: tuple[str, ...], stdin: str, status: int, words: str
) -> None:
    before = place.settings
    done = run(*line, stdin=stdin)
    assert (done.status, done.out) == (status, "")
    assert words in done.err
    assert place.settings == before
    assert not place.login.exists()


def test_the_embedded_environment_cannot_be_logged_in_to(run: Run) -> None:
    done = run("--environment", "sandbox", *LOGIN, stdin=PASSWORD)
    assert done.status == 2
    assert "embedded" in done.err


def test_the_next_login_proposes_the_domain_and_the_user_of_the_last(signed_in: Place, run: Run) -> None:
    first = signed_in.settings["token"]
    assert run("login", "--password-stdin", stdin=PASSWORD).status == 0
    assert signed_in.settings["token"] != first
    assert who(run)["user"] == ADMIN


def test_a_variable_that_goes_before_the_login_is_told(run: Run, place: Place) -> None:
    done = run(*LOGIN, stdin=PASSWORD, env={"SPACECTL_API_KEY": "key"})
    assert done.status == 0
    assert done.err == "warning: SPACECTL_API_KEY is set, and goes before the token of this login\n"


def test_a_workspace_is_chosen_by_name_or_identifier(run: Run, place: Place) -> None:
    for wanted in ("Sandbox Workspace", "sandbox workspace", "workspace-sandbox"):
        assert run(*LOGIN, "--workspace", wanted, stdin=PASSWORD).status == 0
        found = who(run)
        assert (found["workspace"], found["workspace_id"]) == ("Sandbox Workspace", "workspace-sandbox")


def test_a_user_of_one_workspace_gets_it_and_of_several_must_choose(place: Place, run: Run, sandbox_api: Api) -> None:
    line = ("login", "--domain", "sandbox", "--password-stdin", "--user")
    [only] = new_user(place, sandbox_api, "one@sandbox.example", workspaces=1)
    assert run(*line, "one@sandbox.example", stdin=PASSWORD).status == 0
    assert (who(run)["workspace_id"], who(run)["role"]) == (only, "WORKSPACE_OWNER")
    made = new_user(place, sandbox_api, "two@sandbox.example", workspaces=2)
    done = run(*line, "two@sandbox.example", stdin=PASSWORD)
    assert (done.status, done.out) == (2, "")
    assert all(one in done.err for one in made)
    assert run(*line, "two@sandbox.example", "--workspace", made[1], stdin=PASSWORD).status == 0
    assert who(run)["workspace_id"] == made[1]
    new_user(place, sandbox_api, "none@sandbox.example")
    assert run(*line, "none@sandbox.example", stdin=PASSWORD).status == 0
    assert who(run)["role"] == "USER"


def test_a_second_factor_is_a_second_line_where_nobody_can_be_asked(place: Place, run: Run, sandbox_api: Api) -> None:
    new_user(place, sandbox_api, "mfa@sandbox.example", enforce_mfa_state="ENABLED", enforce_mfa_type="EMAIL")
    line = ("login", "--domain", "sandbox", "--user", "mfa@sandbox.example", "--password-stdin")
    done = run(*line, stdin=PASSWORD)
    assert done.status == 77
    assert "ERROR_MFA_REQUIRED" in done.err
    assert "--verify-code CODE" in done.err
    assert run(*line, "--verify-code", "111111", stdin=PASSWORD).status == 80
    assert run(*line, "--verify-code", "000000", stdin=PASSWORD).status == 0


def test_credentials_of_any_form_come_from_a_file(place: Place, run: Run) -> None:
    (place.base / "me.yml").write_text(f"user_id: {ADMIN}\npassword: {PASSWORD}\n")
    assert run("login", "--domain", "sandbox", "--credentials", str(place.base / "me.yml")).status == 0
    assert who(run)["user"] == ADMIN
    text = json.dumps({"user_id": ADMIN, "password": PASSWORD})
    assert run("login", "--domain", "sandbox", "--credentials", "-", stdin=text).status == 0


def test_an_external_sign_in_is_asked_of_the_server(
    tmp_path: Any, sandbox_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    access, refresh = (
        jwt(typ="ACCESS_TOKEN", aud="ann", did="domain-1"),
        jwt(typ="REFRESH_TOKEN", exp=time.time() + 900),
    )
    server = start_recorder(
        sandbox_api,
        {
            f"{V2}.Domain/get_auth_info": [{"domain_id": "domain-1", "name": "acme", "external_auth_state": "ENABLED"}],
            f"{V2}.Token/issue": [{"access_token": access, "refresh_token": refresh}],
            f"{V2}.Token/grant": [{"access_token": access}],
            f"{V2}.UserProfile/get": [{"user_id": "ann", "role_type": "USER"}],
        },
    )
    place = place_at(tmp_path / "spaceone", server.endpoint)
    line = ("login", "--domain", "acme", "--auth-type", "external", "--credentials", "-")
    done = spacectl_inprocess(*line, stdin="access_token: of-keycloak\n", env=place.env)
    assert (done.status, done.err) == (0, "")
    [issue] = [call for call in server.calls if call.method.endswith("/issue")]
    assert issue.requests == [
        {"credentials": {"access_token": "of-keycloak"}, "auth_type": "EXTERNAL", "domain_id": "domain-1"}
    ]
    assert "of-keycloak" not in done.out + done.err + place.file.read_text() + place.login.read_text()
    assert "ann is logged in" in done.out


def test_a_token_about_to_expire_is_renewed_before_the_call(place: Place, run: Run) -> None:
    assert run(*LOGIN, "--workspace", "workspace-sandbox", stdin=PASSWORD).status == 0
    first = place.expire()
    done = run("list", "repository.Plugin", "-c", "plugin_id", "-o", "quiet")
    assert (done.status, done.err, len(done.out.splitlines())) == (0, "", 8)
    second = place.settings["token"]
    assert claims(second)["exp"] > claims(first)["exp"]
    assert claims(second)["wid"] == "workspace-sandbox"
    assert (mode(place.file), place.settings["note"]) == (0o600, "stays")


def test_a_token_with_time_left_is_not_renewed(signed_in: Place, run: Run) -> None:
    before = signed_in.settings["token"]
    assert run("list", "repository.Plugin").status == 0
    assert signed_in.settings["token"] == before


def test_a_token_is_renewed_at_the_environments_identity_wherever_the_call_goes(
    place: Place, run: Run, sandbox_api: Api, start_recorder: Callable[..., Server]
) -> None:
    other = start_recorder(sandbox_api)
    assert run(*LOGIN, stdin=PASSWORD).status == 0
    expired = place.expire()
    assert run("list", "repository.Plugin", "--endpoint", other.endpoint).status == 0
    assert place.settings["token"] != expired
    assert [call.method for call in other.calls] == ["spaceone.api.repository.v1.Plugin/list"]
    assert dict(other.last.metadata)["token"] == place.settings["token"]


def test_a_token_that_expires_between_the_calls_of_a_command_is_renewed(
    place: Place, run: Run, sandbox_api: Api, start_recorder: Callable[..., Server], spacectl: Spacectl
) -> None:
    other = start_recorder(sandbox_api)
    assert run(*LOGIN, "--lifetime", "8", stdin=PASSWORD).status == 0
    first = place.settings["token"]
    line = ("list", "repository.Plugin", "--watch", "--interval", "0.5", "-o", "jsonl", "--endpoint", other.endpoint)
    process = spacectl.start(*line, env=place.env)
    try:
        end = time.monotonic() + 30
        while len({dict(call.metadata).get("token") for call in other.calls}) < 2 and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        process.terminate()
        process.communicate(timeout=10)
    tokens = list(dict.fromkeys(dict(call.metadata)["token"] for call in other.calls))
    assert tokens[0] == first
    assert tokens[1:] == [place.settings["token"]]


@pytest.fixture
def expiring(
    tmp_path: Any, sandbox_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run
) -> tuple[Place, Server, dict[str, Any]]:
    """A place whose access token has expired, the server that it asks for a new one, and that server's answers."""
    answers: dict[str, Any] = {
        f"{V2}.Domain/get_auth_info": [{"domain_id": "domain-1"}],
        f"{V2}.Token/issue": [
            {"access_token": jwt(aud="ann"), "refresh_token": jwt(typ="REFRESH_TOKEN", exp=time.time() + 900)}
        ],
        f"{V2}.Token/grant": [{"access_token": jwt(aud="ann", exp=int(time.time()) - 10, iat=int(time.time()) - 100)}],
    }
    server = start_recorder(sandbox_api, answers)
    place = place_at(tmp_path / "spaceone", server.endpoint)
    line = ("login", "--domain", "acme", "--user", "ann", "--password-stdin", "--scope", "domain")
    assert spacectl_inprocess(*line, stdin="pw", env=place.env).status == 0
    server.forget()
    return place, server, answers


def test_of_several_processes_one_renews_and_all_use_what_it_got(
    expiring: tuple[Place, Server, dict[str, Any]], spacectl: Spacectl
) -> None:
    place, server, answers = expiring
    renewed = jwt(aud="ann", exp=int(time.time()) + 900, iat=int(time.time()))
    answers[f"{V2}.Token/grant"] = [{"access_token": renewed}]
    running = [spacectl.start("list", "repository.Plugin", env=place.env) for _ in range(6)]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, b"NO DATA\n", b"")
    assert [call.method for call in server.calls].count(f"{V2}.Token/grant") == 1
    assert {dict(call.metadata).get("token") for call in server.calls if "Plugin" in call.method} == {renewed}
    assert place.settings["token"] == renewed


def test_a_login_that_cannot_be_renewed_says_login_and_sends_nothing_more(
    expiring: tuple[Place, Server, dict[str, Any]], spacectl_inprocess: Run
) -> None:
    place, server, answers = expiring
    answers[f"{V2}.Token/grant"] = [Failure(16, "ERROR_AUTHENTICATE_FAILURE: Token validation failed.")]
    done = spacectl_inprocess("list", "repository.Plugin", env=place.env)
    assert (done.status, done.out) == (80, "")
    assert "the login of environment 'dev' cannot be renewed" in done.err
    assert "hint: `spacectl login -e dev`" in done.err
    assert not [call for call in server.calls if "Plugin" in call.method]


def test_a_refresh_token_that_has_expired_is_not_even_sent(
    expiring: tuple[Place, Server, dict[str, Any]], spacectl_inprocess: Run
) -> None:
    place, server, _ = expiring
    kept = yaml.safe_load(place.login.read_text())
    place.login.write_text(yaml.safe_dump({**kept, "refresh_token": jwt(exp=time.time() - 7300)}))
    done = spacectl_inprocess("list", "repository.Plugin", env=place.env)
    assert (done.status, done.out, server.calls) == (3, "", [])
    assert "error: the login of environment 'dev' expired 2 h ago\nhint: `spacectl login -e dev`\n" in done.err


def test_a_token_with_some_seconds_left_is_used_where_it_cannot_be_renewed(
    expiring: tuple[Place, Server, dict[str, Any]], spacectl_inprocess: Run
) -> None:
    place, _, answers = expiring
    soon = jwt(aud="ann", exp=int(time.time()) + 30)
    answers[f"{V2}.Token/grant"] = [{"access_token": soon}]
    assert spacectl_inprocess("list", "repository.Plugin", env=place.env).status == 0
    answers[f"{V2}.Token/grant"] = [Failure(14, "not now")]
    done = spacectl_inprocess("list", "repository.Plugin", env=place.env)
    assert (done.status, done.out) == (0, "NO DATA\n")
    assert done.err.startswith("warning: the login could not be renewed: ")
    assert "`spacectl login`" in done.err


@pytest.mark.parametrize("text", ["", "[]", "refresh_token: {}\n", "a: [", "\x00"])
def test_a_file_of_a_login_that_is_broken_is_said_and_another_login_mends_it(place: Place, run: Run, text: str) -> None:
    assert run(*LOGIN, stdin=PASSWORD).status == 0
    place.expire()
    place.login.write_text(text)
    done = run("list", "repository.Plugin")
    assert (done.status, done.out) == (3, "")
    assert str(place.login) in done.err
    assert run(*LOGIN, stdin=PASSWORD).status == 0
    assert run("list", "repository.Plugin").status == 0
