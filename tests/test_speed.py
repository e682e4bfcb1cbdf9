"""What a command may load, and what its start may cost. The figures themselves are the benchmark's: tests/bench."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peers.command import clean_environment, run_inprocess
from peers.once import place_of_all
from peers.server import Server

sys.path.append(str(Path(__file__).parents[1]))  # for tests.bench, which is no test and has no fixtures

from spacectl.app import App
from spacectl.resource_type import parse_bare
from tests.bench import instructions
from tests.bench.__main__ import bench_server
from tests.bench.lines import prepare

ALLOWED = 1.05  # of a committed figure

LOADED = """
import io, os, sys, types
from spacectl.stand_ins import StandIns
with StandIns():
    import click
from spacectl.cli import run
out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
status = run(sys.argv[1:], stdin=io.TextIOWrapper(io.BytesIO()), stdout=out, stderr=err, environ=dict(os.environ))
err.flush()
# a module that was put in and not yet loaded is of a class of its own
loaded = [name for name, module in sys.modules.items() if type(module) is types.ModuleType]
import json
print(json.dumps([status, err.buffer.getvalue().decode(), loaded]))
"""
NEVER = (
    *("asyncio", "grpc.aio", "rich", "tabulate", "jinja2", "importlib.metadata", "google.protobuf.json_format"),
    *("google.protobuf.internal.python_message", "google.protobuf.internal.decoder", "google.protobuf.text_format"),
    *("socket", "calendar", "pkgutil", "concurrent.futures", "wcwidth", "tempfile", "hashlib", "csv", "dataclasses"),
    *("logging", "traceback", "gettext", "locale", "uuid", "platform", "spacectl.explain", "spacectl.rpc.comments"),
    "spacectl.rpc.beside",
)
OFFLINE = ("grpc", "google.protobuf", "yaml", "json", "hashlib")

SETTINGS = """\
# a file as people write it
api_key: eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ0ZXN0In0.c2lnbmF0dXJl
x_domain_id: domain-6f0f2e86c591
endpoints:
  kitchen: {endpoint}
"""
LINES = [
    ("--help", OFFLINE),
    ("version", ("grpc", "google.protobuf", "yaml", "hashlib")),
    ("config show", ("grpc", "google.protobuf")),
    ("config endpoint --help", ("grpc", "google.protobuf")),
    ("get kitchen.Dish -p dish_id=dish-00001 -o json", ("yaml",)),
    ("get kitchen.Dish -p dish_id=dish-00001 -o yaml", ("yaml",)),
    (
        "list kitchen.Dish -c dish_id,state",
        ("yaml", "inspect", "spacectl.logins", "spacectl.rpc.repeating", "spacectl.rpc.stream"),
    ),
    ("list kitchen.Dish -c dish_id -o csv", ("yaml",)),
    ("list kitchen.Dish -c dish_id -o quiet", ("yaml",)),
    ("exec count kitchen.Kitchen -p count=2", ("yaml",)),
    ("exec get kitchen.Dish -f dish.yml", ()),
]


def loaded_by(home: Path, line: str, environ: dict[str, str] | None = None) -> set[str]:
    """The modules that a process has really loaded when the command is done; that it succeeds is checked."""
    program = [sys.executable, "-c", LOADED, *line.split()]
    environment = clean_environment(home, environ)
    done = subprocess.run(program, env=environment, cwd=home, capture_output=True, text=True, timeout=60, check=True)
    status, err, loaded = json.loads(done.stdout.splitlines()[-1])
    assert (status, err) == (0, "")
    return set(loaded)


def is_of(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


@pytest.fixture
def configured(home: Path, kitchen: Server) -> Path:
    """A home whose configuration files lead to the kitchen."""
    environments = home / ".spaceone" / "environments"
    environments.mkdir(parents=True)
    (environments.parent / "environment.yml").write_text("environment: test\n")
    (environments / "test.yml").write_text(SETTINGS.format(endpoint=kitchen.endpoint))
    (home / "dish.yml").write_text("dish_id: dish-00001\n")
    return home


@pytest.mark.parametrize(("line", "unwanted"), LINES, ids=[line for line, _ in LINES])
def test_a_command_loads_nothing_that_it_does_not_use(
    configured: Path, line: str, unwanted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(configured)
    # a cold call may need more: it asks the server
    assert run_inprocess(*line.split(), home=configured).status == 0
    loaded = loaded_by(configured, line)
    assert sorted(name for name in loaded if any(is_of(name, one) for one in (*NEVER, *unwanted))) == []


def test_yaml_is_loaded_for_a_configuration_file_that_is_more_than_plain_texts(configured: Path) -> None:
    path = configured / ".spaceone" / "environments" / "test.yml"
    path.write_text(path.read_text() + "timeouts: [1, 2]\n")
    assert "yaml" in loaded_by(configured, "config show")


def test_the_switch_loads_everything_of_grpc_at_once(configured: Path) -> None:
    eager = loaded_by(configured, "list kitchen.Dish", {"SPACECTL_EAGER_IMPORTS": "1"})
    assert {"asyncio", "grpc.aio", "socket"} <= eager


def test_a_connection_is_begun_while_its_first_call_is_prepared(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        app = App(io.StringIO(), io.StringIO(), io.StringIO(), clean_environment(home))
        app.options.endpoint = f"grpc://127.0.0.1:{listener.getsockname()[1]}"
        dish = parse_bare("kitchen.Dish")
        app.connections.client("kitchen", "what sends nothing")
        app.asker(dish, "list", None, lambda method: [], begin=True)
        with listener.accept()[0]:
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()
            app.close()


@pytest.mark.parametrize(
    "use",
    [
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "import grpc.aio; grpc.aio.insecure_channel; grpc.aio.Channel",
        "import socket; socket.socket().close()",
        "from google.protobuf import text_format, struct_pb2; text_format.Parse('', struct_pb2.Struct())",
        "from google.protobuf import json_format, struct_pb2; json_format.ParseDict({'a': 1}, struct_pb2.Struct())",
        "from google.protobuf.timestamp_pb2 import Timestamp; Timestamp().FromJsonString('2026-01-31T09:30:00Z')",
        "from concurrent.futures import ThreadPoolExecutor; grpc.server(ThreadPoolExecutor(1)).start()",
    ],
)
def test_what_was_put_off_works_when_it_is_used(home: Path, use: str) -> None:
    program = f"""
        from spacectl.rpc.lazy import import_grpc, import_protobuf
        import_grpc()
        import_protobuf()
        import grpc
        {use}
        print("done")
    """
    argv = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(argv, env=clean_environment(home), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.fixture(scope="module")
def _bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[instructions.Counter]:
    directory = tmp_path_factory.mktemp("bench")
    with bench_server() as (port, far_port):
        yield instructions.Counter(prepare(directory, port, far_port), directory, place_of_all(tmp_path_factory))


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts the instructions")
@pytest.mark.parametrize("work", instructions.WORK)
def test_a_command_takes_no_more_instructions_than_it_did(
    _bench: instructions.Counter, work: str, record_property: Callable[[str, object], None]
) -> None:
    figure = instructions.figure_of(work)
    counted = _bench.least(work, ALLOWED, figure)
    record_property("own", counted.own)
    assert counted.over(figure) <= ALLOWED, f"{counted}: {counted.own:.3f} bare Pythons, and not {figure}"


def test_a_twentieth_more_of_instructions_is_seen_whatever_the_libraries_take() -> None:
    figure = instructions.Counted(command=340, needed=230, bare=28).own
    heavier_libraries = instructions.Counted(command=340 + 60, needed=230 + 60, bare=28)
    assert heavier_libraries.over(figure) == pytest.approx(1)
    assert instructions.Counted(command=340 * 1.06, needed=230, bare=28).over(figure) > ALLOWED


def test_every_python_has_a_figure_to_be_held_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ((3, 9), (3, 10), (3, 11), (3, 14), (4, 0)):
        monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
        # below nothing, as click alone loads modules that spacectl does not; but a command takes more than nothing
        assert all(instructions.figure_of(work) > -2 for work in instructions.WORK)


def test_what_is_stood_in_for_is_there_for_who_needs_it() -> None:
    program = """
