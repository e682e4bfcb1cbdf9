"""Templates: the columns that `list` shows of a resource when none are chosen."""

from __future__ import annotations

from pathlib import Path

from spacectl import files, yaml_io
from spacectl.errors import ConfigError, SpacectlError, UsageError


def file_of(directory: Path, service: str, resource: str) -> Path:
    """The file of a resource's template, whether it is there or not."""
    return directory / "template" / f"{service}.{resource}.yml"


def load_template(directory: Path, service: str, resource: str) -> list[str] | None:
    """The columns of the user's template for a resource, None without one. Raises ConfigError for a broken file."""
    path = file_of(directory, service, resource)
    try:
        if not path.exists():
            return None
    except PermissionError:
        # the home of another user, as in a container that runs under a number: as good as no file
        return None
    return columns_of(yaml_io.read_text(path), str(path), ConfigError)


def load_template_file(path: Path) -> list[str]:
    """The columns of a template file that the user names. Raises UsageError."""
    return columns_of(yaml_io.read_text(path, UsageError), str(path), UsageError)


def save_template(directory: Path, service: str, resource: str, text: str, name: str) -> None:
    """Keep a template's text for a resource. Raises UsageError for what is not a template, naming it `name`."""
    columns_of(text, name, UsageError)
    files.write_atomically(file_of(directory, service, resource), text)


def columns_of(text: str, name: str, error: type[SpacectlError]) -> list[str]:
    """The columns under `template.list`, each `field.path` or `field.path|Title`. Raises `error`."""
    template = yaml_io.load_mapping(text, name, error).get("template")
    columns = template.get("list") if isinstance(template, dict) else None
    if not isinstance(columns, list) or not columns or any(isinstance(column, (dict, list)) for column in columns):
        raise error(f"{name}: a list of columns is due under `template:` and `list:`", "as in `- name|Name`")
    return [str(column) for column in columns]
