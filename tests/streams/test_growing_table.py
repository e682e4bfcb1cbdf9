"""On a terminal the table of a server stream grows; a pipe gets a line a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from peers.command import Result, Spacectl
from peers.server import Server
from wcwidth import wcswidth

from spacectl.output.growing import GrowingTable

Run = Callable[..., Result]


def env(server: Server) -> dict[str, str]:
    return {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint}


def test_a_table_on_a_terminal_grows_by_a_row_a_message(kitchen: Server, spacectl: Spacectl) -> None:
    line = ("exec", "FailStream", "kitchen.Kitchen", "-p", "code=5", "-p", "after=3", "-o", "table")
    result = spacectl(*line, tty=("stdout",), env=env(kitchen))
    assert result.status == 69
    assert result.out == " number\n----------\n        1\n        2\n        3\n"


@pytest.mark.parametrize("output", ["yaml", "json", "csv", "jsonl", "table"])
def test_other_formats_and_pipes_get_no_growing_table(output: str, kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess("exec", "Count", "kitchen.Kitchen", "-p", "count=2", "-o", output, env=env(kitchen))
    assert (result.status, "---------" in result.out) == (0, False)


def test_a_list_that_is_a_stream_is_json_lines_in_a_pipe(
    kitchen_api: Any, start_recorder: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from peers.protosets import api_from

    files = FileDescriptorSet()
    files.CopyFrom(kitchen_api.files)
    for file in files.file:
        for service in file.service:
            for method in service.method:
                method.server_streaming = method.server_streaming or method.name == "list"
    answers = [{"results": [{"name": "a"}, {"name": "b"}]}, {"results": [{"name": "c"}]}]
    server = start_recorder(api_from(files), {"kitchen.v1.Dish/list": answers})
    result = spacectl_inprocess("list", "kitchen.Dish", env=env(server))
    assert [json.loads(line)["name"] for line in result.out.splitlines()] == ["a", "b", "c"]
    # who asks for a table gets one
    assert "---" in spacectl_inprocess("list", "kitchen.Dish", "-o", "table", env=env(server)).out


def test_lines_fit_the_terminal_and_show_what_would_move_its_cursor() -> None:
    table = GrowingTable(40)
    text = table.lines([{"name": "한국어 이름", "note": "\x1b[2J" + "x" * 50}, {"name": "a\nb", "more": 7}])
    assert "\x1b" not in text
    assert "\\u001b" in text
    assert "a\\nb" in text
    assert max(wcswidth(line) for line in text.splitlines()) <= 40


def test_a_field_that_comes_later_gets_a_column_and_a_header() -> None:
    table = GrowingTable(80)
    assert table.lines([{"b": 1}]).startswith(" b\n---")
    more = table.lines([{"a": "x", "b": 2}, {"b": 3}], ["a", "b"]).splitlines()
    assert [cell.strip() for cell in more[0].split("|")] == ["a", "b"]
    assert [cell.strip() for cell in more[3].split("|")] == ["", "3"]