from spacectl.stand_ins import StandIns
with StandIns():
    import click
import inspect, sys
assert type(inspect) is type(sys) and inspect.isfunction(click.echo)
line, text = "one line", "  first\\n    second\\n"
assert click.core.inspect.cleandoc(line) == inspect.cleandoc(line)
assert click.core.inspect.cleandoc(text) == inspect.cleandoc(text)
assert click.core.inspect.signature is inspect.signature
del sys.modules["inspect"], inspect
with StandIns():
    import inspect
    assert inspect.isfunction(click.echo)
assert inspect.signature is sys.modules["inspect"].signature
import gettext, pathlib, uuid
one = uuid.uuid4()
assert click.UUID(str(one)) == one and click.UUID(one) is one
assert click.core.ngettext("one", "many", 1) == gettext.ngettext("one", "many", 1) == "one"
assert click.core.ngettext("one", "many", 2) == "many"
assert pathlib.PurePosixPath("/a b").as_uri() == "file:///a%20b"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_text_of_an_annotation_means_the_same_when_it_is_compiled_late() -> None:
    program = """
import typing
eager = typing.ForwardRef
from spacectl.late_references import put_off_references
put_off_references()
made = typing.NamedTuple("Made", [("one", "int | None"), ("broken", "1 +")])
late = made.__annotations__["one"]
assert isinstance(late, eager) and late == eager("int | None") and hash(late) == hash(eager("int | None"))
assert late == typing.ForwardRef("int | None") and late != eager("int | str")
assert repr(late) == repr(eager("int | None"))
assert typing.Optional["made"] == typing.Union[None, typing.ForwardRef("made")]
assert not hasattr(late, "nothing")
def function(one: "int | None", two: "typing.Optional['int']"): pass
assert typing.get_type_hints(function) == {"one": int | None, "two": int | None}
class Other(typing.NamedTuple):
    one: "int | None"
assert typing.get_type_hints(Other) == {"one": int | None}
try:
    typing.get_type_hints(made)
except SyntaxError:
    print("done")
"""
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_what_grpc_logs_is_heard_by_who_listens_and_seen_by_no_one_else(home: Path) -> None:
    program = """
from spacectl.rpc.lazy import import_grpc
import_grpc()
import grpc._channel, sys
assert "logging" not in sys.modules
grpc._channel._LOGGER.warning("nobody listens")
import logging
heard = []
handler = logging.Handler()
handler.emit = lambda record: heard.append(record.getMessage())
logging.getLogger("grpc").addHandler(handler)
grpc._channel._LOGGER.warning("%s listens", "somebody")
try:
    raise ValueError
except ValueError:
    grpc._channel._LOGGER.exception("failed")
assert heard == ["somebody listens", "failed"]
"""
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, env=clean_environment(home), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
