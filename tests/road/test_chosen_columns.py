"""-c, -t, -s, -l, -m and -a: what the server is asked for, and what is shown of its answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from peers.command import Result
from peers.protosets import Api
from peers.server import Server
from quiet_peers import kitchen_env

from spacectl import columns

Run = Callable[..., Result]
ROWS: list[dict[str, Any]] = [
    {
        "dish_id": "dish-1",
        "cook": {"name": "Ann"},
        "ingredients": ["salt", "water"],
        "tags": {
            "order": 4,
            "dotted.key": "whole",
            "list": [{"key": "Name", "value": "web"}, {"key": "Team", "value": "b"}, {"key": "Nick", "value": "w"}],
        },
    },
    {"dish_id": "dish-2", "tags": {"list": []}},
    {"dish_id": "dish-3", "cook": {"email": "x"}, "tags": {"list": [{"key": "Name"}, "odd"]}},
]


@pytest.fixture
def listed(kitchen_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run) -> Callable[..., Any]:
    """The rows that `list` prints, as JSON, and the query that the server got."""
    server = start_recorder(kitchen_api, {"kitchen.v1.Dish/list": [{"results": ROWS, "total_count": 3}]})

    def run(*arguments: str, output: str = "json") -> tuple[Any, dict[str, Any]]:
        result = spacectl_inprocess("list", "kitchen.Dish", "-o", output, *arguments, env=kitchen_env(server))
        assert (result.status, result.err) == (0, "")
        printed = json.loads(result.out)["results"] if output == "json" else result.out
        return printed, server.last.requests[0].get("query", {})

    return run


@pytest.mark.parametrize(
    ("column", "values", "asked"),
    [
        ("dish_id", ["dish-1", "dish-2", "dish-3"], "dish_id"),
        ("cook.name", ["Ann", None, None], "cook.name"),
        ("cook", [{"name": "Ann"}, None, {"email": "x"}], "cook"),
        ("ingredients.0", ["salt", None, None], "ingredients"),
        ("ingredients.-1", ["water", None, None], "ingredients"),
        ("ingredients.7", [None, None, None], "ingredients"),
        ("tags.order", [4, None, None], "tags.order"),
        ("tags.dotted.key", ["whole", None, None], "tags.dotted.key"),
        ("tags.list.1.value", ["b", None, None], "tags.list"),
        ("tags.list.value", [["web", "b", "w"], None, None], "tags.list.value"),
        ("tags.list.?key:=Name=>value", [["web"], None, None], "tags.list"),
        ("tags.list.?key:=N=>value", [None, None, None], "tags.list"),
        ("tags.list.?key:N=>value", [["web", "w"], None, None], "tags.list"),
        ("tags.list.?key:!Name=>value", [["b", "w"], None, None], "tags.list"),
        ("tags.?key:=dotted.key=>value", [["whole"], None, None], "tags"),
        ("nowhere.at.all", [None, None, None], "nowhere.at.all"),
    ],
)
def test_a_column_is_a_path_into_each_row(
    column: str, values: list[Any], asked: str, listed: Callable[..., Any]
) -> None:
    rows, query = listed("-c", column)
    assert rows == [{column: value} for value in values]
    assert query == {"only": [asked]}


def test_a_title_is_shown_and_the_path_is_asked_for(listed: Callable[..., Any]) -> None:
    rows, query = listed("-c", "dish_id|Dish,tags.list.?key:=Name=>value|Tag: name, cook.name | The Cook")
    assert list(rows[0]) == ["Dish", "Tag: name", "The Cook"]
    assert query == {"only": ["dish_id", "tags.list", "cook.name"]}


@pytest.mark.parametrize(
    ("output", "missing"), [("table", ""), ("csv", ""), ("yaml", None), ("json", None), ("jsonl", None)]
)
def test_what_a_row_lacks_is_blank_for_people_and_null_for_programs(
    output: str, missing: str | None, listed: Callable[..., Any], spacectl_inprocess: Run
) -> None:
    printed, _ = listed("-c", "cook.name|Cook,dish_id", output=output)
    if output == "json":
        cells = [row["Cook"] for row in printed]
    elif output == "jsonl":
        cells = [json.loads(line)["Cook"] for line in printed.splitlines()]
    elif output == "yaml":
        cells = [row["Cook"] for row in yaml.safe_load(printed)["results"]]
    elif output == "csv":
        cells = [row["Cook"] for row in csv.DictReader(io.StringIO(printed, newline=""))]
    else:
        cells = [line.split("|")[0].strip() for line in printed.splitlines()[2:5]]
    assert cells == ["Ann", missing, missing]


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (("-l", "5"), {"page": {"limit": 5}}),
        (("-m",), {"minimal": True}),
        (("-m", "-c", "dish_id"), {"minimal": True}),
        (("-a", "-c", "dish_id"), {}),
        (("-s", "name"), {"sort": [{"key": "name"}]}),
        (("-s", "-name"), {"sort": [{"key": "name", "desc": True}]}),
        (("-s", "-Dish", "-c", "dish_id|Dish"), {"only": ["dish_id"], "sort": [{"key": "dish_id", "desc": True}]}),
        (("-s", "Cook", "-c", "cook.name|Cook"), {"only": ["cook.name"], "sort": [{"key": "cook.name"}]}),
        (
            ("-j", '{"query": {"filter": [{"k": "a", "v": 1, "o": "eq"}], "page": {"start": 3}}}', "-l", "2"),
            {"filter": [{"k": "a", "v": 1, "o": "eq"}], "page": {"start": 3, "limit": 2}},
        ),
    ],
)
def test_list_options_go_into_the_query(
    arguments: tuple[str, ...], query: dict[str, Any], listed: Callable[..., Any]
) -> None:
    assert listed(*arguments)[1] == query


def test_a_sort_is_one_message_where_the_query_says_so(kitchen: Server, spacectl_inprocess: Run) -> None:
    arguments = ("-s", "-Dish", "-c", "dish_id|Dish", "-o", "jsonl")
    for resource, sort in (("Dish", [{"key": "dish_id", "desc": True}]), ("Recipe", {"key": "dish_id", "desc": True})):
        result = spacectl_inprocess("list", f"kitchen.{resource}", *arguments, env=kitchen_env(kitchen))
        assert (result.status, result.err) == (0, "")
        assert kitchen.last.requests[0]["query"]["sort"] == sort
        assert [json.loads(line)["Dish"][-1] for line in result.out.splitlines()] == ["3", "2", "1"]


def test_a_list_without_a_query_is_shown_as_asked_all_the_same(kitchen: Server, spacectl_inprocess: Run) -> None:
    arguments = ("-l", "1", "-c", "dish_id", "-o", "quiet", "-p", "menu_id=m")
    result = spacectl_inprocess("list", "kitchen.Menu", *arguments, env=kitchen_env(kitchen))
    assert (result.status, result.out) == (0, "dish-00001\n")
    assert kitchen.last.requests == [{"menu_id": "m"}]
    for ignored in ("-m", "-a"):
        assert spacectl_inprocess("list", "kitchen.Menu", ignored, env=kitchen_env(kitchen)).status == 0
    sorted_ = spacectl_inprocess("list", "kitchen.Menu", "-s", "name", env=kitchen_env(kitchen))
    assert sorted_.status == 2
    assert "no sort" in sorted_.err


def test_all_columns_are_shown_with_a_in_spite_of_c(listed: Callable[..., Any]) -> None:
    assert listed("-a", "-c", "dish_id")[0] == ROWS


def test_a_template_file_gives_the_columns(listed: Callable[..., Any], home: Any) -> None:
    template = home / "columns.yml"
    template.write_text("template:\n  list:\n  - dish_id|Dish\n  - cook.name|Cook\n")
    rows, query = listed("-t", str(template))
    assert rows[0] == {"Dish": "dish-1", "Cook": "Ann"}
    assert query == {"only": ["dish_id", "cook.name"]}
    rows, _ = listed("-t", str(template), "-c", "dish_id")
    assert rows[0] == {"dish_id": "dish-1"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-c", ""), ""),
        (("-c", "a,,b"), "'' is no column"),
        (("-c", "a..b"), "no column"),
        (("-c", ".a"), "no column"),
        (("-c", "a|"), "no column"),
        (("-c", "a|b|c"), "no column"),
        (("-c", "a,a"), "two columns are called 'a'"),
        (("-c", "a,b|a"), "two columns are called 'a'"),
        (("-c", "tags.?key=>value"), "condition"),
        (("-c", "tags.?key:=Name"), "condition"),
        (("-c", "a,b", "-o", "quiet"), "one column"),
        (("-o", "quiet"), "one column"),
        (("-s", ""), "-s"),
        (("-s", "-"), "-s"),
        (("-l", "-1"), "-l"),
        (("-l", "many"), "-l"),
        (("-m", "-a"), "-a and -m"),
        (("-t", "nofile.yml"), "nofile.yml"),
    ],
)
def test_columns_and_limits_that_mean_nothing_are_refused(
    arguments: tuple[str, ...], words: str, kitchen: Server, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess("list", "kitchen.Dish", *arguments, env=kitchen_env(kitchen))
    if arguments == ("-c", ""):
        assert result.status == 0  # what an unset variable gives: no choice
        return
    assert (result.status, result.out) == (2, "")
    assert words in result.err


def test_the_words_of_a_server_that_knows_no_such_column_are_shown(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess("list", "kitchen.Dish", "-c", "nme", env=kitchen_env(kitchen))
    assert result.status == 67
    assert "No such column. (key = query.only, nme)" in result.err
    assert "\nhint: -c nme: rows have no such column; did you mean name?\n" in result.err


KEYS = st.sampled_from(["a", "b", "c", "0", "1"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["x", "y", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def walked(value: Any, path: list[str]) -> Any:
    """The value at a path, step by step, as one would do it by hand."""
    if not path:
        return value
    step, *rest = path
    if isinstance(value, dict):
        if step in value:
            return walked(value[step], rest)
        return value.get(".".join(path))
    if isinstance(value, list):
        if step.isdecimal():
            return walked(value[int(step)], rest) if int(step) < len(value) else None
        found = [inner for inner in (walked(item, path) for item in value) if inner is not None]
        return found or None
    return None


@given(row=st.dictionaries(KEYS, TREES), path=st.lists(KEYS, min_size=1, max_size=4))
def test_a_column_is_what_a_walk_by_hand_finds(row: dict[str, Any], path: list[str]) -> None:
    [column] = columns.parse(".".join(path))
    assert column.value(row) == walked(row, path)


@given(
    items=st.lists(st.dictionaries(st.sampled_from(["key", "value"]), st.sampled_from(["x", "xy", "y", 4, True]))),
    operator=st.sampled_from(["=", "!", ""]),
    wanted=st.sampled_from(["x", "y", "4", "true"]),
)
def test_a_condition_picks_what_a_comparison_by_hand_picks(
    items: list[dict[str, Any]], operator: str, wanted: str
) -> None:
    [column] = columns.parse(f"tags.?key:{operator}{wanted}=>value")
    chosen = []
    for item in items:
        text = {True: "true", None: ""}.get(item.get("key"), str(item.get("key")))
        fits = {"=": text == wanted, "!": text != wanted, "": wanted in text}[operator]
        if fits and "value" in item:
            chosen.append(item["value"])
    assert column.value({"tags": items}) == (chosen or None)


@given(text=st.text(alphabet="ab.|?:=!> ,0-한\\\n", max_size=14))
def test_any_text_is_columns_or_a_usage_error(text: str) -> None:
    try:
        parsed = columns.parse(text)
    except columns.UsageError:
        return
    assert parsed
    for column in parsed:
        column.value({"a": [{"b": 1}], "b": {"0": None}})
