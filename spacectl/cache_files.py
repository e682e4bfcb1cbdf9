"""The files of the descriptor cache: how one is read and written, and what is there to show and remove.

One folder an endpoint, in it one `.services` with the names that the server listed, and for each service that was used
a `.protoset` and an `.outline`. A file is written beside its place and renamed into it, so that a reader finds the old
one or the new one, whole; what is torn, foreign or of another form is read as if it were not there. There are no locks:
whoever comes last wins, and all are right.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from spacectl import cache_format
from spacectl.cache_format import SERVICES

MAX_BYTES = 64 * 1024 * 1024
FOLDER = r"[0-9a-f]{32}"
FILE = r"[0-9a-f]{32}\.(services|protoset|outline)(\.[0-9a-f]{16}\.tmp)?"
READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Kept(NamedTuple):
    """What a file holds, and when the server was asked for it, in nanoseconds since the epoch."""

    body: bytes
    asked: int


class Place(NamedTuple):
    """Where the answers of one endpoint are kept; `key` names the endpoint."""

    root: Path
    key: str

    def read(self, kind: str, service: str = "") -> Kept | None:
        """What is kept of a service (of the endpoint itself for ""); None for nothing that can be used."""
        return _read(self._path(kind, service), cache_format.head(self.key, service))

    def write(self, kind: str, service: str, body: bytes, asked: int) -> None:
        """Keeps something that was asked for at that time. A place that cannot be written is no failure."""
        path = self._path(kind, service)
        with suppress(OSError):
            self.root.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.root, path.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            _write(path, cache_format.sealed(cache_format.head(self.key, service) + body), asked)

    def _path(self, kind: str, service: str) -> Path:
        return self.root / cache_format.file_name(self.key, kind, service)


def directory(environ: Mapping[str, str]) -> Path | None:
    """Where the cache is; None for nowhere."""
    found = cache_format.directory(environ)
    return None if found is None else Path(found)


def endpoints(root: Path) -> Iterator[tuple[str, Path, int]]:
    """The endpoints of which anything is kept, sorted: the key, the folder, when it was asked (nanoseconds)."""
    found = []
    for folder in folders(root):
        path = folder / (folder.name + SERVICES)
        kept = _read(path, b"")
        key = kept.body.partition(b"\n")[0].decode("utf-8", "surrogateescape") if kept is not None else ""
        if kept is not None and cache_format.hashed(key) == folder.name:
            found.append((key, folder, kept.asked))
    yield from sorted(found)


def folders(root: Path) -> list[Path]:
    """The folders of endpoints, by their names alone. Raises OSError unless the cache is missing."""
    try:
        entries = list(os.scandir(root))
    except FileNotFoundError:
        return []
    return [
        root / entry.name
        for entry in entries
        if re.fullmatch(FOLDER, entry.name) and entry.is_dir(follow_symlinks=False)
    ]


def files_of(folder: Path) -> list[tuple[Path, int]]:
    """The files of the cache in a folder, and their sizes in bytes; what others put there is left out."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:  # another process removed it
        return []
    return [
        (folder / entry.name, entry.stat(follow_symlinks=False).st_size)
        for entry in entries
        if re.fullmatch(FILE, entry.name) and entry.is_file(follow_symlinks=False)
    ]


def remove_if_empty(folder: Path) -> None:
    """Removes the folder of an endpoint, unless anything is left in it."""
    with suppress(OSError):
        folder.rmdir()


def _read(path: Path, head: bytes) -> Kept | None:
    try:
        descriptor = os.open(path, READ)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or (hasattr(os, "geteuid") and status.st_uid != os.geteuid()):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    body = cache_format.opened(data, head)
    return None if body is None else Kept(body, status.st_mtime_ns)


def _write(path: Path, data: bytes, asked: int) -> None:
    # a name of its own for each writer: process numbers come again in containers, and a dead one's file would stay
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.utime(temporary, ns=(asked, asked))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
