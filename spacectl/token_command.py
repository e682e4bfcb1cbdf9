"""Programs that print a token: `token_command` of an environment, as kubectl's exec plugins do.

No shell runs them. What they print is a secret, and so may be what they say when they fail: neither is ever shown.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spacectl.errors import ConfigError

TIMEOUT = 60.0
MAX_OUTPUT = 65_536
# what the exec plugins of kubectl ask for before they print anything
EXEC_INFO = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}'


def words_of(command: Any, origin: str) -> list[str]:
    """The words of a command, given as a list or as one text with a shell's quotes. Raises ConfigError."""
    hint = "as in `token_command: [vault, read, -field=token, secret/spaceone]`"
    if isinstance(command, list):
        words = [str(word) for word in command if isinstance(word, (str, int, float)) and not isinstance(word, bool)]
        if len(words) != len(command):
            raise ConfigError(f"{origin}: a list of texts is due", hint)
    elif isinstance(command, str):
        from shlex import split

        try:
            words = split(command)
        except ValueError as error:
            raise ConfigError(f"{origin}: {str(error).lower()}", hint) from None
    else:
        raise ConfigError(f"{origin}: a command is due", hint)
    if not words or not words[0]:
        raise ConfigError(f"{origin}: the command is empty", hint)
    if any("\0" in word for word in words):
        raise ConfigError(f"{origin}: a word of the command has a null character", hint)
    return words


def run(words: Sequence[str], origin: str, base: Path, environ: Mapping[str, str], timeout: float = TIMEOUT) -> str:
    """The token that a program prints within `timeout` seconds, alone or in an ExecCredential.

    A program that is named with a slash is looked for from the directory `base`. Raises ConfigError.
    """
    program = words[0]
    path = str(base / Path(program).expanduser()) if "/" in program or os.sep in program else program
    output = _output(
        [path, *words[1:]], f"{origin}: {program}", {**environ, "KUBERNETES_EXEC_INFO": EXEC_INFO}, timeout
    )
    return _token(output, f"{origin}: {program}")


def _output(words: Sequence[str], what: str, environ: Mapping[str, str], timeout: float) -> bytes:
    import subprocess
    from threading import Thread

    try:
        process = subprocess.Popen(  # noqa: S603 the user's own program, and no shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            # what it starts itself ends with it
            start_new_session=True,
        )
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "there is no such program" if missing else error.strerror or str(error)
        raise ConfigError(f"{what} cannot be run: {reason}") from None
    got: list[bytes] = []

    def read() -> None:
        if process.stdout is not None:
            with process.stdout as pipe:
                got.append(pipe.read(MAX_OUTPUT + 1))

    reader = Thread(target=read, daemon=True)
    reader.start()
    try:
        reader.join(timeout)
        if reader.is_alive():
            raise ConfigError(
                f"{what} took longer than {timeout:g} s", "`token_command_timeout: SECONDS` gives it more"
            )
        output = got[0] if got else b""
        if len(output) > MAX_OUTPUT:
            raise ConfigError(f"{what} prints more than a token: over {MAX_OUTPUT // 1024} KiB")
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ConfigError(f"{what} took longer than {timeout:g} s") from None
    finally:
        _end(process)
    if status:
        ended = f"was ended by signal {-status}" if status < 0 else f"failed with exit status {status}"
        raise ConfigError(f"{what} {ended}", "run it by hand to see why: what it prints is not shown here")
    return output


def _end(process: Any) -> None:
    """Ends a program, and all that it has started."""
    import signal
    from contextlib import suppress

    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _token(output: bytes, what: str) -> str:
    try:
        text = output.decode().strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{what} prints no token: it is not UTF-8") from None
    if text.startswith("{"):
        text = _of_exec_credential(text, what)
    if not text:
        raise ConfigError(f"{what} prints no token")
    if "\n" in text:
        raise ConfigError(f"{what} prints more than one line: a token alone is due")
    return text


def _of_exec_credential(text: str, what: str) -> str:
    import json

    try:
        status = json.loads(text).get("status")
        token = status.get("token") if isinstance(status, dict) else None
    except (ValueError, RecursionError):
        raise ConfigError(f"{what} prints JSON that cannot be read") from None
    if not isinstance(token, str) or not token.strip():
        raise ConfigError(f"{what} prints JSON without a token: status.token of an ExecCredential is due")
    return token.strip()
