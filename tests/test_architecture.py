"""The package keeps its shape: imports go down only, modules stay small, nothing heavy lies on the road of a call."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from peers.command import clean_environment
from peers.server import Server
from peers.sources import Import, import_cycle, imports, module_state, read_sources

import spacectl

PACKAGE = Path(spacectl.__file__).parent
SOURCES = read_sources(PACKAGE)

ROOMS = ("apply", "output", "plugin", "rpc", "sandbox")
LAYERS = {
    "errors": 0,
    **dict.fromkeys(ROOMS, 2),
    "connections": 3,
    "app": 4,
    "offered": 5,
    "checkups": 5,
    "apply_calls": 5,
    "plugin_calls": 5,
    "commands": 6,
    "cli": 7,
    "__main__": 8,
}
VALUES = (
    1  # every other module: config, endpoint, resource_type, parameters, columns, query, yaml_io and what they need
)
DOORS = ("connections", "app", "apply_calls", "offered", "checkups", "plugin_calls")
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "misc"}

# Who may import a library at all; and which ones never at module level, as each costs more than a whole call may.
OWNERS = {
    "click": ("cli", "commands", "app"),
    "grpc": ("rpc", "sandbox"),
    "grpc_reflection": ("rpc", "sandbox"),
    "google": ("rpc", "sandbox"),
    "tabulate": ("output",),
    "rich": ("output",),
    "wcwidth": ("output",),
    "yaml": ("yaml_io", "documents", "output"),
    "jinja2": ("apply",),
    "fastjsonschema": ("plugin",),
    "openpyxl": ("apply",),
}
HEAVY = (
    "rich",
    "tabulate",
    "importlib.metadata",
    "jinja2",
    "google.protobuf.json_format",
    "asyncio",
    "grpc.aio",
    "yaml",
)


@cache
def package_imports() -> list[Import]:
    """Every import of the package, read when the first test asks for it: not by each worker that collects the tests."""
    return imports(SOURCES)


def room(module: str) -> str:
    """The part of the package that a module belongs to: `rpc` for spacectl.rpc.client, nothing for spacectl itself."""
    return [*module.split("."), ""][1]


def layer(module: str) -> int:
    return LAYERS.get(room(module), VALUES)


def is_of(target: str, name: str) -> bool:
    return target == name or target.startswith(f"{name}.")


def wrong_directions(found: list[Import]) -> list[str]:
    """The imports inside the package that go up, or from one room into another."""
    inside = [one for one in found if is_of(one.target, "spacectl") and room(one.target)]
    return [
        str(one)
        for one in inside
        if room(one.importer) != room(one.target)
        and (layer(one.target) > layer(one.importer) or layer(one.target) == layer(one.importer) != VALUES)
    ]


def past_the_door(found: list[Import]) -> list[str]:
    """The imports by which a room is entered otherwise than through a function of a door."""
    above = [one for one in found if layer(one.importer) > LAYERS["rpc"] and one.when != "typing"]
    return [
        str(one)
        for one in above
        if is_of(one.target, "spacectl")
        and room(one.target) in ROOMS
        and not (room(one.importer) in DOORS and one.when == "function")
    ]


def misplaced_libraries(found: list[Import]) -> list[str]:
    """The imports of a library by a room that has no business with it, and heavy ones at module level."""
    strangers = [
        str(one)
        for one in found
        for library, owners in OWNERS.items()
        if is_of(one.target, library) and room(one.importer) not in owners
    ]
    heavy = [
        f"{one} at module level"
        for one in found
        if one.when == "module" and room(one.importer) not in ("sandbox", "yaml_io")
        if any(is_of(one.target, library) for library in HEAVY)
    ]
    return strangers + heavy


def test_imports_go_down_only_and_never_from_room_to_room() -> None:
    assert wrong_directions(package_imports()) == []


def test_the_rooms_are_entered_by_their_doors_only() -> None:
    assert past_the_door(package_imports()) == []


def test_each_library_is_known_to_its_room_alone_and_no_heavy_one_at_module_level() -> None:
    assert misplaced_libraries(package_imports()) == []


def test_imports_are_absolute_and_run_in_no_circle() -> None:
    assert [str(one) for one in package_imports() if one.target.startswith(".")] == []
    assert import_cycle(package_imports()) == []


def test_no_module_has_more_than_300_lines() -> None:
    assert {name: count for name, text in SOURCES.items() if (count := len(text.splitlines())) > 300} == {}


def test_module_names_say_what_is_inside() -> None:
    assert [name for name in SOURCES if FORBIDDEN_NAMES & set(name.split("."))] == []


def test_modules_keep_no_state() -> None:
    assert [line for name, text in SOURCES.items() for line in module_state(name, text)] == []


def test_annotations_cost_nothing_at_import() -> None:
    without = [name for name, text in SOURCES.items() if "from __future__ import annotations\n" not in text]
    assert [name for name in without if "def " in SOURCES[name] or "class " in SOURCES[name]] == []


GOOD = {
    "spacectl.errors": "import re",
    "spacectl.config": "from spacectl import errors, yaml_io",
    "spacectl.yaml_io": "import yaml",
    "spacectl.rpc.client": "import grpc\nfrom spacectl.rpc import channel\nfrom spacectl import config, __version__",
    "spacectl.rpc.channel": "import grpc",
    "spacectl.app": "def client():\n    from spacectl.rpc.client import Client",
    "spacectl.commands.get": "import click\nfrom typing import TYPE_CHECKING\n"
    "if TYPE_CHECKING:\n    from spacectl.rpc.client import Client\nfrom spacectl.app import App",
    "spacectl.cli": "from spacectl.errors import SpacectlError",
}


def complaints(sources: dict[str, str]) -> list[str]:
    found = imports(sources)
    state = [line for name, text in sources.items() for line in module_state(name, text)]
    return wrong_directions(found) + past_the_door(found) + misplaced_libraries(found) + import_cycle(found) + state


def test_these_checks_accept_what_is_right() -> None:
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("spacectl.errors", "from spacectl import config"),
        ("spacectl.yaml_io", "def f():\n    from spacectl.config import load"),
        ("spacectl.config", "import spacectl.rpc.client"),
        ("spacectl.rpc.client", "from spacectl.output import table"),
        ("spacectl.rpc.client", "import click"),
        ("spacectl.rpc.client", "def f():\n    import spacectl.app"),
        ("spacectl.commands.get", "def f():\n    from spacectl.rpc import client"),
        ("spacectl.commands.get", "import grpc"),
        ("spacectl.app", "import spacectl.rpc.client"),
        ("spacectl.output.table", "import tabulate"),
        ("spacectl.output.table", "try:\n    from rich import text\nexcept ImportError:\n    pass"),
        ("spacectl.cli", "from importlib import metadata"),
        ("spacectl.rpc.client", "from google.protobuf import json_format"),
        ("spacectl.config", "def f():\n    import yaml"),
        ("spacectl.config", "SEEN = {}\ndef f(x):\n    SEEN[x] = 1"),
        ("spacectl.config", "SEEN: set[str] = set()\ndef f(x):\n    SEEN.add(x)"),
        ("spacectl.config", "count = 0\ndef f():\n    global count"),
    ],
)
def test_these_checks_notice_what_is_wrong(module: str, line: str) -> None:
    assert complaints({"spacectl.output.table": "", **GOOD, module: f"{GOOD.get(module, '')}\n{line}\n"}) != []


RUN = """
import io, json, os, sys
from spacectl.cli import run
out = io.TextIOWrapper(io.BytesIO(), "utf-8")
err = io.TextIOWrapper(io.BytesIO(), "utf-8")
status = run(sys.argv[1:], stdin=io.TextIOWrapper(io.BytesIO()), stdout=out, stderr=err, environ=dict(os.environ))
err.flush()
print(json.dumps([status, err.buffer.getvalue().decode(), sorted(sys.modules)]))
"""
NEVER = ("rich", "tabulate", "importlib.metadata", "jinja2", "google.protobuf.json_format", "spacectl.apply")


@pytest.mark.skipif(find_spec("spacectl.cli") is None, reason="there is no command line yet")
@pytest.mark.parametrize(
    ("line", "unwanted"),
    [
        ("--help", ("grpc", "google.protobuf", "yaml")),
        ("version", ("grpc", "google.protobuf", "yaml")),
        ("config endpoint --help", ("grpc", "google.protobuf")),
        ("get kitchen.Dish -p dish_id=dish-00001 -o json", ("yaml",)),
        ("list kitchen.Dish", ("yaml",)),
        ("list kitchen.Dish -c dish_id,name -o json", ("yaml",)),
        ("list kitchen.Dish -o csv", ("yaml",)),
        ("list kitchen.Dish -o yaml", ()),
        ("exec count kitchen.Kitchen -p count=2", ()),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_need(
    kitchen: Server, home: Path, line: str, unwanted: tuple[str, ...]
) -> None:
    environment = clean_environment(home, {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint})
    program = [sys.executable, "-c", RUN, *line.split()]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=30, check=True)
    status, err, loaded = json.loads(done.stdout.splitlines()[-1])
    assert (status, err) == (0, "")
    assert [name for name in loaded if name in NEVER or any(is_of(name, one) for one in unwanted)] == []
