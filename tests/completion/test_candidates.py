"""What is offered, from the table of commands, the environments on disk and the cache."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_table import table as made_from_click
from peers.command import clean_environment
from peers.protosets import Api

from spacectl import config
from spacectl.completion import table, words
from spacectl.completion.known import Known
from spacectl.rpc.outline import outline

Offers = Callable[..., list[str]]
WRITE = "python tests/completion/command_table.py > spacectl/completion/commands.tsv"


def test_the_table_is_what_click_knows() -> None:
    assert Path(table.TABLE).read_text(encoding="utf-8").splitlines() == made_from_click().splitlines(), WRITE


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["li"], ["list"]),
        (["config", "en"], ["endpoint", "environment"]),
        (["config", "endpoint", ""], ["add", "remove", "show", "sync"]),
        (["list", "kitchen.Dish", "--out"], ["--output"]),
        (["list", "kitchen.Dish", "-o", "js"], ["json", "jsonl"]),
        (["list", "kitchen.Dish", "--output=js"], ["--output=json", "--output=jsonl"]),
        (["list", "kitchen.Dish", "-ojs"], ["-ojson", "-ojsonl"]),
        (["--environment", ""], ["dev", "my company", "sandbox"]),
        (["--environment=d"], ["--environment=dev"]),
        (["config", "environment", "-s", "my"], ["my company"]),
        (["config", "endpoint", "remove", ""], ["kitchen", "identity", "cellar"]),
        (["config", "set", "x_d"], ["x_domain_id"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["exec", "sea"], ["season"]),
        (["exec", "season", ""], ["kitchen.Dish", "identity."]),
        (["exec", "Sum", "kitchen.K"], ["kitchen.Kitchen"]),
        (["get", "kitchen."], ["kitchen.Shelf", "kitchen.Dish"]),
        (["list", "cel"], []),
        (["season", "kitchen.Dish", "-p", "di"], ["dish_id="]),
        (["list", "ide"], ["identity."]),
        (["get", "kitchen.Dish", "-v", ""], ["v2", "v1"]),
        (["get", "kitchen.Dish", "-p", "dish"], ["dish_id="]),
        (["get", "kitchen.Dish", "dish"], ["dish_id="]),
        (["get", "kitchen.Dish", "-p", "dish_id=x", "-p", "dish"], []),
        (["list", "kitchen.Dish", "-p", "query.pa"], ["query.page=", "query.page."]),
        (["list", "kitchen.Dish", "-p", "query.page.l"], ["query.page.limit="]),
        (["list", "kitchen.Dish", "-p", "query.minimal="], ["query.minimal=true", "query.minimal=false"]),
        (["exec", "create", "kitchen.Dish", "-p", "state=R"], ["state=RAW"]),
        (["exec", "create", "kitchen.Dish", "-p", "state=r"], ["state=raw"]),
        (["exec", "create", "kitchen.Dish", "--parameter=state=R"], ["--parameter=state=RAW"]),
        (["list", "kitchen.Dish", "-c", "dish"], ["dish_id"]),
        (["list", "kitchen.Dish", "-c", "dish_id,na"], ["dish_id,name"]),
        (["list", "kitchen.Dish", "-c", "dish_id,dish"], []),
        (["list", "kitchen.Dish", "-c", "cook.n"], ["cook.name"]),
        (["list", "kitchen.Dish", "-s", "-na"], ["-name"]),
        (["list", "kitchen.Dish", "-s", "na"], ["name"]),
        (["list", "kitchen.Dish", "-f", ""], ["<files>"]),
        (["list", "kitchen.Dish", "-t", ""], ["<files>"]),
        (["explain", "kitchen.Dish.se"], ["kitchen.Dish.season"]),
        (["explain", "kitchen.Dish.create.st"], ["kitchen.Dish.create.state"]),
        (["list", "kitchen.Dish", "--", "--out"], []),
        (["no", "such", "thing"], []),
        (["list", "nowhere.Thing", "-p", ""], []),
    ],
    ids=" ".join,
)
def test_a_line_is_offered(offers: Offers, line: list[str], expected: list[str]) -> None:
    assert offers(*line) == expected


def test_verbs_are_offered_over_all_resources_and_then_the_resources_that_have_one(offers: Offers) -> None:
    verbs = offers("exec", "")
    assert {"Sum", "create", "get", "look_at_cellar"} <= set(verbs)
    for verb in verbs:
        resources = [one for one in offers("exec", verb, "") if not one.endswith(".")]
        assert resources != [], verb
        assert all(verb in offers("exec", verb) for _ in resources)


def test_an_endpoint_of_the_line_is_looked_up_by_itself(offers: Offers, filled_home: Path) -> None:
    url = Known({"HOME": str(filled_home)}).endpoints()["kitchen"]
    assert "kitchen.Dish" in offers("--endpoint", url, "list", "")
    assert offers("--endpoint", "grpc://nowhere:1", "list", "") == []
    assert "kitchen.Dish" in offers("list", "", SPACECTL_ENVIRONMENT="none", SPACECTL_ENDPOINT_KITCHEN=url)
    assert offers("--environment", "my company", "list", "") == ["plugin."]


def test_environments_and_places_are_those_of_the_command(filled_home: Path, tmp_path: Path) -> None:
    for more in ({}, {"SPACECTL_ENDPOINT_KITCHEN": "grpc://x:1", "SPACECTL_ENDPOINT_NEW": "grpc://y:2"}):
        for name in (None, "dev", "my company"):
            environ = {"HOME": str(filled_home), **more}
            assert Known(environ, name).endpoints() == config.load(environ, name).endpoints
    other = {"HOME": str(tmp_path), "SPACECTL_CONFIG_DIR": str(filled_home / ".spaceone")}
    assert Known(other).environments() == ["dev", "my company", "sandbox"]


def test_the_outline_says_what_a_request_takes_and_a_row_has(kitchen_api: Api) -> None:
    files = {file.name: file for file in kitchen_api.files.file}
    lines = [line.split("\t") for line in outline("kitchen.v1.Dish", files).split("\n")]
    service = kitchen_api.pool.FindServiceByName("kitchen.v1.Dish")
    assert [cells[0] for cells in lines[::2]] == [method.name for method in service.methods]
    for method, request, row in zip(service.methods, lines[::2], lines[1::2], strict=True):
        top = [cell.partition(":")[0] for cell in request[1:] if "." not in cell.partition(":")[0]]
        assert top == [field.name for field in method.input_type.fields]
        results = method.output_type.fields_by_name.get("results")
        columns = [cell.partition(":")[0] for cell in row[1:] if "." not in cell.partition(":")[0]]
        if results is not None and not results.message_type.full_name.startswith("google."):
            assert columns == [field.name for field in results.message_type.fields]
        else:
            assert row[0] == "="


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c", (["a", "b"], "c", "")),
        ("a b ", (["a", "b"], "", "")),
        ('a "b c', (["a"], "b c", '"')),
        ("a 'b \\", (["a"], "b \\", "'")),
        ("a b\\ c", (["a"], "b c", "")),
        ("a 'b''c' ", (["a", "bc"], "", "")),
        ('a "" ', (["a", ""], "", "")),
        ('a "x\\"y', (["a"], 'x"y', '"')),
        ("", ([], "", "")),
    ],
)
def test_a_line_is_split_as_a_shell_splits_it(text: str, expected: tuple[list[str], str, str]) -> None:
    assert words.split(text) == expected


LOADED = """
import io, json, sys
from spacectl.__main__ import main
sys.argv = ["spacectl", "__complete", *json.loads(sys.argv[1])]
sys.stdout = io.StringIO()
main()
text, sys.stdout = sys.stdout.getvalue(), sys.__stdout__
print(json.dumps([text, sorted(sys.modules)]))
"""


def test_nothing_that_would_be_felt_is_imported_and_no_server_is_asked(filled_home: Path) -> None:
    words = ["bash", "spacectl exec create kitchen.Dish -p state=", ""]
    program = [sys.executable, "-c", LOADED, json.dumps(words)]
    environment = clean_environment(filled_home)
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=True, timeout=30)
    text, modules = json.loads(done.stdout)
    assert {"RAW ", "COOKED "} <= set(text.splitlines())
    unwanted = ("click", "grpc", "google", "yaml", "socket", "dataclasses", "inspect", "spacectl.app", "spacectl.cli")
    assert [name for name in unwanted if name in modules] == []


@pytest.mark.parametrize("spoil", [b"", b"\xff\xfe garbage\n\n\t:\n", b"spacectl-cache-3 \ngrpc://x:1\n\n\x1b[2J\n"])
def test_a_spoilt_cache_or_configuration_offers_less_and_never_fails(
    offers: Offers, tmp_path: Path, filled_home: Path, spoil: bytes
) -> None:
    import shutil

    home = shutil.copytree(filled_home, tmp_path / "spoilt")
    for path in [*home.rglob("*.outline"), *home.rglob("*.services"), *home.rglob("*.yml")]:
        path.write_bytes(spoil)
    for line in (["list", ""], ["exec", ""], ["--environment", ""], ["get", "kitchen.Dish", "-p", ""]):
        found = offers(*line, HOME=str(home))
        assert all(one.isprintable() for one in found)
