"""Fixtures for every test: the command in a home of its own, and real servers to talk to."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings
from peers import home_guard
from peers.command import Result, Spacectl, run_inprocess
from peers.golang import NoGoError, build_go_server, run_go_server
from peers.kitchen import BEHAVIOURS
from peers.once import place_of_all
from peers.protosets import Api, compile_protoset, read_api
from peers.recorder import Answers, record
from peers.server import Server, serve

# A slow machine is no failure, and a test that fails once must fail again. Who asks for more examples gets new ones.
EXAMPLES = os.environ.get("SPACECTL_TEST_EXAMPLES", "")
settings.register_profile(
    "tests", max_examples=int(EXAMPLES or 60), deadline=None, derandomize=not EXAMPLES, database=None
)
settings.load_profile("tests")

REAL_ENVIRON = dict(os.environ)
REAL_HOME = pytest.StashKey[dict[str, tuple[int, int, int]]]()
FOREIGN = ("SPACECTL_", "XDG_", "GRPC_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "grpc_proxy", "no_grpc_proxy")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Neighbours stay together, so that a module's server starts once; who is done takes from the others."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REAL_HOME] = home_guard.snapshot(home_guard.watched_places(REAL_ENVIRON))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is given more time than others begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the collector would look through again and again is here to stay; it works as seldom as in the command."""
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    after = home_guard.snapshot(home_guard.watched_places(REAL_ENVIRON))
    touched = home_guard.changes(session.config.stash[REAL_HOME], after)
    if touched:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter:
            reporter.ensure_newline()
            reporter.write_line(f"FAILED: the tests touched the real home: {', '.join(touched)}", red=True)


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """This process, too, sees an empty home, and none of the caller's settings or proxies.

    Nor that it runs in the background or under `nohup`, whose signals are ignored by all that it starts as well.
    """
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN) or name.lower() in PROXIES:
                patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def spacectl(home: Path) -> Spacectl:
    """The command as a process of its own; `spacectl.home` is its home and where it runs."""
    return Spacectl(home)


@pytest.fixture
def spacectl_inprocess(home: Path) -> Callable[..., Result]:
    """The command inside this process: quicker by the start of Python, and without its isolation."""
    return lambda *arguments, **options: run_inprocess(*arguments, home=home, **options)


@pytest.fixture(scope="session")
def kitchen_protoset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test API as a file: a FileDescriptorSet with all imports and with source comments."""
    return compile_protoset(tmp_path_factory.mktemp("protosets") / "kitchen.protoset", source_info=True)


@pytest.fixture(scope="session")
def kitchen_api(kitchen_protoset: Path) -> Api:
    """The test API, in a descriptor pool of its own."""
    return read_api(kitchen_protoset)


@pytest.fixture(scope="session")
def clashing_apis(tmp_path_factory: pytest.TempPathFactory) -> tuple[Api, Api]:
    """Two APIs that both define clash.v1.InitRequest, with different fields."""
    directory = tmp_path_factory.mktemp("clash")
    names = ("left", "right")
    left, right = (compile_protoset(directory / f"{name}.protoset", f"clash/{name}.proto") for name in names)
    return read_api(left), read_api(right)


@pytest.fixture(scope="session")
def _kitchen_server(kitchen_api: Api) -> Iterator[Server]:
    with serve(kitchen_api, BEHAVIOURS) as server:
        yield server


@pytest.fixture
def kitchen(_kitchen_server: Server) -> Server:
    """The test API served with v1alpha reflection, one file an answer; `kitchen.calls` begins empty."""
    _kitchen_server.forget()
    return _kitchen_server


@pytest.fixture
def start_kitchen(kitchen_api: Api) -> Iterator[Callable[..., Server]]:
    """Starts a kitchen of its own with the options of `peers.server.serve`: reflection, transitive, listed, listen…"""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(serve(kitchen_api, BEHAVIOURS, **options))


@pytest.fixture
def start_recorder() -> Iterator[Callable[..., Server]]:
    """Starts a recorder, `start_recorder(api, answers, …)`: every method of the api with canned answers."""
    with contextlib.ExitStack() as stack:

        def start(api: Api, answers: Answers | None = None, **options: Any) -> Server:
            return stack.enter_context(record(api, answers, **options))

        yield start


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grpc-go server, built; skips without Go, unless SPACECTL_TEST_GO says that it must be there."""
    try:
        return build_go_server(place_of_all(tmp_path_factory), REAL_ENVIRON)
    except NoGoError as error:
        if REAL_ENVIRON.get("SPACECTL_TEST_GO"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def start_go_server(go_program: Path) -> Iterator[Callable[..., int]]:
    """Starts a grpc-go server, `start_go_server("v1" | "v1alpha" | "both" | "none")`, and gives its port."""
    with contextlib.ExitStack() as stack:
        yield lambda reflection="both", *flags: stack.enter_context(run_go_server(go_program, reflection, *flags))


@pytest.fixture
def go_server(start_go_server: Callable[..., int]) -> int:
    """The port of a grpc-go server with both versions of reflection."""
    return start_go_server()


def _lab_problem(directory: Path) -> str | None:
    current = directory / "environments" / "lab.yml"
    if not current.is_file():
        return f"no lab: there is no {current}"
    for endpoint in yaml.safe_load(current.read_text())["endpoints"].values():
        host, _, port = endpoint.removeprefix("grpc://").partition(":")
        try:
            socket.create_connection((host, int(port)), 5).close()
        except OSError as error:
            return f"the lab does not answer at {endpoint}: {error}"
    return None


@pytest.fixture(scope="session")
def _lab_directory() -> Path:
    """The configuration of real services that answer; skips without them, unless SPACECTL_TEST_LAB says they must."""
    root = REAL_ENVIRON.get("SPACECTL_LAB_HOME") or REAL_ENVIRON.get("LAB_HOME") or "/nonexistent"
    directory = Path(root) / "home" / ".spaceone"
    if problem := _lab_problem(directory):
        if REAL_ENVIRON.get("SPACECTL_TEST_LAB"):
            pytest.fail(problem)
        pytest.skip(problem)
    return directory


@pytest.fixture
def lab(_lab_directory: Path, tmp_path: Path) -> Path:
    """A copy of the lab's configuration directory, for SPACECTL_CONFIG_DIR, which the test may change."""
    return shutil.copytree(_lab_directory, tmp_path / "lab")
