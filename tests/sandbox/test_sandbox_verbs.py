"""The verbs of the sandbox: what they answer, and the exact words in which they refuse."""

from __future__ import annotations

import re

import pytest
from rpc_caller import Caller

SLACK = {
    "name": "Slack Notification Protocol",
    "service_type": "notification.Protocol",
    "image": "pyengine/plugin-slack-notification-protocol_settings",
    "capability": {"supported_schema": ["slack_webhook"], "data_type": "SECRET"},
    "tags": {"description": "Slack", "spaceone:plugin_name": "Slack"},
    "provider": "slack",
    "template": {},
}
SLACK_ID = "plugin-slack-notification-protocol_settings"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_register_answers_the_row_field_for_field_like_the_real_repository(call: Caller) -> None:
    row = call("repository.Plugin.register", **SLACK)
    assert TIME.fullmatch(row.pop("created_at"))
    assert TIME.fullmatch(row.pop("updated_at"))
    assert row == {
        **SLACK,
        "plugin_id": SLACK_ID,
        "domain_id": "domain-sandbox",
        "labels": [],
        "registry_config": {},
        "registry_type": "DOCKER_HUB",
        "registry_url": "registry.hub.docker.com",
        "repository_info": {"name": "Sandbox", "repository_id": "repo-sandbox", "repository_type": "local"},
        "state": "ENABLED",
    }


def test_the_guide_ends_with_nine_plugins_and_deregister_makes_them_eight_again(call: Caller) -> None:
    call("repository.Plugin.register", **SLACK)
    listed = call("repository.Plugin.list", repository_id="repo-sandbox", query={"only": ["plugin_id", "name"]})
    assert (len(listed["results"]), listed["total_count"]) == (9, 9)
    assert {"plugin_id": SLACK_ID, "name": SLACK["name"]} in listed["results"]
    assert call("repository.Plugin.disable", plugin_id=SLACK_ID)["state"] == "DISABLED"
    assert call("repository.Plugin.list", state="DISABLED")["total_count"] == 1
    assert call("repository.Plugin.enable", plugin_id=SLACK_ID)["state"] == "ENABLED"
    assert call("repository.Plugin.deregister", plugin_id=SLACK_ID) == {}
    assert call("repository.Plugin.list")["total_count"] == 8


