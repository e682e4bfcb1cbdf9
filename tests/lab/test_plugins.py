"""Plugins on spaceone-core's own framework: one that is right passes, broken ones fail the check that names it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.command import Result, clean_environment, run_inprocess

from spacectl.plugin.interfaces import interfaces

BROKEN = {
    "metadata": "init.metadata",
    "schedules": "init.supported_schedules",
    "types of resources": "init.supported_resource_type",
    "schema": "init.options_schema",
    "slow verify": "verify.deadline",
    "verify": "verify.answers",
    "takes all": "verify.refuses",
    "plain exception": "verify.refuses",
    "no tasks": "get_tasks.tasks",
    "state": "collect.state",
    "type": "collect.resource_type",
    "shape": "collect.resource",
    "rules": "collect.match_rules",
    "rule": "collect.match_rules",
    "twice": "collect.unique",
    "message": "collect.message",
    "order": "collect.order",
    "root_path": "collect.layouts",
    "key": "collect.layouts",
    "large": "collect.size",
    "other ids": "collect.repeat",
    "alone": "collect.parallel",
    "silence": "collect.gap",
    "breaks": "collect.complete",
    "garbage": "collect.garbage",
    "garbage is taken": "collect.garbage",
}


@pytest.fixture(scope="module")
def framework(_lab_directory: Path) -> Path:
    """The `spaceone` program of the real services' packages; skips without it."""
    program = _lab_directory.parent.parent / "venv-v2" / "bin" / "spaceone"
    if not program.is_file():
        pytest.skip(f"there is no {program}")
    return program


@pytest.fixture(scope="module")
def serving(framework: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path, str], str]]:
    """Serves a package that is in a folder, and gives the endpoint."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(folder: Path, package: str) -> str:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        line = [str(framework), "run", "plugin-server", package, "-s", ".", "-p", str(port)]
        home = tmp_path_factory.mktemp("home")
        environ = clean_environment(home, {"PYTHONWARNINGS": None, "PYTHONPATH": None})
        with (home / "log").open("wb") as log:
            processes.append(subprocess.Popen(line, cwd=folder, stdout=log, stderr=log, env=environ))
        for _ in range(300):
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    return f"grpc://127.0.0.1:{port}"
            time.sleep(0.1)
        raise AssertionError((home / "log").read_text())

    yield start
    for process in processes:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def collector(serving: Callable[[Path, str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The endpoint of a collector on the framework, which is broken as `options.break` says."""
    home = tmp_path_factory.mktemp("written")
    line = ("plugin", "init", "plugin-under-test", "--interface", "inventory.Collector", "--framework", "spaceone")
    assert run_inprocess(*line, "--directory", str(home / "plugin"), home=home).status == 0
    shutil.copy(Path(__file__).parent / "framework" / "main.py", home / "plugin" / "plugin_under_test" / "main.py")
    return serving(home / "plugin", "plugin_under_test")


@pytest.fixture
def checked(spacectl_inprocess: Callable[..., Result], tmp_path: Path) -> Callable[..., Any]:
    """The report of `plugin test` with a way to break, or none."""
    (tmp_path / "secret.yml").write_text("token: right-token\n")

    def run(endpoint: str, broken: str = "", *arguments: str) -> Any:
        line = ("plugin", "test", "--endpoint", endpoint, "--secret-data", str(tmp_path / "secret.yml"), "-o", "json")
        options = json.dumps({"break": broken} if broken else {})
        result = spacectl_inprocess(*line, "--options", "-", "--timeout", "2", *arguments, stdin=options)
        return json.loads(result.out)

    return run


def failed(report: Any) -> list[str]:
    return [check["check"] for check in report["checks"] if check["state"] == "failed"]


def test_a_correct_collector_on_the_framework_passes_everything(collector: str, checked: Callable[..., Any]) -> None:
    report = checked(collector)
    assert [check for check in report["checks"] if check["state"] != "passed"] == []
    assert report["streams"][0]["rows"] == 9  # two tasks


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_collector_on_the_framework_fails_the_check_that_names_it(
    broken: str, collector: str, checked: Callable[..., Any]
) -> None:
    assert failed(checked(collector, broken)) == [BROKEN[broken]]


def test_the_collector_that_runs_beside_the_services_passes(
    lab: Path, spacectl_inprocess: Callable[..., Result]
) -> None:
    found = re.search(r"collector: (\S+)", (lab / "environments" / "lab.yml").read_text())
    assert found is not None
    result = spacectl_inprocess("plugin", "test", "--endpoint", found[1])
    assert (result.status, " 0 failed" in result.out) == (0, True), result.out


@pytest.mark.parametrize("interface", [one.name for one in interfaces() if not one.no_framework])
def test_what_init_writes_on_the_framework_passes_as_it_stands(
    interface: str, serving: Callable[[Path, str], str], spacectl_inprocess: Callable[..., Result], home: Path
) -> None:
    line = ("plugin", "init", "plugin-written", "--interface", interface, "--framework", "spaceone")
    assert spacectl_inprocess(*line, "--directory", str(home / "plugin")).status == 0
    endpoint = serving(home / "plugin", "plugin_written")
    result = spacectl_inprocess("plugin", "test", "--endpoint", endpoint, "--dir", str(home / "plugin" / "test"))
    assert (result.status, " 0 failed" in result.out) == (0, True), result.out
