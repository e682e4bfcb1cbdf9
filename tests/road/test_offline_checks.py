"""What is wrong with an input is said by what is known already: no connection is opened, no endpoint is needed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from grpc_tools import protoc
from peers.command import Result
from peers.protosets import read_api
from peers.recorder import record

Run = Callable[..., Result]
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
API = """
syntax = "proto3";
package spaceone.api.repository.v1;
import "google/protobuf/struct.proto";
message RegisterPluginRequest {
  enum RegistryType { NONE = 0; DOCKER_HUB = 1; AWS_PRIVATE_ECR = 2; @registry@ }
  string name = 1;
  string plugin_id = 20;
  string resource_type = 2;
  string image = 3;
  string provider = 4;
  RegistryType registry_type = 5;
  google.protobuf.Struct registry_config = 6;
  google.protobuf.Struct capability = 11;
  google.protobuf.ListValue labels = 13;
  google.protobuf.Struct tags = 14;
  @more@
}
message PluginInfo { string plugin_id = 1; }
service Plugin { rpc register (RegisterPluginRequest) returns (PluginInfo) {} }
"""
REGISTER = ("exec", "register", "repository.Plugin")
DRIFTED = """\
name: AWS EC2
service_type: inventory.Collector
image: plugin-aws-ec2
template:
  options: {}
registry_type: DOCKER_HUBB
"""
REPORT = [
    "error: drifted.yml:2:1: service_type: unknown field; did you mean resource_type, its new name?",
    "error: drifted.yml:4:1: template: unknown field; went away in 2023; "
    "a plugin gives the schema of its options itself",
    "error: drifted.yml:6:16: registry_type: 'DOCKER_HUBB' is none of NONE, DOCKER_HUB, AWS_PRIVATE_ECR",
]


class Door:
    """A port that nobody may knock at."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.endpoint = f"grpc://127.0.0.1:{listener.getsockname()[1]}"

    @property
    def knocks(self) -> int:
        self._listener.setblocking(False)
        count = 0
        try:
            while True:
                self._listener.accept()[0].close()
                count += 1
        except BlockingIOError:
            return count


@pytest.fixture
def door() -> Iterator[Door]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield Door(listener)


