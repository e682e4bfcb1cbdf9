"""The main road against Cloudforet's real identity and repository, and a real plugin; nothing is left behind."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from peers.command import Result, Spacectl

Run = Callable[..., Result]
PLUGIN = {
    "name": "Slack Notification Protocol",
    "service_type": "notification.Protocol",
    "capability": {"supported_schema": ["slack_webhook"], "data_type": "SECRET", "weight": 4},
    "tags": {"description": "슬랙", "spaceone:plugin_name": "Slack"},
    "provider": "slack",
    "template": {},
}


@pytest.fixture
def run(lab: Path, spacectl: Spacectl) -> Run:
    """Runs the command with the lab's configuration."""

    def run(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> Result:
        return spacectl(*arguments, env={"SPACECTL_CONFIG_DIR": str(lab), **(env or {})}, **options)

    return run


@pytest.fixture
def ok(run: Run) -> Callable[..., str]:
    """The standard output of a command that succeeds and has nothing to say on standard error."""

    def ok(*arguments: str, **options: Any) -> str:
        result = run(*arguments, **options)
        assert (result.status, result.err) == (0, "")
        return result.out

    return ok


@pytest.fixture
def plugin_id(run: Run, spacectl: Spacectl) -> Iterator[str]:
    """The id of a plugin that is not registered yet, whose file is plugin.yml; it is deregistered in the end."""
    name = f"plugin-road-{uuid.uuid4().hex[:12]}"
    (spacectl.home / "plugin.yml").write_text(yaml.safe_dump({**PLUGIN, "image": f"lab/{name}"}, allow_unicode=True))
    yield name
    run("exec", "deregister", "repository.Plugin", "-p", f"plugin_id={name}")


@pytest.fixture
def registered(plugin_id: str, ok: Callable[..., str]) -> str:
    """The id of a plugin that is registered from plugin.yml."""
    ok("exec", "register", "repository.Plugin", "-f", "plugin.yml")
    return plugin_id


def changed(lab: Path, **settings: Any) -> None:
    path = lab / "environments" / "lab.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **settings}))


def test_the_canonical_register_answers_with_the_plugin(plugin_id: str, ok: Callable[..., str]) -> None:
    made = yaml.safe_load(ok("exec", "register", "repository.Plugin", "-f", "plugin.yml"))
    assert made["plugin_id"] == plugin_id
    assert made["state"] == "ENABLED"
    assert {key: made[key] for key in PLUGIN} == PLUGIN


def test_the_canonical_lists_show_the_plugin(registered: str, ok: Callable[..., str]) -> None:
    repositories = json.loads(ok("list", "repository.Repository", "-o", "json"))["results"]
    [local] = [row["repository_id"] for row in repositories if row.get("repository_type") == "local"]
    for where in ((), ("-p", f"repository_id={local}")):
        shown = ok("list", "repository.Plugin", *where, "-p", f"plugin_id={registered}", "-c", "plugin_id,name")
        head, rule, row, blank, count = shown.splitlines()
        assert [cell.strip() for cell in head.split("|")] == ["plugin_id", "name"]
        assert set(rule) == {"-", "+"}
        assert [cell.strip() for cell in row.split("|")] == [registered, PLUGIN["name"]]
        assert (blank, count) == ("", " Count: 1 / 1")


def test_what_was_registered_can_be_changed_and_taken_away(registered: str, ok: Callable[..., str], run: Run) -> None:
    this = ("repository.Plugin", "-p", f"plugin_id={registered}")
    assert yaml.safe_load(ok("exec", "update", *this, "-p", "name=이름"))["name"] == "이름"
    assert yaml.safe_load(ok("exec", "disable", *this))["state"] == "DISABLED"
    assert ok("list", *this, "-c", "state", "-o", "quiet") == "DISABLED\n"
    again = run("exec", "register", "repository.Plugin", "-f", "plugin.yml")
    assert (again.status, again.out) == (70, "")
    assert "ERROR_SAVE_UNIQUE_VALUES" in again.err
    assert ok("exec", "deregister", *this) == "\n"
    gone = run("get", *this)
    assert (gone.status, gone.out) == (67, "")
    assert f"ERROR_NO_PLUGIN: Plugin does not exists. (plugin_id = {registered})" in gone.err
    assert ok("list", *this) == "NO DATA\n"


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_a_sort_of_the_older_query_is_understood(sort: str, registered: str, ok: Callable[..., str]) -> None:
    shown = ok(
        "list", "repository.Plugin", "-p", f"plugin_id={registered}", "-s", sort, "-c", "plugin_id", "-o", "quiet"
    )
    assert shown == f"{registered}\n"


def test_a_required_field_that_is_missing_is_refused_in_the_servers_words(run: Run) -> None:
    line = ("exec", "register", "repository.Plugin", "-p", "service_type=a.B", "-p", "image=a/b")
    result = run(*line)
    assert (result.status, result.out) == (67, "")
    assert "ERROR_REQUIRED_PARAMETER: Required parameter. (key = name)" in result.err
    error = json.loads(run(*line, "--error-format", "json").err)["error"]
    assert (error["status"], error["code"]) == ("INVALID_ARGUMENT", "ERROR_REQUIRED_PARAMETER")


def test_an_unknown_field_is_refused_before_anything_is_sent(plugin_id: str, run: Run, ok: Callable[..., str]) -> None:
    result = run("exec", "register", "repository.Plugin", "-f", "plugin.yml", "-p", "resource_type=x")
    assert (result.status, result.out) == (2, "")
    assert "resource_type" in result.err
    assert "service_type" in result.err
    assert ok("list", "repository.Plugin", "-p", f"plugin_id={plugin_id}") == "NO DATA\n"


@pytest.mark.parametrize("service", ["repository.Plugin", "identity.Workspace"])
def test_a_wrong_token_is_status_80_and_not_shown(service: str, lab: Path, run: Run) -> None:
    changed(lab, api_key="wrong-s3cret")
    result = run("list", service)
    assert (result.status, result.out) == (80, "")
    assert "UNAUTHENTICATED" in result.err
    assert "hint: " in result.err
    assert "s3cret" not in result.err


def test_no_token_is_status_80_where_one_is_needed(run: Run) -> None:
    result = run("--environment", "lab-notoken", "list", "identity.Workspace")
    assert (result.status, result.out) == (80, "")
    assert "ERROR_AUTHENTICATE_FAILURE" in result.err


def test_the_api_key_of_the_environment_variable_beats_the_file(lab: Path, run: Run) -> None:
    key = yaml.safe_load((lab / "environments" / "lab.yml").read_text())["api_key"]
    changed(lab, api_key="wrong")
    assert run("list", "identity.Workspace", env={"SPACECTL_API_KEY": key}).status == 0


def test_environments_are_chosen_by_option_variable_and_file(run: Run, ok: Callable[..., str], lab: Path) -> None:
    listing = ("list", "identity.Domain", "-c", "name", "-o", "quiet")
    assert run(*listing).status == 71
    assert ok(*listing, "--environment", "lab-system")
    assert ok(*listing, env={"SPACECTL_ENVIRONMENT": "lab-system"})
    assert run(*listing, "--environment", "lab", env={"SPACECTL_ENVIRONMENT": "lab-system"}).status == 71
    (lab / "environment.yml").write_text("environment: lab-system\n")
    assert ok(*listing)


def test_a_dead_endpoint_is_status_78_with_host_and_port(lab: Path, run: Run) -> None:
    changed(lab, endpoints={"repository": "grpc://127.0.0.1:1"})
    result = run("list", "repository.Plugin", timeout=5)
    assert (result.status, result.out) == (78, "")
    assert "127.0.0.1:1" in result.err


def test_the_services_say_their_version_and_health(ok: Callable[..., str]) -> None:
    for service in ("identity", "repository"):
        assert yaml.safe_load(ok("exec", "get_version", f"{service}.ServerInfo"))["version"]
        for verb in ("Check", "check"):
            assert yaml.safe_load(ok("exec", verb, f"{service}.Health")) == {"status": "SERVING"}


def test_endpoints_are_listed(ok: Callable[..., str]) -> None:
    shown = ok("list", "identity.Endpoint", "-c", "service,endpoint", "-o", "csv")
    assert shown.splitlines()[0] == "service,endpoint"
    assert any(line.startswith("repository,grpc://") for line in shown.splitlines())


def test_a_plugin_collects_in_a_stream(ok: Callable[..., str]) -> None:
    lines = ok(
        *("exec", "collect", "inventory.Collector", "-o", "jsonl"),
        *("-j", '{"options": {"count": 3}, "secret_data": {}}'),
    ).splitlines()
    assert [json.loads(line)["resource"]["name"] for line in lines] == ["vm-00000", "vm-00001", "vm-00002"]
    assert "metadata" in yaml.safe_load(ok("exec", "init", "inventory.Collector"))
    assert ok("exec", "verify", "inventory.Collector", "-j", '{"options": {}, "secret_data": {}}') == "\n"


def test_a_stream_that_fails_half_way_has_what_arrived_and_a_status(run: Run) -> None:
    options = '{"options": {"count": 3, "fail_at": 1}}'
    result = run("exec", "collect", "inventory.Collector", "-j", options, "-o", "jsonl")
    assert (result.status, result.out.count("\n")) == (77, 1)
    assert "lab failure at 1" in result.err


def test_a_stream_arrives_as_it_is_made(lab: Path, spacectl: Spacectl) -> None:
    options = '{"options": {"count": 2, "delay": 0.7}}'
    process = spacectl.start(
        *("exec", "collect", "inventory.Collector", "-o", "jsonl", "-j", options),
        env={"SPACECTL_CONFIG_DIR": str(lab)},
    )
    assert process.stdout
    assert b"vm-00000" in process.stdout.readline()
    assert process.poll() is None
    rest, err = process.communicate(timeout=20)
    assert (process.returncode, rest.count(b"\n"), err) == (0, 1, b"")


def test_api_resources_lists_the_real_services(ok: Callable[..., str]) -> None:
    rows = [json.loads(line) for line in ok("api-resources", "-o", "jsonl").splitlines()]
    found = {(row["service"], row["resource"]) for row in rows}
    assert {("identity", "Domain"), ("repository", "Plugin"), ("inventory", "Collector")} <= found
    [plugin] = [row for row in rows if (row["service"], row["resource"]) == ("repository", "Plugin")]
    assert "register" in plugin["verb"]
    assert {row["service"] for row in rows} >= {"identity", "repository", "inventory"}


def test_the_labs_configuration_is_left_as_it_is(lab: Path, ok: Callable[..., str]) -> None:
    before = {path: path.read_bytes() for path in lab.rglob("*") if path.is_file()}
    ok("list", "identity.Workspace")
    assert {path: path.read_bytes() for path in lab.rglob("*") if path.is_file()} == before
