"""`spacectl template`: the columns that `list` shows of a resource when none are chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spacectl import config, files, resource_type, templates, yaml_io
from spacectl.commands.input_text import read_input
from spacectl.errors import UsageError

if TYPE_CHECKING:
    from spacectl.app import App


@click.group()
def template() -> None:
    """Manage resource templates."""


@template.command("set")
@click.argument("resource")
@click.option(
    "-f", "--file", "file", metavar="FILE", required=True, help="YAML file with `template: {list: […]}`, or -."
)
@click.pass_obj
def set_template(app: App, resource: str, file: str) -> None:
    """Set the template of a resource."""
    wanted = resource_type.parse(resource)
    text, name = read_input(app, file)
    templates.save_template(config.directory(app.environ), wanted.service, wanted.name, text, name)


@template.command("remove")
@click.argument("resource")
@click.pass_obj
def remove_template(app: App, resource: str) -> None:
    """Remove the template of a resource."""
    files.remove(_existing(app, resource))


@template.command("show")
@click.argument("resource")
@click.pass_obj
def show_template(app: App, resource: str) -> None:
    """Print the template of a resource."""
    path = _existing(app, resource)
    app.printer("yaml").document(yaml_io.load_mapping(yaml_io.read_text(path), str(path)))


def _existing(app: App, resource: str) -> Path:
    wanted = resource_type.parse(resource)
    path = templates.file_of(config.directory(app.environ), wanted.service, wanted.name)
    if not path.exists():
        name = f"{wanted.service}.{wanted.name}"
        raise UsageError(f"{name} has no template", f"`spacectl template set {name} -f FILE` gives it one")
    return path
