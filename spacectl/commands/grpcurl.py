"""What --print-grpcurl prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from spacectl.values import Fields

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.commands.road import Call
    from spacectl.rpc.catalog import Method


def print_grpcurl(app: App, asked: Call, requests: Callable[[Method], Sequence[Fields]]) -> None:
    """Prints a line for each request, and tells a person which variables have to hold its secrets.

    Raises UsageError, ConfigError, CallError.
    """
    lines, variables = app.grpcurl(asked.resource, asked.verb, asked.version, requests)
    for line in lines:
        app.stdout.write(f"{line}\n")
    if variables and app.stderr.isatty():
        app.stderr.write(f"set before: {', '.join(variables)}\n")
