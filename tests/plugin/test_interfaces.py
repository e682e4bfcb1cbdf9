"""The interfaces are tables: each is complete, and a new one is a new file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.message import Message
from peers.protosets import api_from
from peers.server import Exchange, Server

from spacectl.connection_settings import ConnectionSettings
from spacectl.endpoint import parse
from spacectl.plugin import runner
from spacectl.plugin.inputs import Inputs, Masker
from spacectl.plugin.interfaces import TABLES, Interface, interfaces, signature
from spacectl.plugin.proto_text import described
from spacectl.plugin.results import Result
from spacectl.plugin.shapes import json_schema_problem, shape
from spacectl.plugin.world import Settings, checks_of_step
from spacectl.rpc.probe import Probe
from spacectl.rpc.written import file_set

NEW = """
interface: statistics.Storage
file: spaceone/api/statistics/plugin/storage.proto
package: spaceone.api.statistics.plugin
services:
  Storage:
    init: InitRequest -> PluginInfo
messages:
  InitRequest:
    options: Struct = 1
  PluginInfo:
    metadata: Struct = 1
steps:
  - name: init
    rpc: Storage.init
    deadline: 5
    request: {options: $options}
    gives: {metadata: metadata}
    checks:
      - name: engine
        at: metadata.engine
        schema: {enum: [mongo, sql]}
        reason: "the core service writes its queries for it"
        way_out: "engine: mongo"
"""


@pytest.mark.parametrize("interface", interfaces(), ids=lambda one: one.name)
def test_each_table_is_complete(interface: Interface) -> None:
    names = [check.name for step in interface.steps for check in checks_of_step(step)]
    assert len(names) == len(set(names))
    for step in interface.steps:
        made = signature(interface.services[step.service][step.rpc])
        assert set(step.request) <= set(interface.messages[made.request])
        assert made.streaming == bool(step.stream)
        for check in checks_of_step(step):
            assert check.reason
            assert check.way_out
            if "schema" in check.settings:
                assert json_schema_problem(check.settings["schema"]) is None
                shape(check.settings["schema"])
    assert interface.steps[0].name == "init"
    assert {one.name for one in interfaces()} >= {
        "inventory.Collector",
        "identity.ExternalAuth",
        "alert_manager.Webhook",
    }


def test_a_file_is_a_new_interface(tmp_path: Path, start_plugin: Callable[..., Server], home: Path) -> None:
    shutil.copytree(TABLES, tmp_path / "tables")
    (tmp_path / "tables" / "statistics.Storage.yml").write_text(NEW)
    interface = next(one for one in interfaces(tmp_path / "tables") if one.name == "statistics.Storage")
    engine = "mongo"

    def init(exchange: Exchange) -> Iterator[Message]:
        next(exchange.requests)
        yield exchange.reply(metadata={"engine": engine})

    api = api_from(descriptor_pb2.FileDescriptorSet.FromString(file_set(**described(interface))))
    server = start_plugin(api, {"spaceone.api.statistics.plugin.Storage/init": init})
    probe = Probe(parse(server.endpoint), 10, ConnectionSettings())

    def states() -> dict[str, str]:
        events = runner.tested(probe, interface, Settings(Inputs(home)), Masker())
        return {event.check.name: event.state for event in events if isinstance(event, Result)}

    try:
        assert states()["init.engine"] == "passed"
        engine = "files"
        assert {name for name, state in states().items() if state == "failed"} == {"init.engine"}
    finally:
        probe.close()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, None),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "^a+$"}}, "required": ["a"]}, None),
        ({"definitions": {"a": {"type": "string"}}, "$ref": "#/definitions/a"}, None),
        ({"enum": [{"type": "text"}]}, None),
        ({"properties": {"type": {"type": "string"}, "pattern": {"type": "string"}}}, None),
        ([], "is a mapping"),
        ("object", "is a mapping"),
        ({"type": "text"}, "there is no type 'text'"),
        ({"properties": {"a": {"type": ["string", "text"]}}}, "properties.a: there is no type"),
        ({"properties": ["a"]}, "properties"),
        ({"required": "a"}, "required"),
        ({"properties": {"a": {"minLength": -1}}}, "minLength"),
        ({"items": {"pattern": "("}}, "items: the pattern '(' is no regular expression"),
        ({"$ref": "#/definitions/b"}, "points to nothing"),
    ],
)
def test_a_json_schema_is_told_from_what_is_none(schema: object, words: str | None) -> None:
    found = json_schema_problem(schema)
    assert found is None if words is None else words in (found or "")
