"""`spacectl version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import spacectl

if TYPE_CHECKING:
    from spacectl.app import App


@click.command()
@click.pass_obj
def version(app: App) -> None:
    """Print the version of this command."""
    app.printer("yaml").document({"version": spacectl.__version__})
