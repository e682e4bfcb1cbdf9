"""The tests can be read, and the package be used, where Python has none of POSIX's modules: on Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from peers.command import clean_environment
from peers.sources import imports, read_sources

import spacectl

POSIX = ("fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
# peers.posix tries, and goes without
TRY = {"tests.peers.posix"}

# what Windows has not: modules, functions of os, signals, sockets of the file system
WITHOUT = f"""
import _socket
del _socket.socketpair
import os, signal, socket, sys, tempfile, subprocess
for name in {POSIX!r}:
    sys.modules[name] = None
for name in ("fchmod", "fchown", "fork", "geteuid", "getegid", "getuid", "getpgid", "getpgrp", "tcgetpgrp", "killpg"):
    delattr(os, name)
for name in ("SIGHUP", "SIGKILL", "SIGPIPE", "SIGWINCH", "SIGQUIT", "SIGUSR1"):
    delattr(signal, name)
for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY"):
    delattr(os, name)
del socket.AF_UNIX
from spacectl.__main__ import main
main()
"""


@pytest.mark.parametrize("folder", [Path(spacectl.__file__).parent, Path(__file__).parent], ids=["spacectl", "tests"])
def test_no_module_needs_what_only_posix_has_to_be_imported(folder: Path) -> None:
    found = [
        f"{one.importer}: {one.target}"
        for one in imports(read_sources(folder))
        if one.when == "module" and one.target.partition(".")[0] in POSIX and one.importer not in TRY
    ]
    assert found == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--environment", "sandbox", "list", "repository.Plugin", "-o", "name", "-l", "1"], "repository.Plugin/"),
        (["config", "init", "-e", "dev"], "'dev' environment has been created."),
        (
            ["sandbox", "exec", "--", sys.executable, "-c", "import os; print(os.environ['SPACECTL_CONFIG_DIR'])"],
            "config",
        ),
        (["doctor", "--environment", "sandbox"], ""),
        (["cache", "show"], ""),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_commands_work_without_what_only_posix_has(arguments: list[str], said: str, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments],
        env=clean_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert said in done.stdout
