"""buf as a peer: what it makes of an API is taken by us, what we make of one by it, and both get the same answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from peers.command import Result
from peers.server import Server

Run = Callable[..., Result]
PROTO = Path(__file__).parents[1] / "peers" / "proto"
EVERYTHING = {
    "string_value": "it's \u00e9 \U0001f600 \"\\",
    "int64_value": "9007199254740993",
    "bytes_value": "eA==",
    "struct": {"a": [1, 0.5, None, True, {"b": "c"}]},
    "string_map": {"b": "2", "a": "1"},
}


@pytest.fixture
def buf(tmp_path: Path) -> Callable[..., str]:
    """Runs buf: what it prints."""
    beside = Path(sys.executable).parent / "buf"
    program = str(beside) if beside.is_file() else shutil.which("buf")
    if program is None:
        pytest.skip("no buf on the PATH")

    def run(*arguments: str) -> str:
        env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        line = [program, *arguments]
        done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def curl(buf: Callable[..., str], server: Server, method: str, request: Any, *more: str) -> list[Any]:
    """The answers that buf curl gets."""
    url = f"http://{server.address}/{method}"
    out = buf("curl", "--protocol", "grpc", "--http2-prior-knowledge", *more, "-d", json.dumps(request), url)
    decoder, answers, rest = json.JSONDecoder(), [], out.strip()
    while rest:
        answer, end = decoder.raw_decode(rest)
        # to protobuf's JSON a 64-bit number is a text
        answers.append({key: int(value) if key == "number" else value for key, value in answer.items()})
        rest = rest[end:].strip()
    return answers


def ours(run: Run, server: Server, verb: str, request: Any, *more: str) -> list[Any]:
    """The answers that we get."""
    line = ("exec", verb, "kitchen.v1.Kitchen", "-j", json.dumps(request), "-o", "jsonl", "--endpoint", server.endpoint)
    result = run(*line, *more)
    assert (result.status, result.err) == (0, "")
    return [json.loads(line) for line in result.out.splitlines()]


@pytest.mark.parametrize("reflection", ["v1", "v1alpha", "both"])
def test_both_send_the_same_and_get_the_same(
    reflection: str, buf: Callable[..., str], start_kitchen: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_kitchen(reflection=reflection)
    answered = curl(buf, server, "kitchen.v1.Kitchen/Count", {"count": 3})
    assert ours(spacectl_inprocess, server, "Count", {"count": 3}) == answered == [{"number": n} for n in (1, 2, 3)]
    curl(buf, server, "kitchen.v1.Kitchen/Echo", EVERYTHING)
    theirs = server.last
    ours(spacectl_inprocess, server, "Echo", EVERYTHING)
    assert server.last is not theirs
    assert server.last.requests == theirs.requests != [{}]


def test_an_image_of_buf_describes_a_server_without_reflection(
    buf: Callable[..., str], start_kitchen: Callable[..., Server], spacectl_inprocess: Run, tmp_path: Path
) -> None:
    image = tmp_path / "image.binpb"
    buf("build", str(PROTO), "--path", str(PROTO / "kitchen"), "-o", str(image))
    server = start_kitchen(reflection=None)
    assert ours(spacectl_inprocess, server, "Count", {"count": 1}, "--protoset", str(image)) == [{"number": 1}]
    said = spacectl_inprocess("explain", "kitchen.Dish.season", "--endpoint", server.endpoint, "--protoset", str(image))
    assert "In v1 only." in said.out


def test_buf_takes_the_descriptor_set_that_we_export(
    buf: Callable[..., str], start_kitchen: Callable[..., Server], spacectl_inprocess: Run, tmp_path: Path
) -> None:
    file = tmp_path / "api.binpb"
    described = start_kitchen()
    assert spacectl_inprocess("protoset", "export", described.endpoint, "-o", str(file)).status == 0
    server = start_kitchen(reflection=None)
    assert curl(buf, server, "kitchen.v1.Kitchen/Count", {"count": 2}, "--schema", str(file)) == [
        {"number": 1},
        {"number": 2},
    ]
