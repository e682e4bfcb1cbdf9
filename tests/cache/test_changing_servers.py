"""A server that is another one than it was when its descriptors were kept: the answer is the one of a first call."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from peers.command import Result, Spacectl
from peers.protosets import Api
from peers.recorder import Failure
from peers.server import Server
from shop import shop

Serving = Callable[..., Any]
Run = Callable[..., Result]
MakeApi = Callable[[dict[str, str]], Api]
PEN = "shop.v1.Pen"


def kinds(server: Server) -> list[str]:
    """What reflection was asked, version v1alpha alone: the other version's attempts are UNIMPLEMENTED."""
    return [request.WhichOneof("message_request") for _, request in server.reflections]


def paths(server: Server) -> list[str]:
    return [call.method for call in server.calls]


def ok(result: Result) -> Any:
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)


def test_a_warm_call_makes_one_request(kitchen: Server, spacectl: Spacectl) -> None:
    line = ("--endpoint", kitchen.endpoint, "get", "kitchen.Dish", "-p", "dish_id=dish-00001", "-o", "json")
    cold = spacectl(*line)
    assert kitchen.reflections != []
    kitchen.forget()
    warm = spacectl(*line)
    assert (paths(kitchen), kinds(kitchen)) == (["kitchen.v2.Dish/get"], [])
    assert (warm.status, warm.out, warm.err) == (0, cold.out, "")


def test_refresh_asks_the_server_and_keeps_the_answer(kitchen: Server, spacectl: Spacectl) -> None:
    line = ("--endpoint", kitchen.endpoint, "list", "kitchen.Recipe")
    first = spacectl(*line)
    kitchen.forget()
    assert spacectl("--refresh", *line).out == first.out
    assert kinds(kitchen)[0] == "list_services"
    kitchen.forget()
    assert spacectl(*line).out == first.out
    assert kinds(kitchen) == []


def test_several_requests_ask_for_descriptors_once(api: MakeApi, serving: Serving, call: Run, home: Path) -> None:
    (home / "pens.yml").write_text("name: a\n---\nname: b\n---\nname: c\n")
    with serving(api(shop())) as server:
        assert call("exec", "create", "shop.Pen", "-f", "pens.yml").status == 0
        assert len(server.calls) == 3
        assert kinds(server).count("list_services") == 1


def test_a_verb_that_is_new_is_found(api: MakeApi, serving: Serving, call: Run) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(shop(verbs="rpc sharpen (Request) returns (PenInfo) {}"))) as server:
        ok(call("exec", "sharpen", "shop.Pen", "-o", "json"))
        assert paths(server) == [f"{PEN}/sharpen"]


def test_a_request_field_that_is_new_is_sent(api: MakeApi, serving: Serving, call: Run) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(shop(request="int32 length = 3;"))) as server:
        ok(call("exec", "create", "shop.Pen", "-p", "length=7", "-o", "json"))
        assert [one.requests for one in server.calls] == [[{"length": 7}]]


def test_an_answer_field_that_is_new_is_shown_from_the_same_answer(api: MakeApi, serving: Serving, call: Run) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    answers = {f"{PEN}/create": [{"pen_id": "pen-1", "length": 7}]}
    with serving(api(shop(fields="int32 length = 4;")), answers) as server:
        assert ok(call("exec", "create", "shop.Pen", "-o", "json")) == {"pen_id": "pen-1", "length": 7}
        assert paths(server) == [f"{PEN}/create"]
        assert kinds(server) != []


@pytest.mark.parametrize("output", ["json", "table", "csv", "yaml", "jsonl"])
def test_rows_with_a_new_field_are_shown_as_a_first_call_would(
    api: MakeApi, serving: Serving, call: Run, output: str
) -> None:
    rows = [{"pen_id": "pen-1"}, {"pen_id": "pen-2", "maker": "x", "colour": "BLUE"}, {"pen_id": "pen-3", "maker": "y"}]
    answers = {f"{PEN}/list": [{"results": rows, "total_count": 3}]}
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(shop(fields="string maker = 4;")), answers) as server:
        warm = call("list", "shop.Pen", "-o", output)
        assert paths(server) == [f"{PEN}/list"]
        fresh = call("--refresh", "list", "shop.Pen", "-o", output)
    assert warm == fresh


