"""Endpoints as the platform lists them: taken over, kept where they are the user's, followed where the server moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from peers.command import Result
from peers.protosets import Api
from peers.recorder import Failure
from peers.server import Server
from sign_in_places import Run

from spacectl.discovery import ADDED, CHANGED, KEPT, REMOVED, changes

LIST = "spaceone.api.identity.v2.Endpoint/list"
PLUGIN, SECRET = "grpc+ssl://plugin.example.com:443/v1", "grpc://secret:50051"


def row(service: str, public: str, internal: str = "", **more: str) -> dict[str, str]:
    return {"service": service, "name": service.title(), "endpoint": public, "internal_endpoint": internal, **more}


class Platform:
    """An identity service whose list may change, and the command with a configuration of its own."""

    def __init__(self, server: Server, answers: dict[str, Any], base: Path, run: Run) -> None:
        self.server, self.base = server, base
        self._answers, self._run = answers, run

    def lists(self, *rows: dict[str, str] | Failure) -> None:
        failures = [one for one in rows if isinstance(one, Failure)]
        self._answers[LIST] = failures or [{"results": list(rows), "total_count": len(rows)}]

    def run(self, *arguments: str, **options: Any) -> Result:
        env = {"SPACECTL_CONFIG_DIR": str(self.base), **options.pop("env", {})}
        return self._run(*arguments, env=env, **options)

    def init(self, *options: str, **more: Any) -> Result:
        return self.run("config", "init", "-e", "acme", "--from-endpoint", self.server.endpoint, *options, **more)

    def sync(self, *options: str) -> list[tuple[str, str]]:
        done = self.run("config", "endpoint", "sync", "-o", "json", *options)
        assert (done.status, done.err) == (0, "")
        return [(one["service"], one["change"]) for one in json.loads(done.out)]

    @property
    def endpoints(self) -> dict[str, str]:
        found: dict[str, str] = yaml.safe_load((self.base / "environments" / "acme.yml").read_text())["endpoints"]
        return found


@pytest.fixture
def platform(
    sandbox_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run, tmp_path: Path
) -> Platform:
    answers: dict[str, Any] = {}
    server = start_recorder(sandbox_api, answers)
    made = Platform(server, answers, tmp_path / "spaceone", spacectl_inprocess)
    made.lists(row("identity", server.endpoint, "grpc://identity:1"), row("plugin", PLUGIN, "grpc://plugin:1"))
    return made


def test_init_fills_all_endpoints_and_makes_the_environment_the_current_one(platform: Platform) -> None:
    done = platform.init()
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("'acme' environment has been created.\n")
    assert platform.endpoints == {"identity": platform.server.endpoint, "plugin": PLUGIN}
    assert yaml.safe_load((platform.base / "environment.yml").read_text()) == {"environment": "acme"}
    assert platform.server.last.requests == [{"endpoint_type": "PUBLIC"}]


def test_the_addresses_inside_of_the_cluster_are_an_option_that_is_remembered(platform: Platform) -> None:
    assert platform.init("--internal").status == 0
    assert platform.endpoints == {"identity": "grpc://identity:1", "plugin": "grpc://plugin:1"}
    assert platform.server.last.requests == [{"endpoint_type": "INTERNAL"}]
    environment = {"SPACECTL_ENDPOINT_IDENTITY": platform.server.endpoint}
    done = platform.run("config", "endpoint", "sync", env=environment)
    assert done.out == "The endpoints of 'acme' are as the server lists them.\n"
    assert platform.server.last.requests == [{"endpoint_type": "INTERNAL"}]


def test_no_credential_of_another_environment_is_sent_to_a_new_address(platform: Platform) -> None:
    platform.run("config", "init", "-e", "old")
    platform.run("config", "set", "api_key", "s3cret")
    assert platform.init().status == 0
    assert all("token" not in dict(call.metadata) for call in platform.server.calls)
    assert platform.init(env={"SPACECTL_API_KEY": "meant"}).status == 0
    assert dict(platform.server.last.metadata)["token"] == "meant"


def test_an_identity_that_does_not_list_itself_is_kept_all_the_same(platform: Platform) -> None:
    platform.lists(row("plugin", PLUGIN))
    assert platform.init().status == 0
    assert platform.endpoints == {"identity": platform.server.endpoint, "plugin": PLUGIN}


def test_what_cannot_be_used_is_said_and_left_out(platform: Platform) -> None:
    platform.lists(
        row("identity", platform.server.endpoint),
        row("plugin", "plugin.example.com"),
        row("../../x", SECRET),
        row("secret", ""),
        row("cost-analysis", SECRET, state="INACTIVE"),
    )
    done = platform.init()
    assert done.status == 0
    assert set(platform.endpoints) == {"identity", "cost-analysis"}
    warnings = done.err.splitlines()
    assert [line.startswith("warning: ") for line in warnings] == [True] * 4
    for word in ("plugin: malformed endpoint", "'../../x'", "secret: the server lists no public", "inactive"):
        assert any(word in line for line in warnings)


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ([], 3, "the server lists no public endpoints"),
        ([Failure(7, "no")], 71, "PERMISSION_DENIED"),
    ],
)
def test_a_discovery_that_fails_writes_nothing(platform: Platform, rows: list[Any], status: int, words: str) -> None:
    platform.lists(*rows)
    done = platform.init()
    assert (done.status, done.out) == (status, "")
    assert words in done.err
    assert not platform.base.exists()


@pytest.mark.parametrize("url", ["localhost:1", "grpc://127.0.0.1:1"])
def test_a_wrong_address_writes_nothing(platform: Platform, url: str) -> None:
    done = platform.run("config", "init", "-e", "acme", "--from-endpoint", url)
    assert done.status in (2, 78)
    assert not platform.base.exists()


def test_a_server_that_is_no_identity_is_said(platform: Platform, kitchen: Server) -> None:
    done = platform.run("config", "init", "-e", "acme", "--from-endpoint", kitchen.endpoint)
    assert done.status == 3
    assert "there is no identity service" in done.err


def test_sync_shows_what_has_changed_and_follows_the_server(platform: Platform) -> None:
    platform.init()
    platform.lists(row("identity", platform.server.endpoint), row("plugin", "grpc://moved:1"), row("secret", SECRET))
    assert platform.sync("--dry-run") == [("plugin", CHANGED), ("secret", ADDED)]
    assert platform.endpoints["plugin"] == PLUGIN
    table = platform.run("config", "endpoint", "sync").out
    assert "changed" in table
    assert "grpc://moved:1" in table
    assert platform.endpoints == {
        "identity": platform.server.endpoint,
        "plugin": "grpc://moved:1",
        "secret": SECRET,
    }
    platform.lists(row("identity", platform.server.endpoint), row("secret", SECRET))
    assert platform.sync() == [("plugin", REMOVED)]
    assert "plugin" not in platform.endpoints
    assert platform.sync() == []


def test_endpoints_of_the_users_own_stay_unless_told(platform: Platform) -> None:
    platform.init()
    platform.run("config", "endpoint", "add", "plugin", "grpc://localhost:1", "--force")
    platform.run("config", "endpoint", "add", "mine", "grpc://localhost:2")
    platform.run("config", "set", "note", "stays")
    assert platform.sync() == [("plugin", KEPT)]
    assert platform.endpoints["plugin"] == "grpc://localhost:1"
    assert "--force replaces them" in platform.run("config", "endpoint", "sync").out
    assert platform.sync("--force", "--prune") == [("plugin", CHANGED), ("mine", REMOVED)]
    assert platform.endpoints == {"identity": platform.server.endpoint, "plugin": PLUGIN}
    assert "note: stays" in (platform.base / "environments" / "acme.yml").read_text()


def test_an_environment_written_by_hand_is_all_the_users_own(platform: Platform) -> None:
    platform.run("config", "init", "-e", "acme")
    platform.run("config", "endpoint", "add", "identity", platform.server.endpoint)
    platform.run("config", "endpoint", "add", "plugin", "grpc://localhost:1")
    platform.lists(row("identity", platform.server.endpoint), row("plugin", PLUGIN), row("secret", SECRET))
    assert platform.sync() == [("plugin", KEPT), ("secret", ADDED)]
    assert platform.endpoints["plugin"] == "grpc://localhost:1"


ENDPOINTS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["grpc://x:1", "grpc://y:1"]))


@given(mine=ENDPOINTS, before=ENDPOINTS, now=ENDPOINTS)
def test_what_is_listed_and_not_the_users_own_is_taken_over_whatever_was_before(
    mine: dict[str, str], before: dict[str, str], now: dict[str, str]
) -> None:
    result = dict(mine)
    for one in changes(mine, before, now, force=False, prune=False):
        assert (one.old, one.new) == (mine.get(one.service, ""), now.get(one.service, ""))
        if one.change == REMOVED:
            del result[one.service]
        elif one.change != KEPT:
            result[one.service] = one.new
    for service, url in mine.items():
        if before.get(service) != url:
            assert result[service] == url
    assert {service for service in now if service not in mine} <= set(result)
    forced = {one.service: one for one in changes(mine, before, now, force=True, prune=True)}
    assert {
        **{k: v for k, v in mine.items() if k in now},
        **{k: one.new for k, one in forced.items() if one.new},
    } == now
