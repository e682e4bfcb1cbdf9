"""Killed at any moment and resumed, a run ends as an undisturbed one does, with nothing created twice."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result, Spacectl

State = Callable[[], dict[str, list[str]]]

# the same shape as the manifests of an installer: a domain, its owner, a token, roles, a schedule
TASKS = """\
var: {owner: {id: admin, password: Passw0rd!}}
tasks:
  - name: Domain
    id: domain
    uses: "@modules/resource"
    spec:
      resource_type: identity.Domain
      data: {name: root, config: {LANGUAGE: en}}
      matches: [name]
      mode: NO_UPDATE
  - name: Owner
    id: owner
    uses: "@modules/resource"
    spec:
      resource_type: identity.DomainOwner
      data:
        owner_id: ${{ var.owner.id }}
        password: ${{ var.owner.password }}
        domain_id: ${{ tasks.domain.output.domain_id }}
      matches: [domain_id]
      mode: NO_UPDATE
      verb: {read: get}
  - name: Token
    id: token
    uses: "@modules/resource"
    spec:
      resource_type: identity.Token
      data:
        user_type: DOMAIN_OWNER
        user_id: ${{ tasks.owner.spec.data.owner_id }}
        credentials: {password: "${{ tasks.owner.spec.data.password }}"}
        domain_id: ${{ tasks.domain.output.domain_id }}
      mode: EXEC
      verb: {exec: issue}
  - name: Configure
    uses: "@modules/shell"
    spec: {run: "spacectl config set api_key ${{ tasks.token.output.access_token }}"}
  - name: Repository
    uses: "@modules/resource"
    spec:
      resource_type: repository.Repository
      data: {name: Mine, repository_type: remote}
      matches: [name]
      verb: {create: register}
      mode: NO_UPDATE
  - name: Role ${{ item.name }}
    loop: [{name: Admin, page: "*"}, {name: Viewer, page: project}]
    uses: "@modules/resource"
    spec:
      resource_type: identity.Role
      data:
        name: ${{ item.name }}
        role_type: DOMAIN
        policies: [{policy_type: MANAGED, policy_id: policy-1}]
        page_permissions: [{page: "${{ item.page }}", permission: VIEW}]
        domain_id: ${{ tasks.domain.output.domain_id }}
      mode: EXEC
      verb: {exec: create}
  - name: Schedule
    uses: "@modules/resource"
    spec:
      resource_type: statistics.Schedule
      data:
        domain_id: ${{ tasks.domain.output.domain_id }}
        topic: daily
        schedule: {hours: [1]}
        options: {aggregate: [{query: {resource_type: inventory.CloudService}}]}
      mode: EXEC
      verb: {exec: add}
  - name: Print
    uses: "@modules/print"
    spec: {data: {domain: "${{ tasks.domain.output.name }}"}}
