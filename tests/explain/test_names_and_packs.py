"""Any name that is typed, and any place that a docs pack comes from."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.command import clean_environment, run_inprocess

WORDS = ("kitchen", "Kitchen", "Dish", "dish", "Echo", "create", "cook", "name", "v1", "request", "response", "plugin")
NAMES = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=5).map(".".join)
LOADED = """
import io, os, sys
from spacectl.cli import run
out = io.TextIOWrapper(io.BytesIO(), "utf-8")
status = run(sys.argv[1:], stdin=io.StringIO(), stdout=out, stderr=sys.stderr, environ=dict(os.environ))
print(status, *sorted(sys.modules))
"""
HEAVY = {"rich", "tabulate", "yaml", "importlib.metadata", "jinja2", "google.protobuf.json_format"}


@given(name=NAMES, form=st.sampled_from(("text", "json")))
@settings(max_examples=80)
def test_any_name_is_explained_or_refused_in_words(_kitchen_server, tmp_path_factory, name, form):
    env = {"SPACECTL_ENDPOINT_KITCHEN": _kitchen_server.endpoint}
    home = tmp_path_factory.getbasetemp()
    result = run_inprocess("explain", "-o", form, "--", name, home=home, env=env)
    assert result.status in (0, 2, 3)
    assert (result.status == 0) == (result.err == "")
    assert (result.status == 0) == (result.out != "")
    assert "internal error" not in result.err


@pytest.mark.parametrize("where", ["before the command", "after it", "both"])
def test_the_option_counts_before_and_after_the_command(spacectl_inprocess, kitchen, kitchen_protoset, tmp_path, where):
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    pack = ("--protoset", str(kitchen_protoset))
    before, after = {"before the command": (pack, ()), "after it": ((), pack), "both": (pack, pack)}[where]
    result = spacectl_inprocess(*before, "explain", "kitchen.Dish.season", *after, env=env)
    assert (result.status, result.err) == (0, "")
    assert "In v1 only." in result.out


@pytest.mark.parametrize("written", ["docs.protoset", "[docs.protoset]", "[missing.protoset]", "{a: b}", "[1]", "['']"])
def test_an_environment_names_its_packs_relative_to_the_configuration(
    spacectl_inprocess, home, kitchen, kitchen_protoset, written
):
    folder = home / ".spaceone" / "environments"
    folder.mkdir(parents=True)
    (home / ".spaceone" / "docs.protoset").write_bytes(kitchen_protoset.read_bytes())
    (folder / "e.yml").write_text(f"endpoints: {{kitchen: '{kitchen.endpoint}'}}\nprotosets: {written}\n")
    result = spacectl_inprocess("--environment", "e", "explain", "kitchen.Dish.season")
    if "docs" in written:
        assert (result.status, result.err) == (0, "")
        assert "In v1 only." in result.out
    else:
        assert (result.status, result.out) == (3, "")
        assert "protoset" in result.err


@pytest.mark.parametrize("endpoint", ["there", "not there"])
def test_the_packs_of_one_service_count_for_it_alone(spacectl_inprocess, home, kitchen, kitchen_protoset, endpoint):
    folder = home / ".spaceone" / "environments"
    folder.mkdir(parents=True)
    (home / ".spaceone" / "docs.protoset").write_bytes(kitchen_protoset.read_bytes())
    there = f"endpoints: {{kitchen: '{kitchen.endpoint}', other: '{kitchen.endpoint}'}}\n"
    own = "connections: {kitchen: {protosets: [docs.protoset]}}\n"
    (folder / "e.yml").write_text((there if endpoint == "there" else "endpoints: {}\n") + own)
    result = spacectl_inprocess("--environment", "e", "explain", "kitchen.Dish.season")
    assert (result.status, result.err) == (0, "")
    assert "In v1 only." in result.out
    result = spacectl_inprocess("--environment", "e", "validate", "create", "kitchen.Dish", "-p", "name=x")
    assert (result.status, result.err, result.out) == (0, "", "the request: valid for create kitchen.Dish\n")
    refused = spacectl_inprocess("--environment", "e", "validate", "create", "kitchen.Dish", "-p", "nam=x")
    assert (refused.status, refused.out) == (2, "")
    assert "did you mean name?" in refused.err
    other = spacectl_inprocess("--environment", "e", "explain", "other.Dish.season")
    assert other.status != 0 or "In v1 only." not in other.out


def test_the_packs_of_the_option_do_not_hide_those_of_the_sandbox(spacectl_inprocess, kitchen_protoset):
    line = ("--environment", "sandbox", "explain", "plugin.register", "--protoset", str(kitchen_protoset))
    assert "Registers one Plugin." in spacectl_inprocess(*line).out


@pytest.mark.parametrize("command", [("explain", "kitchen.Dish.create"), ("skeleton", "create", "kitchen.Dish")])
def test_nothing_heavy_is_imported(home, kitchen, kitchen_protoset, command):
    environment = clean_environment(home, {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint})
    line = [sys.executable, "-c", LOADED, *command, "--protoset", str(kitchen_protoset)]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=30, check=True)
    status, *modules = done.stdout.split()
    assert (status, HEAVY & set(modules)) == ("0", set())
