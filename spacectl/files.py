"""Files: found, and written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spacectl.errors import InputError, Problem, SpacectlError


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Put a text (UTF-8, newlines as they are) into a file, as `write_bytes` does. Raises SpacectlError."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise SpacectlError(f"cannot write {path}: the text is not valid Unicode") from None
    write_bytes(path, data, mode)


def write_bytes(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put bytes into a file in one step; a symlink stays, its target is written.

    Missing directories are made with mode 0700. Raises SpacectlError, and then the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        old = target.stat() if target.exists() else None
        if old and not stat.S_ISREG(old.st_mode):
            raise SpacectlError(f"cannot write {path}: it is not a regular file")
        _replace(target, data, mode, old)
    except OSError as error:
        raise _cannot("write", path, error) from None


def files_among(paths: Iterable[Path]) -> list[Path]:
    """The paths, sorted, without hidden ones that are no files: what editors lock files with.

    Raises InputError for others that are no files, or cannot be looked at: they were meant, and what they held would be
    missing.
    """
    try:
        found = sorted(path for path in paths if path.is_file() or not path.name.startswith("."))
        odd = [Problem(f"-f {path}", "", "is a link to nothing, or no file") for path in found if not path.is_file()]
    except OSError as error:
        raise InputError([Problem(f"-f {error.filename}", "", error.strerror or str(error))]) from None
    if odd:
        raise InputError(odd)
    return found


def remove(path: Path) -> None:
    """Remove a file; one that is not there is no error. Raises SpacectlError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot("remove", path, error) from None


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Let one process at a time change the files of a directory, which is made when missing.

    Where the file system or the platform has no locks, nothing is locked: each single write stays whole.
    Raises SpacectlError when the directory cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot("make", directory, error) from None
    descriptor = -1
    with suppress(ImportError, OSError):
        import fcntl

        descriptor = os.open(directory, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _replace(target: Path, data: bytes, mode: int, old: os.stat_result | None) -> None:
    import tempfile

    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:64]}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            if old and hasattr(os, "fchown") and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                # Root must not take a user's file away from its owner.
                with suppress(OSError):
                    os.fchown(descriptor, old.st_uid, old.st_gid)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _cannot(verb: str, path: Path, error: OSError) -> SpacectlError:
    forbidden = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT)
    hints = ("set SPACECTL_CONFIG_DIR to a directory that you can write",) if forbidden else ()
    return SpacectlError(f"cannot {verb} {path}: {error.strerror or error}", *hints)
