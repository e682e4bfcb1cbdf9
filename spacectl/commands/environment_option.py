"""The option `-e NAME` of the commands that change an environment, and the environment that it means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spacectl import config
from spacectl.errors import UsageError

if TYPE_CHECKING:
    from spacectl.app import App

Function = TypeVar("Function", bound=Callable[..., Any])


def environment_option(function: Function) -> Function:
    """Add `-e NAME`, parameter `environment`: another environment than the current one, for this command alone."""
    option = click.option("-e", "--environment", metavar="NAME", help="Environment, the current one by default.")
    return option(function)


def chosen_environment(command: Function) -> Function:
    """Add `-e NAME` to a command of calls, where it is short for their `--environment`."""
    option = click.option(
        "-e",
        "short_environment",
        metavar="NAME",
        help="The same as --environment.",
        expose_value=False,
        callback=_keep,
    )
    return option(command)


def changeable(app: App, environment: str | None) -> tuple[Path, str]:
    """The directory and the name of the environment whose file a command changes.

    Raises ConfigError when there is none, and UsageError for the embedded one, which has no file.
    """
    base = config.directory(app.environ)
    name = config.choose(app.environ, environment or app.environment_name)
    if name is None:
        raise config.nothing_chosen(base)
    if config.is_embedded(base, name):
        hints = ["`spacectl config init -e NAME` makes an environment of your own"]
        if not (environment or app.environment_name) and name == app.environ.get("SPACECTL_ENVIRONMENT"):
            hints = [f"SPACECTL_ENVIRONMENT={name} chose it: --environment NAME goes over that", *hints]
        raise UsageError(f"{name!r} is the embedded environment: it takes no settings", *hints)
    config.require(base, name)
    return base, name


def _keep(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.obj.options.environment = value