@pytest.mark.parametrize(
    ("name", "values", "status", "details"),
    [
        (
            "repository.Plugin.register",
            {},
            "INVALID_ARGUMENT",
            "ERROR_REQUIRED_PARAMETER: Required parameter. (key = name)",
        ),
        (
            "identity.Provider.create",
            {"provider": "x", "name": "X", "plugin_info": {"plugin_id": "plugin-x"}},
            "INVALID_ARGUMENT",
            "ERROR_REQUIRED_PARAMETER: Required parameter. (key = plugin_info, options)",
        ),
        (
            "identity.Provider.create",
            {"provider": "x", "name": "X", "plugin_info": {"options": {}}},
            "INVALID_ARGUMENT",
            "ERROR_REQUIRED_PARAMETER: Required parameter. (key = plugin_info, plugin_id)",
        ),
        (
            "identity.Provider.create",
            {"provider": "aws", "name": "X"},
            "ALREADY_EXISTS",
            "ERROR_SAVE_UNIQUE_VALUES: Tried to save duplicate unique values. (keys = ['provider', 'domain_id'])",
        ),
        (
            "identity.Project.get",
            {"project_id": "nope"},
            "NOT_FOUND",
            "ERROR_NOT_FOUND: Resource cannot be found or access is denied. "
            "(('project_id', 'domain_id', 'workspace_id') = ('nope', 'domain-sandbox', 'workspace-sandbox'))",
        ),
        (
            "repository.Plugin.get",
            {"plugin_id": "none"},
            "INVALID_ARGUMENT",
            "ERROR_NO_PLUGIN: Plugin does not exists. (plugin_id = none)",
        ),
        (
            "repository.Plugin.enable",
            {"plugin_id": "none"},
            "NOT_FOUND",
            "ERROR_NOT_FOUND: Value not found. (('plugin_id', 'domain_id') = ('none', 'domain-sandbox'))",
        ),
        (
            "repository.Plugin.list",
            {"repository_id": "nope"},
            "NOT_FOUND",
            "ERROR_NOT_FOUND: Value not found. (repository_id = nope)",
        ),
        (
            "repository.Schema.get",
            {"name": "x"},
            "INTERNAL",
            "ERROR_NO_SCHEMA: Schema does not exists. (name = x)",
        ),
        (
            "identity.User.create",
            {"user_id": "u@x.example", "auth_type": "LOCAL"},
            "INVALID_ARGUMENT",
            "ERROR_REQUIRED_PARAMETER: Required parameter. (key = password)",
        ),
        (
            "plugin.Collector.verify",
            {"secret_data": {"bad": True}},
            "INTERNAL",
            "ERROR_UNKNOWN: secret is bad",
        ),
        (
            "identity.Project.list",
            {"query": {"only": ["nope"]}},
            "INTERNAL",
            'ERROR_DB_QUERY: Database query failed. (reason = Cannot resolve field "nope")',
        ),
        (
            "identity.Project.list",
            {"query": {"filter": [{"k": "name", "v": "x", "o": "in"}]}},
            "INVALID_ARGUMENT",
            "ERROR_OPERATOR_LIST_VALUE_TYPE: The value of 'in operator' must be a list type. "
            "({'k': 'name', 'v': 'x', 'o': 'in'})",
        ),
        (
            "identity.Project.list",
            {"query": {"filter": [{"k": "name", "v": "x", "o": "exists"}]}},
            "INVALID_ARGUMENT",
            "ERROR_OPERATOR_BOOLEAN_TYPE: The value of 'exists operator' must be a boolean type. "
            "({'key': 'name', 'value': 'x', 'operator': 'exists'})",
        ),
        (
            "identity.Project.list",
            {"query": {"filter": [{"k": "name", "v": "x", "o": "match"}]}},
            "INVALID_ARGUMENT",
            "ERROR_OPERATOR_DICT_VALUE_TYPE: The value of 'match operator' must be a dictionary type. "
            "({'key': 'name', 'value': 'x', 'operator': 'match'})",
        ),
        (
            "identity.Project.list",
            {"query": {"filter": [{"k": "created_at", "v": "soon", "o": "datetime_gt"}]}},
            "INTERNAL",
            "ERROR_DB_QUERY: Database query failed. "
            "(reason = The value of datetime_gt operator is required ISO 8601 format.)",
        ),
        (
            "identity.Project.stat",
            {"query": {"aggregate": [{"count": {}}]}},
            "INTERNAL",
            "ERROR_DB_QUERY: Database query failed. (reason = Required parameter. (key = aggregate.count.name))",
        ),
        (
            "identity.Project.stat",
            {"query": {}},
            "INVALID_ARGUMENT",
            "ERROR_REQUIRED_PARAMETER: Required parameter. (key = aggregate)",
        ),
    ],
)
def test_a_refusal_has_the_status_and_the_words_of_the_real_services(
    call: Caller, name: str, values: dict[str, object], status: str, details: str
) -> None:
    assert call.error(name, **values) == (status, details)


def test_the_presence_of_an_empty_options_map_is_enough_for_a_provider(call: Caller) -> None:
    row = call("identity.Provider.create", provider="x", name="X", plugin_info={"plugin_id": "p", "options": {}})
    assert row["plugin_info"] == {"plugin_id": "p", "options": {}}
    assert call("identity.Provider.update_plugin", provider="x", version="1.2")["plugin_info"]["version"] == "1.2"


def test_an_identifier_is_made_up_with_the_prefix_of_its_resource(call: Caller) -> None:
    project = call("identity.Project.create", name="p", project_type="PRIVATE")
    assert re.fullmatch(r"project-[0-9a-f]{12}", project["project_id"])
    assert call("identity.Project.get", project_id=project["project_id"]) == project