"""


@pytest.fixture
def platform(platform: str, home: Path) -> str:
    """The platform, with the manifest beside its configuration."""
    (home / "m.yml").write_text(TASKS)
    return platform


@pytest.fixture
def state(platform: str, spacectl_inprocess: Callable[..., Result]) -> State:
    """Gives the names of what was made."""

    def listed(resource: str, *words: str) -> list[dict[str, str]]:
        version = ("-v", "v1") if resource.startswith("identity") else ()
        found = spacectl_inprocess("list", resource, *version, *words, "-o", "json")
        assert found.status == 0, found.err
        return json.loads(found.out)["results"]

    def names() -> dict[str, list[str]]:
        domains = listed("identity.Domain")
        of_domain = ("-p", f"domain_id={domains[0]['domain_id'] if domains else 'none'}")
        found = {
            "identity.Domain": domains,
            "identity.Role": listed("identity.Role", *of_domain),
            "statistics.Schedule": listed("statistics.Schedule", *of_domain),
            "repository.Repository": listed("repository.Repository"),
        }
        return {resource: sorted(row.get("name") or row["topic"] for row in rows) for resource, rows in found.items()}

    return names


DUE = {
    "identity.Domain": ["root"],
    "identity.Role": ["Admin", "Viewer"],
    "statistics.Schedule": ["daily"],
    "repository.Repository": ["Mine", "Sandbox"],
}


def test_an_installer_runs_and_its_second_run_creates_nothing(spacectl: Spacectl, state: State) -> None:
    first = spacectl("apply", "m.yml")
    assert (first.status, json.loads(first.out)) == (0, {"domain": "root"})
    assert state() == DUE
    token = (spacectl.config_dir / "environments" / "test.yml").read_text()
    assert "api_key: before" not in token
    second = spacectl("apply", "m.yml")
    assert "finished: 6 unchanged, 1 called, 1 ran, 1 done" in second.err
    assert state() == DUE
    assert "Passw0rd" not in first.err + second.err


def killed_at(spacectl: Spacectl, lines: int) -> int:
    """Starts a run, and kills it when its journal has so many lines; its exit status."""
    journal = spacectl.home / "j"
    process = spacectl.start("apply", "m.yml", "--journal", "j")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b"\n") >= lines:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.0005)
    process.communicate(timeout=20)
    return process.returncode


@pytest.mark.parametrize("lines", range(1, 17))
def test_killed_at_each_task_and_resumed_it_ends_as_if_nothing_had_happened(
    spacectl: Spacectl,
    spacectl_inprocess: Callable[..., Result],
    state: State,
    lines: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed_at(spacectl, lines)
    monkeypatch.chdir(spacectl.home)
    resumed = spacectl_inprocess("apply", "m.yml", "--journal", "j", "--resume")
    assert resumed.status == 0, resumed.err
    assert json.loads(resumed.out) == {"domain": "root"}
    assert state() == DUE


def test_what_failed_is_done_again_and_what_was_done_is_not(spacectl: Spacectl) -> None:
    (spacectl.home / "m.yml").write_text(
        """\
tasks:
  - {id: once, uses: "@modules/shell", spec: {run: "echo x >> once; echo result"}}
  - {name: fails, uses: "@modules/shell", spec: {run: "test -f there"}}
  - {uses: "@modules/print", spec: {data: "${{ tasks.once.output.result }}"}}
"""
    )
    sandbox = ("--environment", "sandbox", "apply", "m.yml", "--journal", "j")
    failed = spacectl(*sandbox)
    assert failed.status == 1
    assert "--resume goes on from here" in failed.err
    assert spacectl(*sandbox).status == 2
    (spacectl.home / "there").touch()
    done = spacectl(*sandbox, "--resume")
    assert (done.status, done.out) == (0, '"result\\n"\n')
    assert (spacectl.home / "once").read_text() == "x\n"
    subprocess.run(["sed", "-i", "s/echo x/echo y/", "m.yml"], cwd=spacectl.home, check=True)
    other = spacectl(*sandbox, "--resume")
    assert (other.status, "was another one" in other.err) == (2, True)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_somebody_ends_says_where_and_what_is_left(
    spacectl: Spacectl, number: signal.Signals, status: int
) -> None:
    (spacectl.home / "m.yml").write_text(
        "tasks:\n"
        "- {name: one, uses: '@modules/print', spec: {data: 1}}\n"
        "- {name: two, uses: '@modules/shell', loop: [a, b], spec: {run: 'touch began; exec sleep 60'}}\n"
        "- {name: three, uses: '@modules/print', spec: {data: 1}}\n"
    )
    process = spacectl.start("--environment", "sandbox", "apply", "m.yml", "--journal", "j")
    deadline = time.monotonic() + 60
    while not (spacectl.home / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(number)
    err = process.communicate(timeout=60)[1].decode()
    assert process.returncode == status
    assert err.splitlines()[-4:] == [
        "interrupted: task 'two a' (m.yml:3:3)",
        "hint: done so far: one",
        "hint: not done: two (1 more), three",
        "hint: --resume goes on from here",
    ]
