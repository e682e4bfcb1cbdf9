"""Which method a verb and a resource mean, by reflection and nothing else; and the nearest names for wrong ones."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from peers.command import Result, Spacectl
from peers.protosets import Api
from peers.server import Server
from quiet_peers import kitchen_env, silent_listener

from spacectl.commands import api_resources
from spacectl.resource_type import parse

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("line", "method"),
    [
        ("get kitchen.Dish", "kitchen.v2.Dish/get"),
        ("get kitchen.Dish -v v1", "kitchen.v1.Dish/get"),
        ("get kitchen.Dish -v V1", "kitchen.v1.Dish/get"),
        ("get kitchen.Dish --api-version v2", "kitchen.v2.Dish/get"),
        ("exec season kitchen.Dish", "kitchen.v1.Dish/season"),
        ("exec plate kitchen.Dish", "kitchen.v2.Dish/plate"),
        ("list kitchen.Dish", "kitchen.v1.Dish/list"),
        ("stat kitchen.Dish", "kitchen.v1.Dish/stat"),
        ("analyze kitchen.Dish", "kitchen.v1.Dish/analyze"),
        ("exec SEASON kitchen.Dish", "kitchen.v1.Dish/season"),
        ("exec nothing kitchen.Kitchen", "kitchen.v2.Kitchen/Nothing"),
        ("exec nothing kitchen.Kitchen -v v1", "kitchen.v1.Kitchen/Nothing"),
        ("exec fail_stream kitchen.Kitchen", "kitchen.v1.Kitchen/FailStream"),
        ("exec fail-stream kitchen.Kitchen", "kitchen.v1.Kitchen/FailStream"),
        ("exec LookAtCellar kitchen.cellar.v1.Shelf", "cellar.v1.Shelf/look_at_cellar"),
        ("list kitchen.recipe", "kitchen.v1.Recipe/list"),
        ("get kitchen.v1.Dish", "kitchen.v1.Dish/get"),
        ("exec look_at_attic kitchen.Shelf", None),
        ("exec LookAtCellar cellar.Shelf", "cellar.v1.Shelf/look_at_cellar"),
        ("get cellar.Shelf", "cellar.v1.Shelf/get"),
        ("get attic.Shelf", "attic.v1.Shelf/get"),
        ("get attic.v1.Shelf", "attic.v1.Shelf/get"),
    ],
)
def test_a_verb_and_a_resource_mean_one_method(
    line: str, method: str | None, kitchen_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_recorder(kitchen_api)
    env = {f"SPACECTL_ENDPOINT_{name}": server.endpoint for name in ("KITCHEN", "CELLAR", "ATTIC")}
    result = spacectl_inprocess(*line.split(), env=env)
    assert [call.method for call in server.calls] == ([] if method is None else [method])
    assert result.status == (2 if method is None else 0)


@pytest.mark.parametrize(
    ("line", "method"),
    [
        ("exec get_version repository.ServerInfo", "spaceone.api.core.v1.ServerInfo/get_version"),
        ("exec get_version identity.ServerInfo", "spaceone.api.core.v1.ServerInfo/get_version"),
        ("exec check secret.Health", "grpc.health.v1.Health/Check"),
        ("exec check grpc.health.v1.Health", "grpc.health.v1.Health/Check"),
        ("get spaceone.api.identity.v2.Domain", "spaceone.api.identity.v2.Domain/get"),
        ("get identity.v2.Domain", "spaceone.api.identity.v2.Domain/get"),
        ("exec init inventory.plugin.Collector", "spaceone.api.inventory.plugin.Collector/init"),
        ("exec init plugin.Collector", "spaceone.api.inventory.plugin.Collector/init"),
    ],
)
def test_a_suffix_of_a_full_name_is_a_resource_at_a_given_endpoint(
    line: str, method: str, cloudforet_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_recorder(cloudforet_api)
    result = spacectl_inprocess("--endpoint", server.endpoint, *line.split())
    assert (result.status, result.err) == (0, "")
    assert [call.method for call in server.calls] == [method]


def test_two_resources_that_nothing_tells_apart_are_both_named(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess("get", "storage.Shelf", "--endpoint", kitchen.endpoint)
    assert (result.status, kitchen.calls) == (2, [])
    assert "attic.v1.Shelf" in result.err
    assert "cellar.v1.Shelf" in result.err


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("list kitchen.Dsh", 2, ["kitchen has no resource 'Dsh'", "did you mean kitchen.Dish?"]),
        ("list kitchen.Zzz", 2, ["api-resources kitchen", "Dish"]),
        ("list kitchn.Dish", 3, ["kitchn", "did you mean kitchen", "endpoint"]),
        ("list Dish", 2, ["SERVICE.RESOURCE"]),
        ("list plugn", 2, ["did you mean repository.Plugin?"]),
        ("list kitchen.", 2, ["SERVICE.RESOURCE"]),
        ("list kitchen.Di+sh", 2, ["SERVICE.RESOURCE"]),
        ("exec seson kitchen.Dish", 2, ["kitchen.Dish has no verb 'seson'", "did you mean season"]),
        ("exec zzz kitchen.Dish", 2, ["its verbs: get, plate, create"]),
        ("list kitchen.Dsh -v V1", 2, ["\nhint: `spacectl list kitchen.Dish -v V1` (did you mean kitchen.Dish?)\n"]),
        ("get kitchen.Dish -v v3", 2, ["kitchen.Dish has no version 'v3'", "its versions: v1, v2"]),
        ("exec season kitchen.Dish -v v2", 2, ["no verb 'season'", "its verbs: get, plate"]),
        ("lst", 2, ["there is no command 'lst'", "did you mean `spacectl list`?"]),
        ("lst kitchen.Dish", 2, ["kitchen.Dish has no verb 'lst'", "did you mean list?"]),
        ("list", 2, ["RESOURCE"]),
        ("exec list", 2, ["RESOURCE"]),
        ("list kitchen.Dish extra", 2, ["extra"]),
        ("list kitchen.Dish --nothing", 2, ["--nothing"]),
        ("list kitchen.Dish -o xml", 2, ["xml", "table", "yaml"]),
    ],
)
def test_a_wrong_name_gets_the_nearest_right_ones(
    line: str, status: int, words: list[str], kitchen: Server, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess(*line.split(), env=kitchen_env(kitchen))
    assert (result.status, result.out, kitchen.calls) == (status, "", [])
    assert result.err.startswith("error: ")
    for text in words:
        assert text in result.err


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("list repositry.Plugin", 3, "did you mean repository?"),
        (
            "list repository.Zzz",
            2,
            "`spacectl api-resources repository` lists them: Health, Plugin, Policy, Repository, Schema, ServerInfo",
        ),
    ],
)
def test_an_endpoint_of_many_services_names_those_of_the_one_that_is_meant(
    line: str, status: int, words: str, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess("--environment", "sandbox", *line.split())
    assert (result.status, result.out) == (status, "")
    assert words in result.err


def test_a_format_is_found_in_any_case(kitchen: Server, spacectl_inprocess: Run) -> None:
    lower = spacectl_inprocess("list", "kitchen.Dish", "-o", "json", env=kitchen_env(kitchen))
    assert spacectl_inprocess("list", "kitchen.Dish", "-o", "JSON", env=kitchen_env(kitchen)).out == lower.out


def test_credentials_go_along_and_never_to_the_screen(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess("list", "kitchen.Dish", env=kitchen_env(kitchen, SPACECTL_API_KEY="s3cret"))
    assert ("token", "s3cret") in kitchen.last.metadata
    assert "s3cret" not in result.out + result.err


def test_api_resources_lists_what_the_endpoints_serve(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess("api-resources", "-o", "jsonl", env=kitchen_env(kitchen))
    assert (result.status, result.err) == (0, "")
    assert '"resource":"Dish"' in result.out
    assert "season" in result.out
    filtered = spacectl_inprocess("api-resources", "dish", "-o", "jsonl", env=kitchen_env(kitchen))
    assert {'"resource":"Dish"' in line for line in filtered.out.splitlines()} == {True}


def test_a_dead_and_a_hung_service_cost_api_resources_their_own_lines(kitchen: Server, spacectl: Spacectl) -> None:
    with silent_listener() as port:
        env = kitchen_env(
            kitchen, SPACECTL_ENDPOINT_CELLAR="grpc://127.0.0.1:1", SPACECTL_ENDPOINT_ATTIC=f"grpc://127.0.0.1:{port}"
        )
        # the real process: what it printed before the failure must get out of it
        result = spacectl("--timeout", "1.5", "api-resources", "-o", "jsonl", env=env)
    assert result.status in (68, 78)
    assert '"resource":"Dish"' in result.out
    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert sorted(line.split()[2].rstrip(":") for line in errors) == ["attic", "cellar"]


def test_api_resources_wait_for_a_hung_service_for_seconds_and_not_for_minutes(
    kitchen: Server, spacectl_inprocess: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api_resources.PATIENCE_SECONDS <= 10
    monkeypatch.setattr(api_resources, "PATIENCE_SECONDS", 1.5)
    with silent_listener() as port:
        env = kitchen_env(kitchen, SPACECTL_ENDPOINT_ATTIC=f"grpc://127.0.0.1:{port}")
        began = time.monotonic()
        result = spacectl_inprocess("api-resources", env=env)
    assert time.monotonic() - began < 15
    assert " Dish " in result.out
    assert "attic" in result.err


def test_space_that_was_copied_along_with_a_name_is_no_part_of_it() -> None:
    assert parse(" repository.Plugin\u00a0") == parse("repository.Plugin")
    assert parse("plugin ") == parse("plugin")