def compiled(folder: Path, **more: str) -> Path:
    text = API.replace("@registry@", more.get("registry", "")).replace("@more@", more.get("more", ""))
    folder.mkdir()
    (folder / "plugin.proto").write_text(text)
    output = folder / "api.protoset"
    include = [f"-I{folder}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
    line = ["protoc", *include, "--include_imports", f"--descriptor_set_out={output}", "plugin.proto"]
    assert protoc.main(line) == 0
    return output


@pytest.fixture
def protoset(tmp_path: Path) -> Path:
    return compiled(tmp_path / "api")


@pytest.fixture
def run(spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(home)
    (home / "drifted.yml").write_text(DRIFTED)
    return spacectl_inprocess


def errors(result: Result) -> list[str]:
    assert (result.status, result.out) == (2, "")
    return [line for line in result.err.splitlines() if line.startswith("error: ")]


def test_by_a_descriptor_set_a_file_is_refused_before_any_connection(run: Run, door: Door, protoset: Path) -> None:
    known = ("--endpoint", door.endpoint, "--protoset", str(protoset))
    for line in (REGISTER, ("validate", *REGISTER[1:]), (*REGISTER, "--dry-run"), (*REGISTER, "--parallel", "2")):
        assert errors(run(*known, *line, "-f", "drifted.yml")) == REPORT
    assert door.knocks == 0


def test_by_what_is_kept_of_a_server_a_file_is_refused_without_asking_it(run: Run, home: Path, protoset: Path) -> None:
    endpoint = f"unix:{home}/socket"
    with record(read_api(protoset), listen=endpoint) as server:
        assert run("--endpoint", endpoint, *REGISTER, "-p", "name=a").status == 0
        server.forget()
        result = run("--endpoint", endpoint, *REGISTER, "-f", "drifted.yml")
        assert errors(result) == REPORT
        assert (server.calls, server.reflections) == ([], [])
    (home / "two.yml").write_text(f"{DRIFTED}---\n{DRIFTED}")
    for line in ((*REGISTER, "-f", "drifted.yml"), ("validate", *REGISTER[1:], "-f", "drifted.yml")):
        assert errors(run("--endpoint", endpoint, *line)) == REPORT
    assert len(errors(run("--endpoint", endpoint, *REGISTER, "-f", "two.yml"))) == 2 * len(REPORT)


def test_a_field_that_a_newer_server_may_know_is_asked_for_and_reported_where_nobody_answers(
    run: Run, home: Path, protoset: Path, tmp_path: Path
) -> None:
    endpoint = f"unix:{home}/socket"
    newer = compiled(tmp_path / "newer", more="string notes = 21;", registry="HARBOR = 3;")
    with record(read_api(protoset), listen=endpoint):
        assert run("--endpoint", endpoint, *REGISTER, "-p", "name=a").status == 0
    line = ("--endpoint", endpoint, *REGISTER, "-p", "notes=x", "-p", "registry_type=HARBOR")
    assert "notes: unknown field" in errors(run(*line))[0]
    assert "has no verb 'regster'" in errors(run("--endpoint", endpoint, "exec", "regster", "repository.Plugin"))[0]
    with record(read_api(newer), listen=endpoint) as server:
        assert run(*line).status == 0
        assert server.last.requests == [{"notes": "x", "registry_type": "HARBOR"}]


def test_a_report_by_kept_descriptors_says_how_to_ask_anew(run: Run, home: Path, protoset: Path) -> None:
    endpoint = f"unix:{home}/socket"
    with record(read_api(protoset), listen=endpoint):
        run("--endpoint", endpoint, *REGISTER, "-p", "name=a")
        assert "--refresh" in run("--endpoint", endpoint, *REGISTER, "-f", "drifted.yml").err
        assert "--refresh" not in run("--refresh", "--endpoint", endpoint, *REGISTER, "-f", "drifted.yml").err


def test_a_descriptor_set_alone_is_enough_to_check_explain_and_fill_in(run: Run, protoset: Path) -> None:
    alone = ("--protoset", str(protoset))
    for words in (
        ("validate", "register", "repository.Plugin", "-p", "name=a"),
        (*REGISTER, "-p", "name=a", "--dry-run"),
        ("explain", "repository"),
        ("explain", "repository.Plugin"),
        ("explain", "repository.Plugin.register.registry_type"),
        ("skeleton", "register", "repository.Plugin"),
        (*REGISTER, "--help"),
    ):
        result = run(*alone, *words)
        assert (result.status, result.err) == (0, ""), words
    assert errors(run(*alone, "validate", *REGISTER[1:], "-f", "drifted.yml")) == REPORT
    assert run(*alone, *REGISTER, "-p", "name=a").status == 3, "a call needs an endpoint"
    for line in (("validate", "create", "identity.Project"), ("explain", "identity.Project")):
        assert run(*alone, *line).status in (2, 3)
    assert run("explain", "repository.Plugin").status == 3


def test_where_the_server_cannot_be_asked_the_descriptor_set_decides_and_says_so(run: Run, protoset: Path) -> None:
    nowhere = ("--endpoint", "grpc://127.0.0.1:1", "--protoset", str(protoset))
    result = run(*nowhere, "validate", "register", "repository.Plugin", "-p", "name=a")
    assert result.status == 0
    assert "checked by the descriptor set alone" in result.err
    assert run(*nowhere, "explain", "repository.Plugin.register").status == 0
    assert run(*nowhere, "explain", "repository.Nothing").status == 78
    assert run(*nowhere, *REGISTER, "-p", "name=a").status == 78


def problems(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.err)["error"]["problems"]
    return found


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real files here")
def test_each_published_register_file_that_drifted_gets_one_report_with_its_lines(
    run: Run, door: Door, protoset: Path
) -> None:
    drifted = 0
    for path in sorted(CORPUS.rglob("*.y*ml")):
        if not any(line.startswith("image:") for line in path.read_text().splitlines()):
            continue
        known = ("--endpoint", door.endpoint, "--protoset", str(protoset), "--error-format", "json")
        lines = path.read_text().splitlines()
        wrong = [
            (f"{path}:{number}:1", key)
            for number, line in enumerate(lines, 1)
            if (key := line.partition(":")[0]) in ("service_type", "template")
        ]
        if not wrong:
            continue
        drifted += 1
        result = run(*known, *REGISTER, "-f", str(path))
        assert result.status == 2
        assert [(problem["where"], problem["path"]) for problem in problems(result)] == wrong
    assert drifted >= 5
    assert door.knocks == 0
