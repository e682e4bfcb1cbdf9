"""What `get -o yaml` prints can be given to `update -f` as it is, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from peers.command import Result

Run = Callable[..., Result]
# the key of a row, by resource; the sandbox's seed has at least one row of each
KEYS = {
    "identity.Domain": "domain_id",
    "identity.Project": "project_id",
    "identity.Provider": "provider",
    "identity.User": "user_id",
    "identity.Workspace": "workspace_id",
    "inventory.CloudService": "cloud_service_id",
    "inventory.CloudServiceType": "cloud_service_type_id",
    "inventory.Region": "region_id",
    "repository.Plugin": "plugin_id",
    "repository.Repository": "repository_id",
}


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("updated_at", "updated_by")}


def round_trip(run: Run, resource: str, key: str, value: str, file: Path, *more: str) -> None:
    address = ("-p", f"{key}={value}", *more)
    before = run("get", resource, *address, "-o", "yaml")
    assert before.status == 0, before.err
    file.write_text(before.out)
    updated = run("exec", "update", resource, "-f", str(file))
    assert updated.status == 0, updated.err
    after = run("get", resource, *address, "-o", "yaml")
    assert without_times(yaml.safe_load(after.out)) == without_times(yaml.safe_load(before.out))


@pytest.mark.parametrize("resource", KEYS)
def test_a_resource_of_the_sandbox_survives_its_own_update(
    spacectl_inprocess: Run, tmp_path: Path, resource: str
) -> None:
    def run(*arguments: str) -> Result:
        return spacectl_inprocess("--environment", "sandbox", *arguments)

    rows = run("list", resource, "-o", "yaml", "-l", "1")
    assert rows.status == 0, rows.err
    value = yaml.safe_load(rows.out)["results"][0][KEYS[resource]]
    round_trip(run, resource, KEYS[resource], value, tmp_path / "got.yml")


# what to create of each resource of the real services: its environment, its key, its fields
REAL = {
    "identity.Provider": ("lab", "provider", {"provider": "round-trip", "name": "Round trip", "color": "#112233"}),
    "identity.Role": (
        "lab",
        "role_id",
        {"name": "round-trip", "role_type": "WORKSPACE_OWNER", "permissions": ["identity.*"], "page_access": ["*"]},
    ),
    "identity.Schema": (
        "lab",
        "schema_id",
        {
            "schema_id": "round_trip",
            "name": "Round trip",
            "schema_type": "SECRET",
            "provider": "aws",
            "schema": {"type": "object", "properties": {"k": {"type": "string", "minLength": 1}}},
        },
    ),
    "identity.Workspace": ("lab", "workspace_id", {"name": "round-trip"}),
    "identity.WorkspaceGroup": ("lab", "workspace_group_id", {"name": "round-trip"}),
    "identity.User": (
        "lab",
        "user_id",
        {
            "user_id": "round@trip.example",
            "name": "R",
            "auth_type": "LOCAL",
            "password": "Passw0rd!x",
            "language": "ko",
        },
    ),
    "identity.App": ("lab", "app_id", {"name": "r", "role_id": "managed-domain-admin", "resource_group": "DOMAIN"}),
    "identity.Project": ("lab-workspace", "project_id", {"name": "round-trip", "project_type": "PRIVATE"}),
    "identity.ProjectGroup": ("lab-workspace", "project_group_id", {"name": "round-trip"}),
    "identity.UserGroup": ("lab-workspace", "user_group_id", {"name": "round-trip"}),
}
TAGS = {"version": "1.10", "account_id": "012345670123", "on": "no", "nested": {"list": [1, None, "2022-04-01"]}}


@pytest.mark.parametrize("resource", REAL)
def test_a_resource_of_the_real_services_survives_its_own_update(
    spacectl_inprocess: Run, lab: Path, tmp_path: Path, resource: str
) -> None:
    environment, key, fields = REAL[resource]

    def run(*arguments: str) -> Result:
        return spacectl_inprocess("--environment", environment, *arguments, env={"SPACECTL_CONFIG_DIR": str(lab)})

    created = run("exec", "create", resource, "-j", json.dumps({**fields, "tags": TAGS}), "-o", "yaml")
    assert created.status == 0, created.err
    value = yaml.safe_load(created.out)[key]
    try:
        round_trip(run, resource, key, value, tmp_path / "got.yml")
    finally:
        assert run("exec", "delete", resource, "-p", f"{key}={value}").status == 0
