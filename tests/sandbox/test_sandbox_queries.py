"""Queries of the sandbox against a plain Python oracle, and figures over rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rpc_caller import Caller

from spacectl.sandbox.server import start

NAMES = ["Alpha", "alphabet", "beta-1", "Beta-2", "감마", "delta.x"]
ROWS: list[dict[str, Any]] = [
    {"name": name, "data": data, "instance_size": size, "ip_addresses": ips}
    for name, data, size, ips in zip(
        NAMES,
        [{"n": 1, "t": "x"}, {"n": 2.5}, {"n": True}, {"l": ["a", "B"]}, {"d": {"e": "Deep"}}, {"n": None}],
        [1, 2, 2, 0, 4, 8],
        [["10.0.0.1"], ["10.0.0.1", "10.0.0.2"], [], ["::1"], [], ["10.0.0.9"]],
        strict=True,
    )
]
GONE = object()


@pytest.fixture(scope="module")
def rows() -> Iterator[Caller]:
    sandbox = start(":memory:", address="127.0.0.1:0")
    caller = Caller(sandbox.endpoint)
    for row in caller("inventory.CloudService.list")["results"]:
        caller("inventory.CloudService.delete", cloud_service_id=row["cloud_service_id"])
    for row in ROWS:
        kind = {"provider": "p", "cloud_service_group": "G", "cloud_service_type": "T"}
        caller("inventory.CloudService.create", **row, **kind)
    yield caller
    caller.close()
    sandbox.stop()


def listed(call: Caller, **query: Any) -> list[str]:
    """The names that a query finds; the total must say the same where nothing cuts it."""
    answer = call("inventory.CloudService.list", query=query)
    names = [row.get("name", "") for row in answer.get("results", [])]
    if "page" not in query:
        assert answer.get("total_count", 0) == len(names)
    return names


def value_of(row: dict[str, Any], key: str) -> Any:
    value: Any = row
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return GONE
        value = value[part]
    return GONE if value in ("", []) and key in ("name", "ip_addresses") else value


def some(value: Any, holds: Callable[[Any], bool]) -> bool:
    return any(holds(one) for one in (value if isinstance(value, list) else [value]))


def kind(value: Any) -> str:
    return {bool: "b", int: "n", float: "n", str: "s"}.get(type(value), "")


def same(value: Any, want: Any) -> bool:
    if want is None:
        return value is GONE or value is None
    return some(value, lambda one: kind(one) == kind(want) and one == want)


def has(value: Any, want: Any) -> bool:
    return some(value, lambda one: isinstance(one, str) and str(want).lower() in one.lower())


def compares(value: Any, want: Any, sign: str) -> bool:
    tests = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b}
    return some(value, lambda one: bool(kind(want)) and kind(one) == kind(want) and bool(tests[sign](one, want)))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": same,
    "not": lambda value, want: not same(value, want),
    "gt": lambda value, want: compares(value, want, "gt"),
    "gte": lambda value, want: compares(value, want, "gte"),
    "lt": lambda value, want: compares(value, want, "lt"),
    "lte": lambda value, want: compares(value, want, "lte"),
    "contain": lambda value, want: has(value, want) if isinstance(want, str) else same(value, want),
    "not_contain": lambda value, want: not has(value, want),
    "regex": lambda value, want: some(value, lambda one: isinstance(one, str) and bool(re.search(want, one, re.I))),
    "in": lambda value, want: any(same(value, one) for one in want),
    "not_in": lambda value, want: not any(same(value, one) for one in want),
    "contain_in": lambda value, want: any(has(value, one) for one in want),
    "not_contain_in": lambda value, want: any(not has(value, one) for one in want),
    "regex_in": lambda value, want: any(ORACLE["regex"](value, one) for one in want),
    "exists": lambda value, want: (value is not GONE) == want,
}
KEYS = ["name", "data.n", "data.t", "data.l", "data.d.e", "instance_size", "ip_addresses", "data.nothing"]
SCALARS = st.sampled_from(["Alpha", "alpha", "beta", "a", "B", "Deep", "10.0.0.1", 0, 1, 2, 2.5, 4, True, False])
TEXTS = st.sampled_from(["al", "BETA", "-", "감", "10.0", "e", "zzz", "."])


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, Any]:
    operator = draw(st.sampled_from(sorted(ORACLE)))
    if operator == "exists":
        want = draw(st.booleans())
    elif operator == "contain":
        want = draw(TEXTS | st.sampled_from([0, 1, 2.5, 4, True]))
    elif operator in ("not_contain", "regex"):
        want = draw(TEXTS)
    elif operator in ("contain_in", "not_contain_in", "regex_in"):
        want = draw(st.lists(TEXTS, min_size=1, max_size=3))
    elif operator in ("in", "not_in"):
        want = draw(st.lists(SCALARS, max_size=3))
    else:
        want = draw(SCALARS if operator not in ("eq", "not") else SCALARS | st.none())
    return draw(st.sampled_from(KEYS)), operator, want


def holds(row: dict[str, Any], condition: tuple[str, str, Any]) -> bool:
    key, operator, want = condition
    return ORACLE[operator](value_of(row, key), want)


@given(every=st.lists(conditions(), max_size=3), one_of=st.lists(conditions(), max_size=3), short=st.booleans())
def test_filters_find_the_rows_that_the_oracle_finds(
    rows: Caller, every: list[tuple[str, str, Any]], one_of: list[tuple[str, str, Any]], short: bool
) -> None:
    names = ("k", "o", "v") if short else ("key", "operator", "value")
    wanted = [
        row["name"]
        for row in ROWS
        if all(holds(row, one) for one in every) and (not one_of or any(holds(row, one) for one in one_of))
    ]
    found = listed(
        rows,
        filter=[dict(zip(names, one, strict=True)) for one in every],
        filter_or=[dict(zip(names, one, strict=True)) for one in one_of],
    )
    assert sorted(found) == sorted(wanted)


@given(start_at=st.integers(0, 8), limit=st.integers(1, 8), size_down=st.booleans(), name_down=st.booleans())
def test_pages_are_cut_from_rows_sorted_by_every_key(
    rows: Caller, start_at: int, limit: int, size_down: bool, name_down: bool
) -> None:
    sort = [{"key": "instance_size", "desc": size_down}, {"key": "name", "desc": name_down}]
    ordered = sorted(ROWS, key=lambda row: row["name"], reverse=name_down)
    ordered = sorted(ordered, key=lambda row: row["instance_size"], reverse=size_down)
    first = max(start_at, 1) - 1
    answer = rows("inventory.CloudService.list", query={"sort": sort, "page": {"start": start_at, "limit": limit}})
    assert [row["name"] for row in answer.get("results", [])] == [row["name"] for row in ordered][first : first + limit]
    assert answer["total_count"] == len(ROWS)


def test_keyword_only_minimal_and_count_only_do_what_they_say(rows: Caller) -> None:
    assert listed(rows, keyword="ALPHA 감마") == ["Alpha", "alphabet", "감마"]
    deep = rows("inventory.CloudService.list", query={"only": ["data.d.e"], "keyword": "감마"})["results"][0]
    assert deep == {"cloud_service_id": deep["cloud_service_id"], "data": {"d": {"e": "Deep"}}}
    minimal = rows("inventory.CloudService.list", query={"minimal": True})["results"][0]
    assert "created_at" not in minimal
    assert minimal["name"]
    assert rows("inventory.CloudService.list", query={"count_only": True}) == {"total_count": len(ROWS)}


def test_moments_can_be_compared(rows: Caller) -> None:
    def moment(operator: str, value: str) -> list[str]:
        return listed(rows, filter=[{"k": "created_at", "o": operator, "v": value}])

    assert len(moment("gt", "2022-04-01")) == len(ROWS)
    assert len(moment("datetime_gt", "2022-04-01T00:00:00Z")) == len(ROWS)
    assert moment("datetime_lt", "2022-04-01") == []
    assert len(moment("timediff_gt", "now-1d")) == len(ROWS)
    assert moment("timediff_gt", "now+1h") == []


def test_stat_counts_groups_sorts_and_finds_distinct_values(rows: Caller) -> None:
    def stat(**query: Any) -> Any:
        return rows("inventory.CloudService.stat", query=query)["results"]

    assert stat(distinct="instance_size") == [0, 1, 2, 4, 8]
    assert stat(aggregate=[{"count": {"name": "n"}}]) == [{"n": len(ROWS)}]
    group = {
        "keys": [{"k": "provider", "n": "provider"}],
        "fields": [
            {"n": "n", "o": "count"},
            {"n": "sum", "k": "instance_size", "o": "sum"},
            {"n": "max", "k": "instance_size", "o": "max"},
            {"n": "big", "o": "count", "conditions": [{"k": "instance_size", "v": 2, "o": "gt"}]},
        ],
    }
    assert stat(aggregate=[{"group": group}]) == [{"provider": "p", "n": 6, "sum": 17, "max": 8, "big": 2}]
    by_ip = {"keys": [{"k": "ip_addresses", "n": "ip"}], "fields": [{"n": "n", "o": "count"}]}
    steps = [
        {"unwind": {"path": "ip_addresses"}},
        {"group": by_ip},
        {"sort": [{"key": "n", "desc": True}]},
        {"limit": 1},
    ]
    assert stat(aggregate=steps) == [{"ip": "10.0.0.1", "n": 2}]


def test_analyze_groups_in_one_step_and_says_whether_there_is_more(rows: Caller) -> None:
    query = {
        "group_by": ["instance_size"],
        "fields": {"n": {"operator": "count"}},
        "sort": [{"key": "n", "desc": True}],
        "page": {"limit": 1},
    }
    answer = rows("inventory.CloudService.analyze", query=query)
    assert answer == {"results": [{"instance_size": 2, "n": 2}], "more": True}


def test_plugins_are_sorted_as_asked(rows: Caller) -> None:
    found = rows("repository.Plugin.list", query={"sort": [{"key": "provider", "desc": True}], "only": ["provider"]})
    names = [row["provider"] for row in found["results"]]
    assert names == sorted(names, reverse=True)


def test_an_invalid_regex_is_refused_and_not_a_crash(rows: Caller) -> None:
    with pytest.raises(grpc.RpcError, match="ERROR_DB_QUERY"):
        listed(rows, filter=[{"k": "name", "v": "(", "o": "regex"}])


def test_providers_come_by_their_order_and_then_by_name(call: Caller) -> None:
    for provider, order in (("c", 2), ("a", 10), ("b", 2)):
        call("identity.Provider.create", provider=provider, name=provider, order=order)
    found = call("identity.Provider.list", query={"filter": [{"k": "provider", "v": ["a", "b", "c"], "o": "in"}]})
    assert [row["provider"] for row in found["results"]] == ["b", "c", "a"]
