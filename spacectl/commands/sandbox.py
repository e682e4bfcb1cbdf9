"""`spacectl sandbox`: the embedded Cloudforet, served to others, given to a command, or made anew.

The server runs in a process of its own: gRPC's threads and the processes that are started here keep apart.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import spacectl
from spacectl import environments
from spacectl.errors import SpacectlError, UsageError
from spacectl.signals import SignalQueue, signals_queued

if TYPE_CHECKING:
    from spacectl.app import App

PACKAGES = str(Path(spacectl.__file__).resolve().parent.parent)
# The folder of this package comes first, whatever lies in the working directory.
START = "import os, sys; sys.path[0] = sys.argv.pop(1); "
START_SERVER = START + "from spacectl.sandbox.__main__ import main; os._exit(main(sys.argv[1:]))"
START_COMMAND = START + "from spacectl.__main__ import main; main()"
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
KEPT = ("SPACECTL_TIMEOUT", "SPACECTL_DEBUG")
ENVIRONMENT = "local"
SERVICES = ("identity", "inventory", "notification", "repository", "sample", "secret", "statistics")


@click.group()
def sandbox() -> None:
    """Serve the embedded Cloudforet, or make it anew.

    `spacectl --environment sandbox …` uses it without any of these commands.
    """


@sandbox.command()
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=50051,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--db", metavar="FILE", help="SQLite file, or :memory:. Default: the sandbox environment's file.")
@click.pass_obj
def serve(app: App, host: str, port: int, db: str | None) -> None:
    """Serve the sandbox to other programs until interrupted."""
    database = db or str(app.connections.sandbox_database())
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with serving(database, address) as (endpoint, server), signals_queued(SIGNALS) as signals:
        app.stderr.write(
            f"serving on {endpoint}\n"
            f"try: spacectl --endpoint {endpoint} list repository.Plugin\n"
            f"or:  export SPACECTL_ENDPOINT_REPOSITORY={endpoint}\n"
            f"or:  spacectl config endpoint add repository {endpoint}\n"
        )
        app.stderr.flush()
        status = end_of(server, signals, lambda _: hang_up(server))
    if status:
        raise SpacectlError(f"the sandbox ended by itself, with status {status}")


@sandbox.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
@click.pass_context
def exec_command(context: click.Context, app: App, command: tuple[str, ...]) -> None:
    """Run COMMAND with a fresh sandbox, and remove the sandbox afterwards.

    \b
    spacectl sandbox exec -- sh -c 'spacectl list repository.Plugin'
    """
    # A signal ends the command, and never this process before it has tidied up.
    with signals_held(), tempfile.TemporaryDirectory(prefix="spacectl-") as name:
        folder = Path(name)
        with serving(str(folder / "sandbox.db"), "127.0.0.1:0") as (endpoint, _):
            prepare(folder, endpoint)
            status = run(command, environment_of(app.environ, folder))
    context.exit(status)


@sandbox.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset(app: App, yes: bool) -> None:
    """Reset the sandbox to its initial state."""
    database = app.connections.sandbox_database()
    if not yes and app.interactive:
        click.confirm(f"Delete everything in {database}?", abort=True, err=True)
    with child("reset", "--db", str(database)) as process:
        answer_of(process)


@contextmanager
def child(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the sandbox, which ends with the block, or with this process however that ends."""
    process = subprocess.Popen(  # noqa: S603 our own interpreter on our own module
        [sys.executable, "-c", START_SERVER, PACKAGES, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A Ctrl-C goes to this process, which decides; the server must outlive the command that it serves.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def serving(database: str, address: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A sandbox that serves: its URL and its process. Raises SpacectlError when it cannot."""
    with child("serve", "--lifeline", "--db", database, "--address", address) as process:
        yield answer_of(process)["endpoint"], process


def answer_of(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What a process of the sandbox says. Raises the SpacectlError that it tells of."""
    line = process.stdout.readline() if process.stdout else b""
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError:
        raise SpacectlError("the sandbox did not start") from None
    if "error" in answer:
        raise SpacectlError(answer["error"]["message"], *answer["error"]["hints"])
    return answer


def prepare(folder: Path, endpoint: str) -> None:
    """Writes a configuration whose environment is the sandbox, and a `spacectl` that is this one."""
    config = folder / "config"
    config.mkdir(mode=0o700)
    lines = [f"  {service}: {endpoint}\n" for service in SERVICES]
    environments.write(config, ENVIRONMENT, "endpoints:\n" + "".join(lines))
    environments.switch(config, ENVIRONMENT)
    programs = folder / "bin"
    programs.mkdir(mode=0o700)
    launcher = programs / "spacectl"
    words = [sys.executable, "-c", START_COMMAND, PACKAGES]
    launcher.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    launcher.chmod(0o700)
    if os.name == "nt":
        (programs / "spacectl.cmd").write_text(f"@{subprocess.list2cmdline(words)} %*\n")


def environment_of(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables of a command that is to see nothing but the sandbox in the folder."""
    kept = {name: value for name, value in environ.items() if not name.startswith("SPACECTL_") or name in KEPT}
    return {
        **kept,
        "PATH": f"{folder / 'bin'}{os.pathsep}{environ.get('PATH', os.defpath)}",
        "SPACECTL_CONFIG_DIR": str(folder / "config"),
        # What is known about a sandbox that is gone in a moment must not stay in the user's cache.
        "SPACECTL_CACHE_DIR": str(folder / "cache"),
        "SPACECTL_SANDBOX_DB": str(folder / "sandbox.db"),
    }


def run(command: tuple[str, ...], environ: dict[str, str]) -> int:
    """The exit status of a command, 128 + the number of the signal that ended it. Raises UsageError."""
    from shutil import which

    program = which(command[0], path=environ["PATH"])
    if program is None:
        raise UsageError(f"cannot run {command[0]!r}: there is no such program")
    try:
        process = subprocess.Popen([command[0], *command[1:]], executable=program, env=environ)  # noqa: S603 what was typed
    except OSError as error:
        raise UsageError(f"cannot run {command[0]!r}: {error.strerror}") from None

    def pass_on(number: int) -> None:
        # a Ctrl-C reaches a process of the same terminal by itself
        if not (number == signal.SIGINT and shares_terminal(process)):
            process.send_signal(number)

    with signals_queued(SIGNALS) as signals:
        status = end_of(process, signals, pass_on)
    return status if status >= 0 else 128 - status


@contextmanager
def signals_held() -> Iterator[None]:
    """Turns the first signal of the block into an ordinary end of it."""

    def leave(number: int, _: Any) -> None:
        for other in SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise click.exceptions.Exit(128 + number)

    before = {number: signal.signal(number, leave) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def end_of(process: subprocess.Popen[bytes], signals: SignalQueue, act: Callable[[int], None]) -> int:
    """Waits for the end of a process, acting on the signals that come meanwhile; its exit status."""

    def wait() -> None:
        process.wait()
        signals.wake()

    threading.Thread(target=wait, daemon=True).start()
    while number := signals.get():
        act(number)
    return process.wait()


def hang_up(process: subprocess.Popen[bytes]) -> None:
    """Closes the lifeline of a process, which then ends; a signal would not reach it everywhere. Twice is at once."""
    if process.stdin is None or process.stdin.closed:
        process.kill()
    else:
        process.stdin.close()


def shares_terminal(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process is in the foreground of the same terminal as this one; on Windows it always is."""
    if not hasattr(os, "getpgid"):
        return True
    try:
        return os.getpgid(process.pid) == os.getpgrp() == os.tcgetpgrp(2)
    except OSError:
        return False
