"""-o name, --table-style, and the bar of lists of many pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from peers.command import Result, Spacectl
from peers.kitchen import rows
from peers.protosets import Api
from peers.server import Exchange, Server, serve
from tabulate import tabulate, tabulate_formats

from spacectl.errors import UsageError
from spacectl.output.names import names
from spacectl.output.printer import Layout, Printer

STYLES = sorted(set(tabulate_formats) - {"presto"})
EXAMPLE = Path(__file__).parents[2] / "examples" / "kubernetes-indexed-job.yaml"


@pytest.mark.parametrize(
    ("resource", "row", "name"),
    [
        ("repository.Plugin", {"repository_id": "repo-1", "plugin_id": "plugin-x"}, "repository.Plugin/plugin-x"),
        ("identity.ServiceAccount", {"service_account_id": "sa-1"}, "identity.ServiceAccount/sa-1"),
        ("identity.APIKey", {"user_id": "u", "api_key_id": "key-1"}, "identity.APIKey/key-1"),
        ("repository.Plugin", {"name": "x", "repository_id": "repo-1"}, "repository.Plugin/repo-1"),
        ("a.B", {"x": 1, "id": 7}, "a.B/7"),
        ("identity.Provider", {"domain_id": "d", "provider": "aws", "name": "AWS"}, "identity.Provider/aws"),
        ("identity.User", {"user": {"a": 1}, "name": "Ann"}, "identity.User/Ann"),
    ],
)
def test_a_name_is_the_resource_and_the_id_of_the_row(resource: str, row: dict[str, Any], name: str) -> None:
    assert "".join(names([row], resource)) == f"{name}\n"


def test_an_answer_of_nothing_has_no_name_and_is_no_error() -> None:
    assert "".join(names([{}], "identity.Provider")) == ""


def test_a_row_without_any_name_is_an_error() -> None:
    with pytest.raises(UsageError, match="a row has no id, and no name"):
        list(names([{"state": "RAW"}], "a.B"))


def test_o_name_serves_lists_and_single_answers(kitchen: Server, spacectl_inprocess: Callable[..., Result]) -> None:
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    listed = spacectl_inprocess("list", "kitchen.Dish", "-o", "name", env=env)
    assert listed.out == "kitchen.Dish/dish-00001\nkitchen.Dish/dish-00002\nkitchen.Dish/dish-00003\n"
    one = spacectl_inprocess("get", "kitchen.Dish", "-v", "v1", "-p", "dish_id=dish-2", "-o", "name", env=env)
    assert one.out == "kitchen.Dish/dish-00002\n"


@given(cells=st.lists(st.tuples(st.text("ab <&|요", max_size=6).map(str.strip), st.integers(-9, 9)), min_size=1))
def test_every_style_looks_as_tabulate_draws_it(cells: list[tuple[str, int]]) -> None:
    dicts = [{"name": name, "count": count} for name, count in cells]
    texts = [(name, str(count)) for name, count in cells]
    for style in STYLES:
        out = StringIO(newline="")
        Printer(out, Layout("table", table_style=style)).listing(dicts, {}, ["name", "count"])
        drawn = tabulate(texts, ["name", "count"], style, disable_numparse=True, colalign=("left", "right"))
        assert out.getvalue() == drawn + "\n", style


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--table-style", "githb"), "did you mean github?"),
        (("--table-style", "grid", "-o", "json"), "--table-style grid: -o json is no table"),
    ],
)
def test_a_style_that_cannot_be_is_refused_before_the_call(
    kitchen: Server, spacectl_inprocess: Callable[..., Result], options: tuple[str, ...], words: str
) -> None:
    result = spacectl_inprocess("list", "kitchen.Dish", *options, env={"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint})
    assert (result.status, kitchen.calls) == (2, [])
    assert words in result.err


def slow_rows(exchange: Exchange) -> Iterator[Message]:
    time.sleep(0.15)
    yield from rows(exchange)


def test_a_list_of_many_pages_shows_how_far_it_is(spacectl: Spacectl, kitchen_api: Api) -> None:
    line = (
        "list",
        "kitchen.Dish",
        "-p",
        "rows=1500",
        "--all-pages",
        "--page-size",
        "100",
        "-c",
        "dish_id",
        "-o",
        "csv",
    )
    with serve(kitchen_api, {"kitchen.v1.Dish/list": slow_rows}) as server:
        env = {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint}
        result = spacectl(*line, env=env, tty=("stderr",))
        assert spacectl(*line, env=env).err == ""
    assert (result.status, len(result.out.splitlines())) == (0, 1501)
    assert "list kitchen.Dish" in result.err
    assert "/1500" in result.err


def test_the_example_of_an_indexed_job_sends_the_share_of_a_pod(
    tmp_path: Path, spacectl_inprocess: Callable[..., Result]
) -> None:
    job = yaml.safe_load(EXAMPLE.read_text())["spec"]
    container = job["template"]["spec"]["containers"][0]
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert job["completionMode"] == "Indexed"
    assert variables["SPACECTL_SHARDS"] == str(job["completions"])
    (tmp_path / "rows.csv").write_text("name,image\n" + "".join(f"plugin {n},pyengine/p-{n}\n" for n in range(8)))
    # the kubelet puts the variable in; the paths are those of the volumes
    line = [word.replace("$(JOB_COMPLETION_INDEX)", "1") for word in container["args"]]
    line = [word.replace("/input/", f"{tmp_path}/").replace("/journal/", f"{tmp_path}/") for word in line]
    env = {"SPACECTL_SHARDS": variables["SPACECTL_SHARDS"], "JOB_COMPLETION_INDEX": "1"}
    env["SPACECTL_DEFAULT_ENVIRONMENT"] = env["SPACECTL_ENVIRONMENT"] = "sandbox"
    result = spacectl_inprocess(*line, "-p", "service_type=notification.Protocol", "-p", "provider=x", env=env)
    assert (result.status, result.err) == (0, "")
    assert [value["name"] for value in yaml.safe_load_all(result.out)] == ["plugin 1", "plugin 5"]
    assert (tmp_path / "share-1.jsonl").is_file()
