"""The door to the room that tests plugins, and the server under test as that room sees it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from spacectl.errors import SpacectlError, UsageError

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.output.live import LiveLines
    from spacectl.plugin.inputs import Inputs, Masker
    from spacectl.plugin.interfaces import Interface
    from spacectl.plugin.results import Result, Tally
    from spacectl.plugin.world import Settings
    from spacectl.rpc.probe import Probe

FOLDER = "test"
ENDPOINT = "grpc://localhost:50051"
MOST_NAMED = 4
REFLECTION_SECONDS = 10.0


class Order(NamedTuple):
    """What a command line asks for; the names of files as they were typed, None where they were not."""

    interface: str | None
    folder: str | None
    options: str | None
    secret_data: str | None
    wrong_secret_data: str | None
    save: str | None
    compare: str | None


class Tested(NamedTuple):
    """The test of one interface: its results, what its streams brought, and the seconds that it took."""

    interface: str
    address: str
    results: Sequence[Result]
    tallies: Sequence[Tally]
    seconds: float


class Screen(Protocol):
    """Where a test is watched."""

    def begin(self, interface: str, address: str) -> None:
        """The test of an interface begins."""

    def result(self, result: Result) -> None:
        """A check was made."""

    def counting(self, tally: Tally) -> None:
        """A stream is being read."""

    def collected(self, tally: Tally) -> None:
        """A stream was read."""


def test_plugin(app: App, order: Order, screen: Screen) -> list[Tested]:
    """Tests all plugin interfaces of a server, or the one that is named. Raises SpacectlError.

    What the screen gets is without credentials.
    """
    from spacectl.plugin.inputs import Masker
    from spacectl.plugin.world import Settings

    masker = Masker()
    inputs = read_inputs(app, order)
    for node in (inputs.secret_data, inputs.wrong_secret_data):
        masker.learn_node(node)
    settings = Settings(
        inputs,
        deadline(app),
        None if order.save is None else Path(order.save),
        None if order.compare is None else existing(order.compare, "--compare", "--save DIR makes one to compare with"),
    )
    target = probe(app)
    return [tested(target, one, settings, masker, screen) for one in served(target, order.interface)]


def tested(target: Probe, interface: Interface, settings: Settings, masker: Masker, screen: Screen) -> Tested:
    """The test of one interface, which is watched on a screen. Raises SpacectlError."""
    from spacectl.plugin.results import Collected, Counting, masked_result
    from spacectl.plugin.results import Result as ResultType
    from spacectl.plugin.runner import tested as events_of

    begun = time.monotonic()
    results: list[Result] = []
    tallies: list[Tally] = []
    screen.begin(interface.name, target.address)
    for event in events_of(target, interface, settings, masker):
        if isinstance(event, ResultType):
            results.append(masked_result(event, masker.plain))
            screen.result(results[-1])
        elif isinstance(event, Counting):
            screen.counting(event.tally)
        elif isinstance(event, Collected):
            tallies.append(event.tally)
            screen.collected(event.tally)
    return Tested(interface.name, target.address, results, tallies, time.monotonic() - begun)


def check_deployment(app: App, order: Order, file: str, screen: Screen) -> Tested:
    """Checks a register file, and the running server against it. Raises SpacectlError."""
    from spacectl.parameters import read_bytes
    from spacectl.plugin.inputs import Masker, read_mapping, refuse_duplicates
    from spacectl.plugin.register import file_results, interface_of, server_results
    from spacectl.plugin.results import Result as ResultType
    from spacectl.plugin.runner import new_world
    from spacectl.plugin.world import Settings
    from spacectl.yaml_io import decode, load_any_mapping

    begun = time.monotonic()
    data = read_bytes(file, app.read_stdin, "-f")
    register = load_any_mapping(decode(data, file, UsageError), file, UsageError)
    refuse_duplicates(read_mapping(data, file))
    target = probe(app)
    results: list[Result] = []

    def take(result: Result) -> None:
        results.append(result)
        screen.result(result)

    screen.begin(file, target.address)
    for result in file_results(register):
        take(result)
    interface = interface_of(register)
    if interface is not None:
        world = new_world(target, interface, Settings(read_inputs(app, order), deadline(app)), Masker())
        for event in server_results(register, world, target.services()):
            if isinstance(event, ResultType):
                take(event)
    return Tested(file, target.address, results, [], time.monotonic() - begun)


def probe(app: App) -> Probe:
    """A connection to the plugin: of `--endpoint`, of the chosen environment, or to where authors serve theirs.

    Raises ConfigError, UsageError.
    """
    from spacectl.config import load
    from spacectl.endpoint import parse
    from spacectl.rpc.probe import Probe

    connections = app.connections
    environment = load(app.environ, app.options.environment, required=False)
    if app.options.endpoint is None and app.options.environment is not None:
        endpoint = connections.endpoint_of(connections.environment(), "inventory")
    else:
        endpoint = parse(app.options.endpoint or ENDPOINT)
    # what a server offers is no part of the test: a short deadline is meant for its calls
    made = Probe(
        endpoint,
        max(deadline(app) or 0, REFLECTION_SECONDS),
        connections.settings(environment, "", endpoint),
        connections.packs(environment),
    )
    connections.at_close(made.close)
    return made


def deadline(app: App) -> float | None:
    """The seconds that every call may take where somebody has said so; None for those of the interface's table."""
    if app.options.timeout is None and not app.environ.get("SPACECTL_TIMEOUT"):
        return None
    return app.connections.timeout()


