"""What `get -o yaml` prints can be given to `update -f` as it is, and changes nothing."""

from __future__ import annotations

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
    return {key: value for key, value in row.items() if key != "updated_at"}


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


@pytest.mark.parametrize("resource", ["identity.Workspace", "identity.Project"])
def test_a_resource_of_the_real_services_survives_its_own_update(
    spacectl_inprocess: Run, lab: Path, tmp_path: Path, resource: str
) -> None:
    environment = "lab" if resource == "identity.Workspace" else "lab-workspace"

    def run(*arguments: str) -> Result:
        return spacectl_inprocess("--environment", environment, *arguments, env={"SPACECTL_CONFIG_DIR": str(lab)})

    fields = ("-p", "name=round-trip", "-p", "tags.purpose=test", "-p", "project_type=PRIVATE")
    created = run("exec", "create", resource, *fields[: 6 if resource.endswith("Project") else 4], "-o", "yaml")
    assert created.status == 0, created.err
    value = yaml.safe_load(created.out)[KEYS[resource]]
    try:
        round_trip(run, resource, KEYS[resource], value, tmp_path / "got.yml")
    finally:
        assert run("exec", "delete", resource, "-p", f"{KEYS[resource]}={value}").status == 0
