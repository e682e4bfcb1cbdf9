"""`plugin init`: what it writes runs and passes its own test, whatever the interface; `deploy-check` agrees with it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from collectors import Collector
from google.protobuf import descriptor_pb2
from grpc_tools import protoc
from peers.command import Result
from peers.server import Server

from spacectl.plugin.interfaces import interfaces

NAMES = [one.name for one in interfaces()]
Command = Callable[..., Result]


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The server of a written plugin, its endpoint and its process."""
    line = [sys.executable, "server.py", "--host", "127.0.0.1", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(line, cwd=folder, text=True, env={**os.environ, "PYTHONWARNINGS": ""}, **pipes) as process:
        try:
            assert process.stdout is not None
            yield f"grpc://127.0.0.1:{process.stdout.readline().split()[-1]}", process
        finally:
            process.terminate()


@contextmanager
def served_here(folder: Path) -> Iterator[str]:
    """The endpoint of the same server in this process."""
    names = ("plugin", "server")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        for name in names:
            patch.delitem(sys.modules, name, raising=False)
        made, port = importlib.import_module("server").make_server("127.0.0.1:0")
        for name in names:
            del sys.modules[name]
    made.start()
    try:
        yield f"grpc://127.0.0.1:{port}"
    finally:
        made.stop(0).wait(20)


def write(command: Command, home: Path, interface: str) -> Path:
    folder = home / "plugin"
    line = ("plugin", "init", "plugin-of-mine", "--interface", interface, "--directory", str(folder))
    result = command(*line)
    assert (result.status, result.err) == (0, "")
    return folder


@pytest.mark.parametrize("interface", NAMES)
def test_what_is_written_passes_its_own_test_as_it_stands(
    interface: str, spacectl_inprocess: Command, home: Path
) -> None:
    folder = write(spacectl_inprocess, home, interface)
    with served_here(folder) as endpoint:
        line = ("--endpoint", endpoint, "--dir", str(folder / "test"), "-o", "json")
        result = spacectl_inprocess("plugin", "test", *line)
        report = json.loads(result.out)
        assert [check for check in report["checks"] if check["state"] != "passed"] == []
        assert (result.status, report["interface"]) == (0, interface)
        ready = spacectl_inprocess("plugin", "deploy-check", "-f", str(folder / "register.yml"), *line[:4])
        assert (ready.status, " 0 failed" in ready.out) == (0, True), ready.out


@pytest.mark.parametrize("interface", NAMES)
def test_the_proto_file_compiles_to_the_descriptors_beside_it(
    interface: str, spacectl_inprocess: Command, home: Path, tmp_path: Path
) -> None:
    folder = write(spacectl_inprocess, home, interface)
    import grpc_tools

    includes = [f"-I{folder}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
    out = tmp_path / "compiled"
    assert protoc.main(["protoc", *includes, f"--descriptor_set_out={out}", "interface.proto"]) == 0
    compiled = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file[0]
    shipped = descriptor_pb2.FileDescriptorSet.FromString((folder / "interface.protoset").read_bytes()).file[-1]
    for message in compiled.message_type:
        for field in message.field:
            field.ClearField("json_name")
    compiled.name = shipped.name
    assert compiled == shipped


def test_standard_input_cannot_be_two_inputs(spacectl_inprocess: Command) -> None:
    line = ("plugin", "test", "--endpoint", "grpc://127.0.0.1:1", "--options", "-", "--secret-data", "-")
    result = spacectl_inprocess(*line, stdin="{}")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: standard input can be read once: --options and --secret-data name it\nhint: ")


def test_an_interface_that_the_framework_has_not_is_refused_before_anything_is_written(
    spacectl_inprocess: Command, home: Path
) -> None:
    line = ("plugin", "init", "plugin-x", "--interface", "identity.Auth", "--framework", "spaceone")
    result = spacectl_inprocess(*line, "--directory", str(home / "plugin"))
    assert result.status == 2
    assert "there is no identity.Auth on it: spaceone-api 2 has identity.ExternalAuth in its place" in result.err
    assert "hint: `spacectl plugin init plugin-x --interface identity.Auth` writes it on grpcio" in result.err
    assert not (home / "plugin").exists()


def test_the_repository_has_a_workflow_that_runs_the_test(spacectl_inprocess: Command, home: Path) -> None:
    folder = write(spacectl_inprocess, home, "inventory.Collector")
    workflow = yaml.safe_load((folder / ".github" / "workflows" / "plugin-test.yml").read_text())
    assert any("plugin test" in step.get("run", "") for step in workflow["jobs"]["test"]["steps"])
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"README.md", "Dockerfile", "register.yml", "test/init.yml", "test/collect.yml", "plugin.py"} <= files
    again = spacectl_inprocess("plugin", "init", "x", "--interface", "inventory.Collector", "--directory", str(folder))
    assert again.status == 2
    assert "is there already" in again.err


def test_a_server_that_ends_itself_is_found_out(spacectl_inprocess: Command, home: Path) -> None:
    folder = write(spacectl_inprocess, home, "inventory.Collector")
    text = (folder / "plugin.py").read_text()
    (folder / "plugin.py").write_text(
        text.replace(
            '            message = f"options.', '            import os; os._exit(3)\n            message = f"options.'
        )
    )
    with served(folder) as (endpoint, process):
        result = spacectl_inprocess(
            "plugin", "test", "--endpoint", endpoint, "--dir", str(folder / "test"), "-o", "json"
        )
        assert process.wait(10) == 3
    report = json.loads(result.out)
    failed = [(check["check"], check["detail"]) for check in report["checks"] if check["state"] == "failed"]
    assert failed == [("server.lives", "it went away in collect with garbage for options")]
    assert result.status == 1


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"name": None}, "register.file"),
        ({"lables": []}, "register.file"),
        ({"tags": "a"}, "register.file"),
        ({"service_type": "inventory.Colector"}, "register.service_type"),
        ({"image": "plugin-x"}, "register.image"),
        ({"image": "example/plugin-x:1.0"}, "register.image"),
        ({"image": "example/plugin_x"}, "register.image"),
        ({"image": f"example/plugin-{'x' * 40}"}, "register.image"),
        ({"image": "Example/plugin-x"}, "register.image"),
        ({"template": {"options": {"schema": {"type": "text"}}}}, "register.file"),
        ({"provider": None}, "register.provider"),
        ({"capability": {"supported_schema": "token"}}, "register.capability"),
        ({"service_type": "identity.AccountCollector"}, "server.interface"),
        ({"capability": {"supported_schedules": ["interval"]}}, "server.agrees"),
    ],
)
def test_deploy_check_names_what_does_not_agree(
    change: dict[str, object],
    check: str,
    collector: Collector,
    start_plugin: Callable[..., Server],
    spacectl_inprocess: Command,
    tmp_path: Path,
) -> None:
    register = {"name": "X", "service_type": "inventory.Collector", "image": "example/plugin-x", "provider": "aws"}
    made = {name: value for name, value in {**register, **change}.items() if value is not None}
    (tmp_path / "register.yml").write_text(yaml.safe_dump(made))
    server = start_plugin(collector.api, collector.behaviours())
    line = ("plugin", "deploy-check", "-f", str(tmp_path / "register.yml"), "--endpoint", server.endpoint, "-o", "json")
    result = spacectl_inprocess(*line)
    failed = [one["check"] for one in json.loads(result.out)["checks"] if one["state"] == "failed"]
    assert (failed, result.status) == ([check], 1)


def test_deploy_check_says_what_is_wrong_with_the_file_before_it_asks_for_the_server(
    spacectl_inprocess: Command, tmp_path: Path
) -> None:
    (tmp_path / "register.yml").write_text("name: x\nservice_type: inventory.Collector\nimage: x:1\nprovider: aws\n")
    line = ("plugin", "deploy-check", "-f", str(tmp_path / "register.yml"), "--endpoint", "grpc://127.0.0.1:1")
    result = spacectl_inprocess(*line)
    assert result.status == 78
    assert "FAIL register.image" in result.out
    with (tmp_path / "register.yml").open("a") as file:
        file.write("tags: {a: 1, a: 2}\nprovider: gcp\n")
    twice = spacectl_inprocess(*line)
    assert (twice.status, twice.out) == (2, "")
    assert "register.yml:6:1: provider: is given twice" in twice.err.replace("provider is", "provider: is")
    assert "register.yml:5:14: tags.a" in twice.err