def test_later_answers_of_a_batch_are_read_with_the_newer_descriptors_too(
    api: MakeApi, serving: Serving, call: Run, home: Path
) -> None:
    (home / "pens.yml").write_text("name: a\n---\nname: b\n---\nname: c\n")
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    answers = {f"{PEN}/create": [{"pen_id": "pen-1", "maker": "x"}]}
    with serving(api(shop(fields="string maker = 4;")), answers) as server:
        done = call("exec", "create", "shop.Pen", "-f", "pens.yml", "-o", "json")
        assert done.out.count('"maker": "x"') == 3
        assert len(server.calls) == 3


def test_a_field_whose_type_changed_is_read_with_the_newer_descriptors(
    api: MakeApi, serving: Serving, call: Run
) -> None:
    with serving(api(shop(fields="string data = 4;"))):
        ok(call("get", "shop.Pen", "-o", "json"))
    answers = {f"{PEN}/get": [{"data": "/////w=="}]}  # no UTF-8
    with serving(api(shop(fields="bytes data = 4;")), answers) as server:
        assert ok(call("get", "shop.Pen", "-o", "json")) == {"data": "/////w=="}
        assert paths(server) == [f"{PEN}/get"]


def test_a_verb_that_moved_to_another_version_is_called_there_once(api: MakeApi, serving: Serving, call: Run) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(shop("shop.v2"))) as server:
        ok(call("exec", "create", "shop.Pen", "-p", "name=x", "-o", "json"))
        assert paths(server) == ["shop.v2.Pen/create"]


def test_a_write_that_the_server_does_not_implement_is_tried_once(api: MakeApi, serving: Serving, call: Run) -> None:
    with serving(api(shop()), {f"{PEN}/create": [Failure(12, "not yet")]}) as server:
        ok(call("get", "shop.Pen", "-o", "json"))
        server.forget()
        failed = call("exec", "create", "shop.Pen", "-p", "name=x")
        assert (failed.status, paths(server)) == (76, [f"{PEN}/create"])
        assert "not yet" in failed.err


@pytest.mark.parametrize("code", [2, 13, 14])
def test_a_write_that_failed_is_not_repeated(api: MakeApi, serving: Serving, call: Run, code: int) -> None:
    with serving(api(shop()), {f"{PEN}/create": [Failure(code, "no")]}) as server:
        ok(call("get", "shop.Pen", "-o", "json"))
        server.forget()
        assert call("exec", "create", "shop.Pen", "-p", "name=x").status == 64 + code
        assert paths(server) == [f"{PEN}/create"]


def test_a_service_that_is_gone_is_said_to_be_missing(api: MakeApi, serving: Serving, call: Run) -> None:
    other = {"cars/v1/car.proto": shop("cars.v1")["cars/v1/pen.proto"].replace("service Pen", "service Car")}
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(other)) as server:
        failed = call("get", "shop.Pen")
        assert (failed.status, server.calls) == (2, [])
        assert "'Pen'" in failed.err
        ok(call("get", "shop.Car", "-o", "json"))
        assert paths(server) == ["cars.v1.Car/get"]


def test_another_server_at_the_same_address_is_called_by_its_own_names(
    api: MakeApi, serving: Serving, call: Run
) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(shop("stall.v1")), {"stall.v1.Pen/get": [{"name": "other"}]}) as server:
        assert ok(call("get", "stall.Pen", "-o", "json")) == {"name": "other"}
        assert paths(server)[-1] == "stall.v1.Pen/get"


