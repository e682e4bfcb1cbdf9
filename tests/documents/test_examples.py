"""Each example is run: the files are sent, the manifests applied, the jobs' own command lines tried."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from peers.command import Result, Spacectl, clean_environment

from documents.blocks import blocks

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what is shown is typed at a POSIX shell")
Run = Callable[..., Result]
EXAMPLES = Path(__file__).parents[2] / "examples"
TRIED = {
    "plugin_slack_notification_protocol.yml",
    "plugins",
    "protocol.yml",
    "domain.yml",
    "register-plugins.sh",
    "github-actions.yml",
    "kubernetes-job.yaml",
    "kubernetes-indexed-job.yaml",
    "plugin-example-inven-collector",
}


@pytest.fixture
def sandbox(spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on a sandbox of its own, in a copy of the examples."""
    monkeypatch.chdir(shutil.copytree(EXAMPLES, home / "examples"))
    return lambda *arguments: spacectl_inprocess(*arguments, env={"SPACECTL_ENVIRONMENT": "sandbox"})


def shell(script: str, home: Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = clean_environment(home, {"PATH": path, "PYTHONWARNINGS": None, **env})
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env=environ,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture
def serving(spacectl: Spacectl) -> Iterator[str]:
    """The endpoint of a sandbox that serves others."""
    process = spacectl.start("sandbox", "serve", "--port", "0", "--db", ":memory:")
    assert process.stderr is not None
    try:
        yield process.stderr.readline().decode().removeprefix("serving on ").strip()
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_there_is_a_test_for_each_example() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if not path.name.endswith(".md")} <= TRIED


def test_the_guide_s_plugin_and_its_protocol_are_made(sandbox: Run) -> None:
    line = ("exec", "register", "repository.Plugin", "-f", "plugin_slack_notification_protocol.yml", "-o", "name")
    assert sandbox(*line).out == "repository.Plugin/plugin-slack-notification-protocol_settings\n"
    made = sandbox("exec", "create", "notification.Protocol", "-f", "protocol.yml", "-o", "json")
    assert (made.status, made.err) == (0, "")
    assert json.loads(made.out)["plugin_info"]["version"] == "1.0"


def test_a_directory_of_plugins_is_registered_and_then_updated(spacectl: Spacectl) -> None:
    for _ in range(2):
        done = shell("sh register-plugins.sh plugins", spacectl.home, EXAMPLES, SPACECTL_ENVIRONMENT="sandbox")
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 2), done.stderr
    dead = shell(
        "sh register-plugins.sh plugins", spacectl.home, EXAMPLES, SPACECTL_ENDPOINT_REPOSITORY="grpc://127.0.0.1:1"
    )
    assert (dead.returncode, dead.stdout) == (78, "")


def test_the_manifest_makes_a_domain_once(sandbox: Run) -> None:
    first = sandbox("apply", "domain.yml")
    assert (first.status, "5 created" in first.err) == (0, True), first.err
    assert "nothing was changed" in sandbox("apply", "domain.yml").err


def test_the_steps_of_the_workflow_work(spacectl: Spacectl, serving: str) -> None:
    workflow = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["register"]["steps"] if "run" in step]
    assert steps[0] == "pip install spacectl"
    done = shell(
        "\n".join(steps[1:]), spacectl.home, EXAMPLES, SPACECTL_ENDPOINT_REPOSITORY=serving, SPACECTL_API_KEY="any"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "repository.Plugin/plugin-example-inven-collector",
        "repository.Plugin/plugin-example-mon-webhook",
    ]


def test_the_gitlab_job_of_the_document_works(spacectl: Spacectl, serving: str) -> None:
    text = (EXAMPLES.parent / "docs" / "scripting.md").read_text()
    (job,) = [
        yaml.safe_load(block.text)["register"]
        for block in blocks(text)
        if "SPACECTL_ENDPOINT" in block.text and block.language == "yaml"
    ]
    assert job["script"][0] == "pip install spacectl"
    assert list(job["variables"]) == ["SPACECTL_ENDPOINT_REPOSITORY"]
    plugin = (EXAMPLES / "plugins" / "inventory-collector.yml").read_text()
    (spacectl.home / "plugin.yml").write_text(plugin)
    done = shell(
        "\n".join(job["script"][1:]),
        spacectl.home,
        spacectl.home,
        SPACECTL_ENDPOINT_REPOSITORY=serving,
        SPACECTL_API_KEY="any",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "plugin_id: plugin-example-inven-collector\n" in done.stdout


def test_the_plugin_repository_is_the_one_that_plugin_init_writes(spacectl: Spacectl) -> None:
    """That it passes its own test is tested where plugins are."""
    name = "plugin-example-inven-collector"
    made = spacectl("plugin", "init", name, "--interface", "inventory.Collector")
    assert made.status == 0, made.err
    there, written = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (EXAMPLES / name, spacectl.home / name)
    )
    assert {path: text for path, text in there.items() if "__pycache__" not in path.parts} == written


def container(name: str) -> dict[str, Any]:
    job = yaml.safe_load((EXAMPLES / name).read_text())
    (only,) = job["spec"]["template"]["spec"]["containers"]
    return dict(only)


def test_the_job_applies_the_manifest(spacectl_inprocess: Run, serving: str) -> None:
    given = container("kubernetes-job.yaml")
    arguments = [argument.replace("/manifest/", f"{EXAMPLES}/") for argument in given["args"]]
    assert [given["command"], {one["name"] for one in given["env"]}] == [
        ["spacectl"],
        {"SPACECTL_ENDPOINT_IDENTITY", "SPACECTL_API_KEY"},
    ]
    done = spacectl_inprocess(*arguments, env={"SPACECTL_ENDPOINT_IDENTITY": serving, "SPACECTL_API_KEY": "any"})
    assert (done.status, "5 created" in done.err) == (0, True), done.err


def test_the_shares_of_the_indexed_job_are_all_of_the_input(spacectl_inprocess: Run, home: Path, serving: str) -> None:
    given = container("kubernetes-indexed-job.yaml")
    rows = home / "rows.csv"
    lines = [f"P{n},inventory.Collector,example/plugin-row-{n}-inven-collector" for n in range(9)]
    rows.write_text("\n".join(["name,service_type,image", *lines]) + "\n")
    for index in map(str, range(4)):
        arguments = [
            argument.replace("/input/", f"{home}/")
            .replace("/journal/", f"{home}/")
            .replace("$(JOB_COMPLETION_INDEX)", index)
            for argument in given["args"]
        ]
        for _ in range(2 if index == "0" else 1):  # a pod that is started again sends nothing twice
            env = {"SPACECTL_ENDPOINT_REPOSITORY": serving, "SPACECTL_API_KEY": "any"}
            done = spacectl_inprocess(*arguments, env={**env, "SPACECTL_SHARDS": "4", "JOB_COMPLETION_INDEX": index})
            assert done.status == 0, done.err
    env = {"SPACECTL_ENDPOINT_REPOSITORY": serving}
    there = spacectl_inprocess("list", "repository.Plugin", "-c", "name", "-o", "csv", env=env).out.split()
    assert {f"P{n}" for n in range(9)} <= set(there)
