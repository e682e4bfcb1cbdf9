"""`@modules/shell`: runs a script with the environment of the manifest, and this very `spacectl` on its PATH."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import spacectl
from spacectl.apply.outcome import ShellError
from spacectl.errors import SpacectlError, UsageError

SHELLS = ("/bin/bash", "/usr/bin/bash", "/bin/sh")


def run_script(script: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The output of a script (both streams, in their order) and its exit status. Raises ShellError unless that is 0.

    Raises SpacectlError where it cannot be run.
    """
    for name, value in environ.items():
        if not name or "=" in name or "\0" in name + value:
            raise UsageError(f"env: {name!r} cannot be an environment variable")
    shell = next((name for name in SHELLS if Path(name).exists()), None)
    if shell is None:
        raise SpacectlError("there is no shell to run the script with", f"install one of {', '.join(SHELLS)}")
    with tempfile.TemporaryDirectory(prefix="spacectl-") as directory:
        _put_command(Path(directory))
        path = os.pathsep.join(part for part in (directory, environ.get("PATH", os.defpath)) if part)
        try:
            # the script is given as an argument: a secret in it must not be in a file
            done = subprocess.run(  # noqa: S603 a manifest that names this module asks for exactly this
                [shell, "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**environ, "PATH": path},
                check=False,
            )
        except (OSError, ValueError) as error:  # it is too long, or no text that a program can be given
            reason = getattr(error, "strerror", None) or str(error)
            raise SpacectlError(f"the script cannot be run: {reason}") from None
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise ShellError(done.returncode if done.returncode > 0 else 128 - done.returncode, output)
    return {"result": output, "return_code": done.returncode}


def _put_command(directory: Path) -> None:
    """A `spacectl` that is this one, wherever it is installed, and whatever else is on the PATH."""
    root = str(Path(spacectl.__file__).resolve().parent.parent)
    code = f"import sys; sys.path[:0] = [{root!r}]; from spacectl.__main__ import main; main()"
    command = directory / "spacectl"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n')
    command.chmod(0o700)