def test_a_server_that_lost_its_reflection_still_gives_its_answer(api: MakeApi, serving: Serving, call: Run) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    answers = {f"{PEN}/create": [{"pen_id": "pen-1", "maker": "x"}]}
    with serving(api(shop(fields="string maker = 4;")), answers, reflection=None) as server:
        # the answer of a write is there: what its new field is called cannot be known, the rest is shown
        assert ok(call("exec", "create", "shop.Pen", "-o", "json")) == {"pen_id": "pen-1"}
        assert paths(server) == [f"{PEN}/create"]


def test_the_same_file_names_on_two_endpoints_do_not_mix(
    start_recorder: Callable[..., Server], api: MakeApi, spacectl: Spacectl
) -> None:
    for maker in ("left", "right"):
        made = api(shop(fields=f"string {maker} = 4;"))
        server = start_recorder(made, {f"{PEN}/get": [{maker: "x"}]})
        for _ in range(2):
            assert ok(spacectl("--endpoint", server.endpoint, "get", "shop.Pen", "-o", "json")) == {maker: "x"}


def test_what_is_older_than_an_hour_is_asked_for_before_a_call_that_writes(
    api: MakeApi, serving: Serving, call: Run, cache: Path
) -> None:
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    an_hour_ago = time.time() - 3601
    for path in cache.rglob("*.*"):
        os.utime(path, (an_hour_ago, an_hour_ago))
    # number 2 means something else now: with the old schema the name would be written into the address
    text = {
        name: body.replace("string name = 2; ", "string address = 2; string name = 9; ")
        for name, body in shop().items()
    }
    with serving(api(text)) as server:
        ok(call("exec", "create", "shop.Pen", "-p", "name=x", "-o", "json"))
        assert [one.requests for one in server.calls] == [[{"name": "x"}]]


def test_a_refresh_of_one_resource_makes_what_is_kept_of_the_others_old(
    api: MakeApi, serving: Serving, call: Run
) -> None:
    pen = shop()["shop/v1/pen.proto"]
    ink = pen.replace("Pen", "Ink").replace("Request", "InkRequest")
    changed = ink.replace("string name = 2; ", "string label = 2; string name = 9; ")
    before, after = ({"shop/v1/pen.proto": pen, "shop/v1/ink.proto": text} for text in (ink, changed))
    with serving(api(before)):
        ok(call("get", "shop.Pen", "-o", "json"))
        ok(call("get", "shop.Ink", "-o", "json"))
    with serving(api(after)) as server:
        ok(call("--refresh", "get", "shop.Pen", "-o", "json"))
        ok(call("exec", "create", "shop.Ink", "-p", "name=x", "-o", "json"))
        assert server.last.requests == [{"name": "x"}]


@pytest.mark.parametrize("verb", ["get", "list"])
def test_an_enum_value_that_is_new_has_its_name_from_the_same_answer(
    api: MakeApi, serving: Serving, call: Run, verb: str
) -> None:
    rows = [{"pen_id": "pen-1", "colour": "BLUE"}, {"pen_id": "pen-2", "colour": "RED"}]
    answers = {f"{PEN}/get": rows[1:], f"{PEN}/list": [{"results": rows}]}
    with serving(api(shop())):
        ok(call("get", "shop.Pen", "-o", "json"))
    with serving(api(shop(colours="RED = 2;")), answers) as server:
        shown = ok(call(verb, "shop.Pen", "-o", "json"))
        assert paths(server) == [f"{PEN}/{verb}"]
    assert shown == (rows[1] if verb == "get" else {"results": rows})


def test_an_enum_value_that_no_one_knows_is_shown_as_its_number(api: MakeApi, serving: Serving, call: Run) -> None:
    made = api(shop(colours="RED = 2;"))
    unknown = made.message("shop.v1.PenInfo")
    unknown.MergeFromString(b"\x18\x63")  # field 3 is 99
    with serving(made, {f"{PEN}/get": [unknown]}) as server:
        for _ in range(2):
            assert ok(call("get", "shop.Pen", "-o", "json")) == {"colour": 99}
        assert len(server.calls) == 2
