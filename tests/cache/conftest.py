"""APIs that change: small .proto texts, served one after the other at the same address."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from peers.command import Result
from peers.protosets import Api, api_from
from peers.recorder import record
from peers.server import Server

WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"


@pytest.fixture
def api(tmp_path: Path) -> Callable[..., Api]:
    """The Api of .proto texts: `api("shop/v1/shop.proto"="…")`, `_` for what a keyword cannot hold."""
    made: list[Path] = []

    def compile_texts(texts: dict[str, str]) -> Api:
        folder = tmp_path / f"api{len(made)}"
        made.append(folder)
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        output = folder / "all.protoset"
        line = ["protoc", f"-I{folder}", f"-I{WELL_KNOWN}", "--include_imports", f"--descriptor_set_out={output}"]
        assert protoc.main([*line, *texts]) == 0
        return api_from(FileDescriptorSet.FromString(output.read_bytes()))

    return compile_texts


@pytest.fixture
def socket(tmp_path: Path) -> str:
    """An address that one server after the other can have."""
    return f"unix:{tmp_path}/socket"


@pytest.fixture
def serving(socket: str) -> Callable[..., AbstractContextManager[Server]]:
    """Serves an Api at the socket for a while: `with serving(api, answers) as server`."""

    def start(served: Api, answers: dict[str, Any] | None = None, **options: Any) -> AbstractContextManager[Server]:
        return record(served, answers, listen=socket, **options)

    return start


@pytest.fixture
def call(
    spacectl_inprocess: Callable[..., Result], socket: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Runs the command with the socket for its endpoint, in the home."""
    monkeypatch.chdir(home)
    return lambda *words, **options: spacectl_inprocess("--endpoint", socket, *words, **options)


@pytest.fixture
def cache(home: Path) -> Path:
    """The directory of the command's cache."""
    return home / ".cache" / "spacectl"
