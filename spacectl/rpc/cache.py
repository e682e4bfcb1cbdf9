"""What servers said of themselves, kept between calls: the descriptors of each endpoint's services, and nothing else.

The list of services says when a server was last asked. What is kept of a service counts only while it is not older
than that list, and the list only for LIFETIME. A schema older than that shapes only what reads, while the server is
asked for a new one (spacectl.rpc.beside).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacectl.cache_files import Place
from spacectl.cache_format import OUTLINE, PROTOSET, SERVICES
from spacectl.errors import SpacectlError
from spacectl.rpc.descriptors import is_within
from spacectl.rpc.outline import outline

if TYPE_CHECKING:
    from spacectl.rpc.catalog import Source

LIFETIME = 3600 * 1_000_000_000


class DescriptorCache:
    """The kept descriptors of one endpoint, named by `key`, under a directory. All times are in nanoseconds.

    Nothing here ever fails: a directory that cannot be read or written is an empty one.
    """

    def __init__(self, root: Path, key: str) -> None:
        self._place = Place(root, key)

    def services(self) -> tuple[list[str], int] | None:
        """The full names of the services, and when they were asked for."""
        kept = self._place.read(SERVICES)
        if kept is None:
            return None
        return [name for name in kept.body.decode(errors="replace").split("\n") if name], kept.asked

    def files(self, service: str, since: int | None) -> dict[str, Any] | None:
        """The files that define a service, with all that they import, by name; None when asked for before `since`."""
        kept = self._place.read(PROTOSET, service)
        if kept is None or (since is not None and not since <= kept.asked <= time.time_ns()):
            return None
        from google.protobuf.descriptor_pb2 import FileDescriptorSet
        from google.protobuf.message import DecodeError

        try:
            return {file.name: file for file in FileDescriptorSet.FromString(kept.body).file}
        except DecodeError:
            return None

    def store_services(self, names: Iterable[str], asked: int) -> None:
        """Keeps the names of the services."""
        self._place.write(SERVICES, "", "\n".join(names).encode(), asked)

    def store_files(self, service: str, files: Mapping[str, Any], asked: int) -> None:
        """Keeps the files of a service, and beside them what completion reads without protobuf."""
        from google.protobuf.descriptor_pb2 import FileDescriptorSet

        # the outline first: it is not looked for where there is no protoset
        self._place.write(OUTLINE, service, outline(service, files).encode(), asked)
        self._place.write(PROTOSET, service, FileDescriptorSet(file=files.values()).SerializeToString(), asked)


class CachedSource:
    """A source of descriptors that asks another one only for what is not kept, and never twice for the same.

    `used` tells whether anything came from the cache, and so may be out of date; `old` whether any of that is older
    than what is kept may be, which happens only as long as it may be of `any_age`; `refresh` forgets it.
    """

    def __init__(self, source: Source, cache: DescriptorCache, *, refresh: bool = False) -> None:
        self.used = False
        self.old = False
        self.any_age = False
        self._source = source
        self._cache = cache
        self._fresh = refresh
        self._names: list[str] | None = None
        self._since = 0
        self._files: dict[tuple[str, ...], dict[str, Any]] = {}

    def services(self) -> list[str]:
        """The full names of all services."""
        if self.old and not self.any_age:
            self.refresh()
        if self._names is None:
            kept = None if self._fresh else self._cache.services()
            # a time to come is that of a clock that was set back since: nobody knows how old it is
            young = kept is not None and 0 <= time.time_ns() - kept[1] < LIFETIME
            if kept is not None and (young or self.any_age):
                self.used = True
                self.old = not young
                self._names, self._since = kept
            else:
                self._fresh = True
                asked = time.time_ns()
                self._names = self._source.services()
                self._cache.store_services(self._names, asked)
        return self._names

    def files(self, symbols: Iterable[str]) -> dict[str, Any]:
        """The files that define the services, with all that they import, by name."""
        wanted = tuple(symbols)
        self.services()
        if wanted not in self._files:
            kept = None if self._fresh else self._kept(wanted)
            if kept is not None:
                self.used = True
            self._files[wanted] = self._asked(wanted) if kept is None else kept
        return self._files[wanted]

    @property
    def kept(self) -> Source | None:
        """What can be had without asking the source, which raises SpacectlError for all else; None for nothing."""
        return None if self._fresh else CachedSource(_Silent(), self._cache)

    @property
    def wanted(self) -> Mapping[tuple[str, ...], dict[str, Any]]:
        """The files that were asked for, by the symbols that they were asked for by."""
        return self._files

    def refresh(self) -> bool:
        """From now on asks the server; whether that can make a difference."""
        was_used, self.used, self.old, self._fresh = self.used, False, False, True
        if was_used:
            self._names = None
            self._files.clear()
        return was_used

    def renew(self, names: list[str], files: Mapping[tuple[str, ...], dict[str, Any]], asked: int) -> bool:
        """Takes what the server says now of all that is `wanted`; whether it is what was known."""
        same = names == self._names and all(
            _closures(symbols, found) == _closures(symbols, self._files[symbols]) for symbols, found in files.items()
        )
        self.refresh()
        self._names = names
        self._cache.store_services(names, asked)
        for symbols, found in files.items():
            self._files[symbols] = found
            self._store(symbols, found, asked)
        return same

    def _kept(self, symbols: Iterable[str]) -> dict[str, Any] | None:
        """The kept files of all the services; None unless all are there and agree with each other."""
        found: dict[str, Any] = {}
        for symbol in symbols:
            files = self._cache.files(symbol, self._since)
            if files is None and self.any_age:
                files = self._cache.files(symbol, None)
                self.old = self.old or files is not None
            # two services that were asked for before and after a change of the server do not fit together
            if files is None or any(name in found and found[name] != file for name, file in files.items()):
                return None
            found |= files
        return found

    def _asked(self, symbols: tuple[str, ...]) -> dict[str, Any]:
        asked = time.time_ns()
        files = self._source.files(symbols)
        self._store(symbols, files, asked)
        return files

    def _store(self, symbols: tuple[str, ...], files: Mapping[str, Any], asked: int) -> None:
        for symbol in symbols:
            closure = closure_of(symbol, files)
            if closure:
                self._cache.store_files(symbol, closure, asked)


class _Silent:
    """A source that must not be asked."""

    def services(self) -> list[str]:
        raise SpacectlError("nothing is kept of the server")

    def files(self, symbols: Iterable[str]) -> dict[str, Any]:
        raise SpacectlError(f"nothing is kept of {', '.join(symbols)}")


def closure_of(service: str, files: Mapping[str, Any]) -> dict[str, Any]:
    """The files that a service, or a message type, needs, out of more; none where no file defines it."""
    wanted = [
        f.name
        for f in files.values()
        if any(is_within(service, f"{f.package}.{one.name}".lstrip(".")) for one in (*f.service, *f.message_type))
    ]
    closure: dict[str, Any] = {}
    while wanted:
        current = wanted.pop()
        if current in files and current not in closure:
            closure[current] = files[current]
            wanted += files[current].dependency
    return closure


def _closures(services: Iterable[str], files: Mapping[str, Any]) -> dict[str, Any]:
    closures: dict[str, Any] = {}
    for service in services:
        closures |= closure_of(service, files)
    return closures