def served(target: Probe, name: str | None) -> list[Interface]:
    """The plugin interfaces that a server has, or the one that is named. Raises UsageError, CallError."""
    from spacectl.plugin.interfaces import interface_named, interfaces

    services = set(target.services())
    known = interfaces()
    if name is not None:
        return [interface_named(name)]
    found = [one for one in known if one.full_name(one.main) in services]
    if found:
        return found
    others = sorted(one for one in services if not one.startswith("grpc."))
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    listed = f"it serves {', '.join(others[:MOST_NAMED])}{more}" if others else "it serves nothing else than reflection"
    names = ", ".join(one.name for one in known)
    raise UsageError(
        f"nothing to test: the server at {target.address} has no plugin interface; {listed}",
        f"a plugin serves one of {names}",
        "spacectl plugin init NAME --interface inventory.Collector",
    )


def read_inputs(app: App, order: Order) -> Inputs:
    """What the author gives. Raises InputError, UsageError."""
    from spacectl.parameters import read_bytes
    from spacectl.plugin.inputs import Inputs, read_mapping

    named = {
        "--options": order.options,
        "--secret-data": order.secret_data,
        "--wrong-secret-data": order.wrong_secret_data,
    }
    typed = [option for option, name in named.items() if name == "-"]
    if len(typed) > 1:
        raise UsageError(
            f"standard input can be read once: {' and '.join(typed)} name it", "give one of them as a file"
        )

    def read(name: str | None, option: str) -> Any:
        return None if name is None else read_mapping(read_bytes(name, app.read_stdin, option), name)

    return Inputs(
        Path(FOLDER) if order.folder is None else existing(order.folder, "--dir", "it has init.yml, verify.yml …"),
        read(order.options, "--options"),
        read(order.secret_data, "--secret-data"),
        read(order.wrong_secret_data, "--wrong-secret-data"),
        order.options or "",
        order.secret_data or "",
    )


def existing(name: str, option: str, hint: str) -> Path:
    """The folder that an option names. Raises UsageError where there is none."""
    path = Path(name)
    if not path.is_dir():
        raise UsageError(f"{option} {name}: there is no such folder", hint)
    return path


def result_lines(result: Result, *, colours: bool) -> list[str]:
    """A result as text."""
    from spacectl.plugin.report import lines_of

    return lines_of(result, colours=colours)


def tally_lines(tally: Tally) -> list[str]:
    """What a stream brought, as text."""
    from spacectl.plugin.report import tally_lines as lines

    return lines(tally)


def summary(results: Sequence[Result]) -> str:
    """How many checks ended how."""
    from spacectl.plugin.report import summary as words

    return words(results)


def document(done: Tested) -> dict[str, Any]:
    """A test as plain values."""
    from spacectl.plugin.report import document as made

    return made(done.interface, done.address, done.results, done.tallies)


def write_junit(path: str, done: Sequence[Tested]) -> None:
    """Writes JUnit's XML. Raises SpacectlError."""
    from spacectl.files import write_atomically
    from spacectl.plugin.report import junit

    text = junit([(one.interface, one.results, one.seconds) for one in done])
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(path), text, 0o644)
    except OSError as error:
        raise SpacectlError(f"cannot write {path}: {error.strerror or error}") from None


def live_lines(app: App) -> LiveLines | None:
    """Lines on standard error that change, None where that is no terminal."""
    if not app.stderr.isatty() or app.environ.get("TERM") == "dumb":
        return None
    from spacectl.output.live import LiveLines

    return LiveLines(app.stderr)


def new_plugin(name: str, interface: str, framework: str, directory: str | None) -> tuple[str, list[str], str]:
    """Writes a new plugin repository: its folder, its files, and how it is served. Raises UsageError, SpacectlError."""
    from spacectl.plugin.interfaces import interface_named
    from spacectl.plugin.proto_text import described
    from spacectl.plugin.scaffold import repository, write
    from spacectl.rpc.written import file_set

    chosen = interface_named(interface)
    made = repository(name, chosen, framework, lambda: file_set(**described(chosen)))
    folder = Path(directory or name)
    write(made, folder)
    return str(folder), list(made.files), made.serve
