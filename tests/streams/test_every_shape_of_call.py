"""Every description of a server, every shape of call, every time at which it may fail, on grpcio and on grpc-go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from google.protobuf.message import Message
from peers.command import Result, Spacectl
from peers.kitchen import BEHAVIOURS
from peers.protosets import Api
from peers.server import STATUS_CODES, Exchange, serve

from spacectl.errors import GRPC_STATUS_NAMES

Run = Callable[..., Result]
DESCRIPTIONS = ("v1", "v1alpha", "both", "protoset")
SHAPES = ("unary", "server", "client", "bidi")
ENDS = ("ok", "early", "late")


class Case(NamedTuple):
    """A call: what is typed, and the lines that it prints when all goes well."""

    line: tuple[str, ...]
    stdin: str
    lines: list[Any]


PYTHON = {
    "unary": Case(("exec", "Echo", "kitchen.Kitchen", "-p", "string_value=x"), "", [{"string_value": "x"}]),
    "server": Case(("exec", "Count", "kitchen.Kitchen", "-p", "count=2"), "", [{"number": 1}, {"number": 2}]),
    "client": Case(("exec", "Sum", "kitchen.Kitchen", "-f", "-"), "number: 1\n---\nnumber: 2\n", [{"number": 3}]),
    "bidi": Case(
        ("exec", "Chat", "kitchen.Kitchen", "-f", "-"), '{"text": "a"}\n{"text": "b"}', [{"text": "A"}, {"text": "B"}]
    ),
}
SIZES = '{"response_parameters": [{"size": 1}, {"size": 2}]}'
PAYLOADS = [{"payload": {"body": "eA=="}}, {"payload": {"body": "eHg="}}]
GO = {
    "unary": Case(("exec", "UnaryCall", "TestService", "-p", "payload.body=eA=="), "", PAYLOADS[:1]),
    "server": Case(("exec", "StreamingOutputCall", "TestService", "-j", SIZES), "", PAYLOADS),
    "client": Case(
        ("exec", "StreamingInputCall", "TestService", "-f", "-"),
        "".join(json.dumps(one) + "\n" for one in PAYLOADS),
        [{"aggregated_payload_size": 3}],
    ),
    "bidi": Case(("exec", "FullDuplexCall", "TestService", "-f", "-"), f"{SIZES}\n---\n{{}}\n", PAYLOADS),
}


def failing(behaviour: Any) -> Any:
    """The behaviour, with the failure that the caller's metadata asks for before it or after it."""

    def answer(exchange: Exchange) -> Iterator[Message]:
        asked = {key: value for key, value in exchange.call.metadata if key.startswith("fail-")}
        if "fail-early" in asked:
            exchange.context.abort(STATUS_CODES[int(asked["fail-early"])], "fail-early")
        answers = list(behaviour(exchange)) if not exchange.descriptor.server_streaming else behaviour(exchange)
        if "fail-late" in asked and not exchange.descriptor.server_streaming:
            exchange.context.abort(STATUS_CODES[int(asked["fail-late"])], "fail-late")
        yield from answers
        if "fail-late" in asked:
            exchange.context.abort(STATUS_CODES[int(asked["fail-late"])], "fail-late")

    return answer


@pytest.fixture(scope="module", params=DESCRIPTIONS)
def python_server(
    request: pytest.FixtureRequest, kitchen_api: Api, kitchen_protoset: Path
) -> Iterator[tuple[str, ...]]:
    """The options that lead to a server of grpcio, described in one way."""
    behaviours = {path: failing(behaviour) for path, behaviour in BEHAVIOURS.items()}
    reflection = None if request.param == "protoset" else request.param
    with serve(kitchen_api, behaviours, reflection=reflection) as server:
        more = ("--protoset", str(kitchen_protoset)) if reflection is None else ()
        yield ("--endpoint", server.endpoint, *more)


def check(case: Case, server: tuple[str, ...], shape: str, end: str, code: int, run: Run) -> None:
    header = () if end == "ok" else ("-H", f"fail-{end}: {code}")
    result = run(*server, *case.line, "-o", "jsonl", *header, stdin=case.stdin)
    lines = [json.loads(line) for line in result.out.splitlines()]
    if end == "ok":
        assert (result.status, result.err, lines) == (0, "", case.lines)
        return
    # what arrived is printed, and the status is the failure's
    assert lines == (case.lines if end == "late" and shape in ("server", "bidi") else [])
    assert result.status == 64 + code
    assert f"fail-{end} ({GRPC_STATUS_NAMES[code]})" in result.err


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_on_grpcio(python_server: tuple[str, ...], shape: str, end: str, spacectl_inprocess: Run) -> None:
    for code in (1, 3, 5, 8, 13, 16) if end != "ok" else (0,):
        check(PYTHON[shape], python_server, shape, end, code, spacectl_inprocess)


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_on_grpc_go(
    description: str, start_go_server: Callable[..., int], spacectl: Spacectl, spacectl_inprocess: Run, tmp_path: Path
) -> None:
    server: tuple[str, ...] = (
        "--endpoint",
        f"grpc://127.0.0.1:{start_go_server(description.replace('protoset', 'none'))}",
    )
    if description == "protoset":
        file = tmp_path / "go.protoset"
        other = f"grpc://127.0.0.1:{start_go_server('v1')}"
        assert spacectl_inprocess("protoset", "export", other, "-o", str(file)).status == 0
        server += ("--protoset", str(file))
    for shape in SHAPES:
        for number, end in enumerate(ENDS):
            check(GO[shape], server, shape, end, SHAPES.index(shape) * 4 + number, spacectl_inprocess)


@pytest.mark.parametrize("shape", SHAPES)
def test_all_status_codes_in_every_shape_on_grpc_go(shape: str, go_server: int, spacectl_inprocess: Run) -> None:
    for code in range(1, 17):
        # UNAVAILABLE is tried again where nothing can have happened
        more = ("--retries", "0")
        check(
            GO[shape], ("--endpoint", f"grpc://127.0.0.1:{go_server}", *more), shape, "late", code, spacectl_inprocess
        )
