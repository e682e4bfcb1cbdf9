"""`spacectl cache`: what is kept of servers' descriptions, to look at and to remove."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from spacectl import cache_files
from spacectl.cache_format import PROTOSET
from spacectl.errors import SpacectlError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from spacectl.app import App

HEADERS = ("Endpoint", "Services", "Age", "Size", "Path")


@click.group()
def cache() -> None:
    """Show or clear the cached API descriptions."""


@cache.command()
@click.option("-o", "--output", type=click.Choice(["table", "yaml", "json"]), default="table", show_default=True)
@click.pass_obj
def show(app: App, output: str) -> None:
    """List what is kept: the endpoint, its services, when they were asked for, size and path.

    YAML and JSON give the age in seconds and the size in bytes.
    """
    rows = [_row(key, folder, asked) for key, folder, asked in cache_files.endpoints(_directory(app))]
    if output == "table":
        rows = [(key, services, _age(age), _size(size), path) for key, services, age, size, path in rows]
    app.printer(output).grid(HEADERS, rows)


@cache.command()
@click.pass_obj
def clear(app: App) -> None:
    """Clear the cache; the next call of each service asks its server again."""
    root = _directory(app)
    removed = size = 0
    for folder in cache_files.folders(root):
        for path, its_size in cache_files.files_of(folder):
            try:
                path.unlink()
            except FileNotFoundError:
                continue  # another process was quicker
            except OSError as error:
                raise SpacectlError(f"cannot remove {path}: {error.strerror}") from None
            removed += 1
            size += its_size
        cache_files.remove_if_empty(folder)
    files = "1 file" if removed == 1 else f"{removed} files"
    click.echo(
        f"Removed {files}, {_size(size)}, from {root}." if removed else f"Nothing is kept in {root}.", app.stdout
    )


def _directory(app: App) -> Path:
    root = cache_files.directory(app.environ)
    if root is None:
        raise UsageError("nothing is kept: there is no directory for it", "`export SPACECTL_CACHE_DIR=DIR` names one")
    return root


def _row(key: str, folder: Path, asked: int) -> tuple[Any, ...]:
    files = cache_files.files_of(folder)
    services = sum(path.suffix == PROTOSET for path, _ in files)
    age = max(time.time_ns() - asked, 0) // 1_000_000_000
    return key, services, age, sum(size for _, size in files), str(folder)


def _age(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
