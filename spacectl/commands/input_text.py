"""The text of a `-f FILE` option, `-` for stdin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spacectl import yaml_io
from spacectl.errors import UsageError

if TYPE_CHECKING:
    from spacectl.app import App


def read_input(app: App, file: str) -> tuple[str, str]:
    """The text, and the name by which messages call it. Raises UsageError."""
    if file != "-":
        return yaml_io.read_text(Path(file), UsageError), file
    return yaml_io.decode(app.read_stdin(), "stdin", UsageError), "stdin"
