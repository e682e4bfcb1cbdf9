"""--emit-defaults, --show-unknown, Any and --csv-safe, with protobuf's json_format and the csv module as oracles."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.command import Result
from peers.protosets import Api, api_from
from peers.server import Exchange, Server, serve

from spacectl.rpc.decode import Decoder
from spacectl.rpc.decoding import Decoding

Run = Callable[..., Result]
ECHO = ("exec", "Echo", "kitchen.Kitchen", "-o", "json")


def env(server: Server) -> dict[str, str]:
    return {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"int64_value": "5", "inners": [{}, {"name": "x", "inner": {}}]},
        {"string_map": {"a": ""}, "inner_by_name": {"a": {}}},
        {"optional_int32": 0, "choice_string": "", "timestamp": "2024-01-01T00:00:00Z", "struct": {}, "everything": {}},
        {"any": {"@type": "type.googleapis.com/kitchen.v1.Everything.Inner", "name": "x"}},
    ],
)
def test_defaults_are_those_that_json_format_shows(values: dict[str, Any], kitchen_api: Api) -> None:
    message = kitchen_api.message("kitchen.v1.Everything", values)
    expected = json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        descriptor_pool=kitchen_api.pool,
    )
    shown = Decoder(decoding=Decoding(emit_defaults=True)).converter(message.DESCRIPTOR)(message)
    wide = {"int64", "uint64", "sint64", "fixed64", "sfixed64"}

    def narrowed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: int(item) if key.removesuffix("_value") in wide and isinstance(item, str) else narrowed(item)
                for key, item in value.items()
            }
        return [narrowed(item) for item in value] if isinstance(value, list) else value

    assert shown == narrowed(expected)


def test_defaults_of_a_list_are_shown_in_each_row(kitchen: Server, spacectl_inprocess: Run) -> None:
    plain = spacectl_inprocess("list", "kitchen.Dish", "-o", "json", env=env(kitchen))
    full = spacectl_inprocess("list", "kitchen.Dish", "-o", "json", "--emit-defaults", env=env(kitchen))
    assert "labels" not in json.loads(plain.out)["results"][1]
    assert json.loads(full.out)["results"][1]["labels"] == {}
    # a second list must not share what the first one shows
    assert json.loads(full.out)["results"][0]["labels"] == {"a": "1", "b": "2"}


@pytest.fixture
def newer_kitchen(kitchen_api: Api) -> Api:
    """The API as a server has it that says less of it: fields and a value of an enum more."""
    files = FileDescriptorSet()
    files.CopyFrom(kitchen_api.files)
    messages = [message for file in files.file if file.package == "kitchen.v1" for message in file.message_type]
    line = next(message for message in messages if message.name == "Line")
    line.field.add(name="extra", number=9, type=9, label=1)
    line.field.add(name="number", number=10, type=3, label=3)
    line.field.add(name="nested", number=11, type=11, label=1, type_name=".kitchen.v1.Line")
    line.field.add(name="raw", number=12, type=12, label=1)
    return api_from(files)


def test_unknown_fields_are_shown_by_their_numbers(
    kitchen_api: Api, newer_kitchen: Api, spacectl_inprocess: Run
) -> None:
    answer = newer_kitchen.message(
        "kitchen.v1.Line",
        {
            "text": "x",
            "extra": "more",
            "number": ["7", "8"],
            "nested": {"number": ["300"]},
            "raw": base64.b64encode(b"\xff\xfe").decode(),
        },
    ).SerializeToString()

    def say(exchange: Exchange) -> Any:
        list(exchange.requests)
        reply = exchange.reply()
        reply.MergeFromString(answer)
        yield reply

    with serve(kitchen_api, {"kitchen.v1.Kitchen/Chat": say}) as server:
        line = ("exec", "Chat", "kitchen.Kitchen", "-o", "json")
        assert json.loads(spacectl_inprocess(*line, env=env(server)).out) == {"text": "x"}
        for more in ((), ("--refresh",)):
            shown = json.loads(spacectl_inprocess(*line, *more, "--show-unknown", env=env(server)).out)
            # the list of numbers is packed, and nobody can tell it from bytes
            assert shown == {"text": "x", "[9]": "more", "[10]": "Bwg=", "[11]": {"[10]": "rAI="}, "[12]": "//4="}


def test_an_any_of_a_type_that_only_reflection_knows_is_opened_in_both_directions(
    kitchen: Server, spacectl_inprocess: Run
) -> None:
    # no file of the kitchen imports the pantry
    value = {"@type": "type.googleapis.com/legacy.v1.Jar", "name": "x"}
    for details in (value, {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}):
        result = spacectl_inprocess(*ECHO, "-j", json.dumps({"any": details}), env=env(kitchen))
        assert (result.status, result.err) == (0, "")
        assert json.loads(result.out) == {"any": details}


def test_an_any_of_an_unknown_type_is_base64_and_costs_nothing_else(kitchen_api: Api, spacectl_inprocess: Run) -> None:
    def say(exchange: Exchange) -> Any:
        list(exchange.requests)
        reply = exchange.reply(string_value="kept")
        reply.any.type_url = "example.com/nobody.knows.This"
        reply.any.value = b"\x01\x02"
        yield reply

    with serve(kitchen_api, {"kitchen.v1.Kitchen/Echo": say}) as server:
        result = spacectl_inprocess(*ECHO, env=env(server))
    assert (result.status, result.err) == (0, "")
    assert json.loads(result.out) == {
        "string_value": "kept",
        "any": {"@type": "example.com/nobody.knows.This", "value": "AQI="},
    }


@settings(max_examples=50)
@given(st.lists(st.text("=+-@\t\r\n1.,\"'ae ", max_size=6), min_size=1, max_size=4))
def test_no_cell_of_safe_csv_begins_as_a_formula_does_and_none_is_lost(cells: list[str]) -> None:
    from spacectl.output.csv_writer import line

    [row] = csv.reader(io.StringIO(line(cells, safe=True), newline=""))
    for cell, given_cell in zip(row, cells, strict=True):
        assert cell in (given_cell, f"'{given_cell}")
        if cell and cell[0] in "=+-@\t\r\n":
            float(cell)  # a number is no formula


def test_csv_is_made_safe_where_it_is_asked_for(kitchen: Server, spacectl_inprocess: Run) -> None:
    line = ("exec", "Chat", "kitchen.Kitchen", "-p", "text==cmd|' /c calc'!a1", "-o", "csv")
    assert spacectl_inprocess(*line, env=env(kitchen)).out.splitlines()[1].startswith("=CMD")
    assert spacectl_inprocess(*line, "--csv-safe", env=env(kitchen)).out.splitlines()[1].startswith("'=CMD")
