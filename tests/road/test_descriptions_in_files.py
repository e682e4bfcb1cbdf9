"""A server without reflection is described by descriptor sets or .proto files; `protoset export` makes the former."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from peers.command import Result, Spacectl
from peers.protosets import PROTO, Api, read_api
from peers.server import Server

Run = Callable[..., Result]
ECHO = ("exec", "Echo", "kitchen.v1.Kitchen", "-p", "string_value=x", "-o", "jsonl")


@pytest.fixture
def mute(start_kitchen: Callable[..., Server]) -> Server:
    return start_kitchen(reflection=None)


def test_a_proto_file_stands_in_for_reflection(mute: Server, spacectl_inprocess: Run) -> None:
    proto = ("--proto", str(PROTO / "kitchen/v1/kitchen.proto"), "-I", str(PROTO))
    result = spacectl_inprocess("--endpoint", mute.endpoint, *ECHO, *proto)
    assert (result.status, result.err, json.loads(result.out)) == (0, "", {"string_value": "x"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("syntax = 'proto3';\nimport 'nowhere.proto';", "nowhere.proto"),
        ("syntax = 'proto3';\nmessage {", "x.proto:2:9"),
        (None, "there is no such file"),
    ],
)
def test_a_proto_file_that_cannot_be_used_is_named_with_its_line(
    text: str | None, words: str, mute: Server, tmp_path: Path, spacectl_inprocess: Run
) -> None:
    file = tmp_path / "x.proto"
    if text is not None:
        file.write_text(text)
    result = spacectl_inprocess("--endpoint", mute.endpoint, *ECHO, "--proto", str(file))
    assert (result.status, result.out, mute.calls) == (2, "", [])
    assert words in result.err
    assert all(line.startswith(("error: ", "hint: ")) for line in result.err.splitlines())


def test_without_grpcio_tools_the_hint_says_how_to_get_them(
    mute: Server, spacectl_inprocess: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "grpc_tools" else found(name))
    monkeypatch.delitem(__import__("sys").modules, "spacectl.rpc.proto_files", raising=False)
    result = spacectl_inprocess("--endpoint", mute.endpoint, *ECHO, "--proto", "x.proto")
    assert result.status == 2
    assert "pip install 'spacectl[proto]'" in result.err


@pytest.mark.parametrize("kind", ["protosets", "protos"])
def test_the_configuration_describes_a_service(
    kind: str, mute: Server, kitchen_protoset: Path, spacectl: Spacectl, spacectl_inprocess: Run
) -> None:
    files = {"protosets": [str(kitchen_protoset)]} if kind == "protosets" else {
        "protos": [str(PROTO / "kitchen/v1/kitchen.proto")], "proto_paths": [str(PROTO)]
    }  # fmt: skip
    directory = spacectl.config_dir / "environments"
    directory.mkdir(parents=True)
    settings = {"endpoints": {"kitchen": mute.endpoint, "other": mute.endpoint}, "connections": {"kitchen": files}}
    (directory / "test.yml").write_text(yaml.safe_dump(settings))
    (directory.parent / "environment.yml").write_text("environment: test\n")
    line = ("exec", "Echo", "kitchen.Kitchen", "-p", "string_value=x")
    assert spacectl_inprocess(*line).status == 0
    assert spacectl_inprocess("exec", "Echo", "other.Kitchen").status == 76


def to_standard_output(spacectl: Spacectl, target: str, env: dict[str, str]) -> bytes:
    with spacectl.start("protoset", "export", target, env=env) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    return out


@pytest.fixture
def exported(kitchen: Server, spacectl: Spacectl) -> bytes:
    return to_standard_output(spacectl, kitchen.endpoint, {})


def test_an_exported_set_is_complete_in_order_and_works_in_place_of_reflection(
    exported: bytes, kitchen_api: Api, mute: Server, tmp_path: Path, spacectl_inprocess: Run
) -> None:
    file = tmp_path / "api.protoset"
    file.write_bytes(exported)
    seen: set[str] = set()
    for one in FileDescriptorSet.FromString(exported).file:
        assert set(one.dependency) <= seen, one.name
        seen.add(one.name)
    served = {service.full_name for service in read_api(file).services()}
    assert "kitchen.v1.Kitchen" in served
    result = spacectl_inprocess("--endpoint", mute.endpoint, *ECHO, "--protoset", str(file))
    assert (result.status, json.loads(result.out)) == (0, {"string_value": "x"})


def test_the_exported_set_works_with_real_grpcurl(exported: bytes, mute: Server, tmp_path: Path) -> None:
    program = shutil.which("grpcurl")
    if program is None:
        pytest.skip("no grpcurl on the PATH")
    file = tmp_path / "api.protoset"
    file.write_bytes(exported)
    line = [
        program,
        "-plaintext",
        "-protoset",
        file,
        "-d",
        '{"stringValue": "x"}',
        mute.address,
        "kitchen.v1.Kitchen/Echo",
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"stringValue": "x"}), done.stderr


def test_an_export_names_a_service_of_the_configuration_or_a_file(
    kitchen: Server, exported: bytes, tmp_path: Path, spacectl: Spacectl
) -> None:
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    assert to_standard_output(spacectl, "kitchen", env) == exported
    file = tmp_path / "out.protoset"
    assert spacectl("protoset", "export", "kitchen", "-o", str(file), env=env).out == ""
    assert file.read_bytes() == exported


def test_a_set_is_not_written_to_a_terminal(kitchen: Server, spacectl: Spacectl) -> None:
    result = spacectl("protoset", "export", kitchen.endpoint, tty=("stdout",))
    assert (result.status, result.out) == (2, "")
    assert "> api.protoset" in result.err


@pytest.mark.parametrize("name", ["Shelf", "v1.Shelf", "attic.Shelf", "attic.v1.Shelf", "cellar.v1.Shelf"])
def test_services_of_one_last_name_are_told_apart_by_any_suffix(
    name: str, kitchen: Server, spacectl_inprocess: Run
) -> None:
    listed = spacectl_inprocess("api-resources", "--endpoint", kitchen.endpoint, "-o", "jsonl").out
    assert listed
    result = spacectl_inprocess("explain", name, "--endpoint", kitchen.endpoint)
    if "attic" in name or "cellar" in name:
        assert result.status == 0, result.err
        assert name.partition(".")[0] in result.out
    else:
        assert result.status == 2
        assert "attic.v1.Shelf or cellar.v1.Shelf" in result.err
