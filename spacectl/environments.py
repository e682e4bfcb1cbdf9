"""The environments on disk: `environment.yml` names the current one, `environments/NAME.yml` holds its settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spacectl import files, yaml_io
from spacectl.errors import ConfigError, UsageError

_NAME = r"[^\W_][\w.@+-]*(?: [\w.@+-]+)*"


def check_name(name: str) -> None:
    """Raises UsageError unless the text can be the name of an environment, and so of a file."""
    if not re.fullmatch(_NAME, name) or len(name.encode()) > 200:
        raise UsageError(
            f"{name!r} cannot be the name of an environment",
            "letters, digits, dots and dashes can, as in my-company.dev",
        )


def file_of(directory: Path, name: str) -> Path:
    """The file of an environment, whether it is there or not. Raises UsageError for an impossible name."""
    check_name(name)
    return directory / "environments" / f"{name}.yml"


def has_file(directory: Path, name: str) -> bool:
    """Whether an environment has a file, as far as one may look. Raises UsageError for an impossible name."""
    try:
        return file_of(directory, name).exists()
    except PermissionError:
        return False


def names(directory: Path) -> list[str]:
    """The names of the environments that have a file, sorted. Raises ConfigError when they cannot be read."""
    try:
        found = [path for path in (directory / "environments").iterdir() if path.suffix == ".yml" and path.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigError(f"cannot read {directory / 'environments'}: {error.strerror or error}") from None
    return sorted(path.stem for path in found if not path.name.startswith("."))


def current(directory: Path) -> str | None:
    """The name in `environment.yml`, None without one. Raises ConfigError when the file cannot be read."""
    path = directory / "environment.yml"
    try:
        if not path.exists():
            return None
    except PermissionError:
        # the home of another user, as in a container that runs under a number: as good as no file
        return None
    name = yaml_io.load_mapping(yaml_io.read_text(path), str(path)).get("environment")
    if name is None or name == "":
        return None
    text = str(name).lower() if isinstance(name, bool) else str(name)
    if isinstance(name, (dict, list)) or not re.fullmatch(_NAME, text):
        raise ConfigError(f"{path}: environment: a name is due", "`spacectl config environment -s NAME` writes it")
    return text


def read(directory: Path, name: str) -> dict[str, Any]:
    """The settings of an environment as they are on disk. Raises ConfigError, with file:line for a broken file."""
    path = file_of(directory, name)
    return yaml_io.load_mapping(yaml_io.read_text(path), str(path))


def write(directory: Path, name: str, text: str) -> None:
    """Put a text into the file of an environment, making it when missing. Raises SpacectlError."""
    path = file_of(directory, name)
    with files.locked(directory):
        files.write_atomically(path, text)


def change(directory: Path, name: str, path: Sequence[str], value: str | None) -> None:
    """Set one setting to a string, or remove it for None; the others stay as they are.

    Two processes that change the same file wait for each other. Raises ConfigError or SpacectlError.
    """
    change_all(directory, name, [(path, value)])


def change_all(directory: Path, name: str, edits: Sequence[tuple[Sequence[str], str | None]]) -> None:
    """Set several settings to strings, or remove those that are None, in one step. Raises as `change` does."""
    file = file_of(directory, name)
    with files.locked(directory):
        text = yaml_io.read_text(file)
        for path, value in edits:
            text = yaml_io.with_value(text, path, value, str(file))
        files.write_atomically(file, text)


def switch(directory: Path, name: str) -> None:
    """Make an environment the current one. Raises SpacectlError."""
    check_name(name)
    path = directory / "environment.yml"
    with files.locked(directory):
        files.write_atomically(path, yaml_io.dump({"environment": name}))


def remove(directory: Path, name: str) -> str | None:
    """Remove the file of an environment; the current one afterwards, None when there is none left.

    When the current one goes, the first of the others takes its place. Raises SpacectlError.
    """
    was_current = current(directory) == name
    files.remove(file_of(directory, name))
    if not was_current:
        return current(directory)
    left = names(directory)
    if not left:
        files.remove(directory / "environment.yml")
        return None
    switch(directory, left[0])
    return left[0]