def test_update_changes_only_the_fields_that_are_present(call: Caller) -> None:
    before = call("identity.Project.list")["results"][0]
    after = call("identity.Project.update", project_id=before["project_id"], name="Renamed")
    assert after == {**before, "name": "Renamed"}
    cleared = call("identity.Project.update", project_id=before["project_id"], tags={})
    assert cleared == {**after, "tags": {}}


@pytest.mark.parametrize(
    ("resource", "verb"),
    [
        ("identity.Domain", "update"),
        ("identity.Workspace", "update"),
        ("identity.User", "update"),
        ("identity.ProjectGroup", "update"),
        ("identity.Project", "update"),
        ("identity.Provider", "update"),
        ("identity.ServiceAccount", "update"),
        ("repository.Repository", "update"),
        ("repository.Plugin", "update"),
        ("repository.Schema", "update"),
        ("notification.Protocol", "update"),
        ("inventory.CloudService", "update"),
        ("inventory.CloudServiceType", "update"),
        ("inventory.Region", "update"),
        ("secret.Secret", "update"),
    ],
)
def test_update_with_what_get_answered_changes_nothing_but_the_time(call: Caller, resource: str, verb: str) -> None:
    for row in call(f"{resource}.list")["results"]:
        service, name = resource.split(".")
        method = call.schema.method(f"/{call.package(service)}.{name}/{verb}")
        assert method is not None
        known = {key: value for key, value in row.items() if key in method.input_type.fields_by_name}
        answer = call(f"{resource}.{verb}", **known)
        assert {**answer, "updated_at": ""} == {**row, "updated_at": ""}


def test_a_secret_never_answers_its_data_but_get_data_does(call: Caller) -> None:
    row = call("secret.Secret.create", name="s", data={"key": "k"}, secret_type="CREDENTIALS")
    assert "data" not in row
    assert call("secret.Secret.get_data", secret_id=row["secret_id"]) == {"data": {"key": "k"}}
    call("secret.Secret.update_data", secret_id=row["secret_id"], data={"key": "new"})
    assert call("secret.Secret.get_data", secret_id=row["secret_id"]) == {"data": {"key": "new"}}


def test_a_token_is_issued_for_the_right_password_only(call: Caller) -> None:
    wanted = {"auth_type": "LOCAL", "domain_id": "domain-sandbox"}
    good = {"user_id": "admin@sandbox.example", "password": "sandbox"}
    assert set(call("identity.Token.issue", credentials=good, **wanted)) == {"access_token", "refresh_token"}
    status, details = call.error("identity.Token.issue", credentials={**good, "password": "x"}, **wanted)
    assert (status, details.partition(":")[0]) == ("UNAUTHENTICATED", "ERROR_AUTHENTICATION_FAILURE")


def test_small_services_answer(call: Caller) -> None:
    assert call("sample.HelloWorld.say_hello", name="Ada") == {"message": "Hello, Ada!"}
    assert call("health.Health.Check") == {"status": "SERVING"}
    assert call("core.ServerInfo.get_version")["version"]
    assert call("identity.Domain.get_auth_info", name="sandbox")["domain_id"] == "domain-sandbox"
    assert call("repository.Plugin.get_versions", plugin_id="plugin-keycloak-identity-auth")["results"][-1] == "1.0"
    services = {row["service"] for row in call("identity.Endpoint.list")["results"]}
    assert services == {"identity", "repository", "notification", "inventory", "secret", "sample", "statistics"}


def test_collect_streams_as_many_as_asked_and_fails_where_asked(call: Caller) -> None:
    assert "metadata" in call("plugin.Collector.init", options={})
    names = [row["resource"]["name"] for row in call.stream("plugin.Collector.collect")]
    assert names == ["vm-00000", "vm-00001", "vm-00002"]
    stream = call.stream("plugin.Collector.collect", options={"count": 3, "fail_at": 1})
    assert next(stream)["state"] == "SUCCESS"
    with pytest.raises(Exception, match="ERROR_UNKNOWN: sandbox failure at 1"):
        next(stream)
