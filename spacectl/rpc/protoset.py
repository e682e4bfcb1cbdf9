"""Descriptor sets in files: what `protoc --descriptor_set_out` and `buf build` write."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError, ConfigError, SpacectlError, UsageError
from spacectl.rpc.descriptors import is_within
from spacectl.rpc.status import UNIMPLEMENTED

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from spacectl.connection_settings import ConnectionSettings
    from spacectl.rpc.catalog import Source

MAX_BYTES = 256 * 1024 * 1024
PROTOC = "protoc --include_imports --include_source_info --descriptor_set_out=api.protoset FILE.proto"
BUF = "buf build -o api.binpb"


@dataclass(frozen=True)
class Pack:
    """A file with a descriptor set; `error` is what is raised where it cannot be used.

    With `includes` it is a .proto file, and these are the directories that its imports begin in.
    """

    path: Path
    error: type[SpacectlError] = UsageError
    includes: tuple[Path, ...] | None = None


def given(name: str) -> Pack:
    """A file of the command line; it is read when it is needed. Raises UsageError where that cannot be."""
    pack = Pack(Path(name))
    if not os.access(name, os.R_OK) or pack.path.is_dir():
        # it says why
        read_pack(pack)
    return pack


def configured(settings: ConnectionSettings) -> list[Pack]:
    """The descriptions that the configuration has of a service."""
    sets = [Pack(path, ConfigError) for path in settings.protosets]
    return sets + [Pack(path, ConfigError, settings.proto_paths) for path in settings.protos]


def read_pack(pack: Pack) -> list[FileDescriptorProto]:
    """The files of a descriptor set. Raises the pack's error, one line, for anything else."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.message import DecodeError

    if pack.includes is not None:
        from spacectl.rpc.proto_files import compiled

        return list(FileDescriptorSet.FromString(compiled(pack.path, pack.includes, pack.error)).file)
    try:
        with pack.path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise pack.error(f"cannot read the descriptor set {pack.path}: {problem.strerror or problem}") from None
    except ValueError as problem:  # a name with a NUL
        raise pack.error(f"cannot read the descriptor set {str(pack.path)!r}: {problem}") from None
    if len(data) > MAX_BYTES:
        raise pack.error(f"{pack.path}: longer than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        files = list(FileDescriptorSet.FromString(data).file)
    except DecodeError:
        files = []
    if not files or not all(file.name for file in files):
        raise pack.error(f"{pack.path} is no descriptor set", f"`{PROTOC}` makes one", f"`{BUF}` makes one, too")
    return files


class ProtosetSource:
    """Descriptors from files; they are read at the first question. Raises the packs' errors."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = packs
        self._files: dict[str, FileDescriptorProto] = {}

    def services(self) -> list[str]:
        """The full names of all services, sorted."""
        return sorted(self._defining())

    def files(self, symbols: Iterable[str]) -> dict[str, Any]:
        """The files that define the services, and all that they import, by file name; unknown ones are left out."""
        defining = self._defining()
        wanted = [file for symbol in symbols if (file := defining.get(symbol) or self._of_type(symbol)) is not None]
        found: dict[str, Any] = {}
        while wanted:
            name = wanted.pop()
            if name in self._files and name not in found:
                found[name] = self._files[name]
                wanted += found[name].dependency
        return found

    def _defining(self) -> dict[str, str]:
        if not self._files:
            for pack in self._packs:
                for file in read_pack(pack):
                    self._files.setdefault(file.name, file)
        return {
            f"{file.package}.{service.name}".lstrip("."): name
            for name, file in self._files.items()
            for service in file.service
        }

    def _of_type(self, full_name: str) -> str | None:
        """The name of the file that defines a message type."""
        for name, file in self._files.items():
            if any(is_within(full_name, f"{file.package}.{one.name}".lstrip(".")) for one in file.message_type):
                return name
        return None


class FallbackSource:
    """A source of descriptors that turns to files where the server has no reflection.

    With `always` it does so wherever the server cannot be asked, and `failure` is why; None where it was asked, or has
    no reflection.
    """

    def __init__(self, source: Source, packs: Sequence[Pack], *, always: bool = False) -> None:
        self.failure: CallError | None = None
        self._source = source
        self._described = ProtosetSource(packs)
        self._always = always
        self._absent = False

    def services(self) -> list[str]:
        """The full names of all services. Raises CallError, or the packs' errors."""
        if not self._absent:
            try:
                return self._source.services()
            except CallError as error:
                self._turn_away(error)
        return self._described.services()

    def files(self, symbols: Iterable[str]) -> dict[str, Any]:
        """The files that define the services, with all that they import. Raises CallError, or the packs' errors."""
        symbols = list(symbols)
        if not self._absent:
            try:
                return self._source.files(symbols)
            except CallError as error:
                self._turn_away(error)
        return self._described.files(symbols)

    def _turn_away(self, error: CallError) -> None:
        if error.code != UNIMPLEMENTED:
            if not self._always:
                raise error
            self.failure = error
        self._absent = True

    @property
    def kept(self) -> Source | None:
        """What the other source has without asking, None for nothing."""
        return getattr(self._source, "kept", None)

    @property
    def used(self) -> bool:
        """Whether anything came from what was kept, and so may be out of date."""
        return bool(getattr(self._source, "used", False))

    @property
    def old(self) -> bool:
        """Whether any of that is older than what is kept may be."""
        return bool(getattr(self._source, "old", False))

    def refresh(self) -> bool:
        """Asks the other source to forget what it keeps; whether that can make a difference."""
        forget = getattr(self._source, "refresh", None)
        return forget is not None and bool(forget())
