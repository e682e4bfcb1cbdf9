"""Exit statuses and messages of calls that fail, in the ways in which servers and networks fail."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import split as words
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from peers.command import Result
from peers.protosets import Api
from peers.server import Exchange, Server, serve
from quiet_peers import kitchen_env

from spacectl.errors import GRPC_STATUS_NAMES

Run = Callable[..., Result]
FAIL = "exec Fail kitchen.Kitchen"
CODES = range(1, 17)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("code", CODES)
def test_every_status_of_a_server_is_an_exit_status(code: int, kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*FAIL.split(), "-p", f"code={code}", "-p", "details=so it is", env=kitchen_env(kitchen))
    assert (result.status, result.out) == (64 + code, "")
    first, *hints = result.err.splitlines()
    assert first == f"error: Fail kitchen.Kitchen: so it is ({GRPC_STATUS_NAMES[code]})"
    assert all(line.startswith("hint: ") for line in hints)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("after", [0, 2])
def test_what_arrived_of_a_stream_is_printed_before_its_failure(
    after: int, code: int, kitchen: Server, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess(
        *words("exec FailStream kitchen.Kitchen -o jsonl"),
        *("-p", f"code={code}", "-p", f"after={after}"),
        env=kitchen_env(kitchen),
    )
    assert result.status == 64 + code
    assert result.out == "".join(f'{{"number":{number}}}\n' for number in range(1, after + 1))
    assert GRPC_STATUS_NAMES[code] in result.err


def test_the_error_code_that_a_server_writes_is_kept(kitchen: Server, spacectl_inprocess: Run) -> None:
    words = "ERROR_REQUIRED_PARAMETER: Required parameter. (key = plugin_info, options)"
    arguments = [*FAIL.split(), "-p", "code=3", "-p", f"details={words}"]
    assert words in spacectl_inprocess(*arguments, env=kitchen_env(kitchen)).err
    result = spacectl_inprocess(*arguments, "--error-format", "json", env=kitchen_env(kitchen))
    [line] = result.err.splitlines()
    error = json.loads(line)["error"]
    assert (error["status"], error["exit_status"], result.status) == ("INVALID_ARGUMENT", 67, 67)
    assert error["code"] == "ERROR_REQUIRED_PARAMETER"
    assert error["details"] == "Required parameter. (key = plugin_info, options)"


def test_long_words_of_a_server_always_arrive(kitchen: Server, spacectl_inprocess: Run) -> None:
    # gRPC by itself refuses some of those beyond 8 KiB, by chance, and all beyond 16
    result = spacectl_inprocess(
        *FAIL.split(), "-p", "code=3", "-p", f"details={'x' * 60_000}", env=kitchen_env(kitchen)
    )
    assert (result.status, "x" * 60_000 in result.err) == (67, True)


def test_what_a_server_says_cannot_move_the_cursor(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(
        *FAIL.split(), "-j", json.dumps({"code": 2, "details": "a\x1b[2Jb\nc\x07"}), env=kitchen_env(kitchen)
    )
    assert result.status == 66
    assert "\x1b" not in result.err
    assert "\x07" not in result.err


@pytest.mark.parametrize(
    "line",
    [
        "exec Fail kitchen.Kitchen -p code=5",
        "list kitchen.Nothing",
        "exec Nothing kitchen.Kitchen -p x=1",
        "list nowhere.Dish",
        "list kitchen.Dish -o nothing",
        "lst",
    ],
)
def test_an_error_as_json_is_one_object_on_one_line(line: str, kitchen: Server, spacectl_inprocess: Run) -> None:
    for placed in (["--error-format", "json", *line.split()], [*line.split(), "--error-format=json"]):
        result = spacectl_inprocess(*placed, env=kitchen_env(kitchen))
        [text] = result.err.splitlines()
        error = json.loads(text)["error"]
        assert error["exit_status"] == result.status != 0
        assert error["message"]
        assert result.out == ""


@pytest.mark.parametrize("debug", ["true", "1", ""])
def test_a_traceback_is_shown_only_with_spacectl_debug(debug: str, kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(
        *FAIL.split(), "-p", "code=5", env=kitchen_env(kitchen, SPACECTL_DEBUG=debug, SPACECTL_API_KEY="s3cret")
    )
    assert result.status == 69
    assert ("Traceback" in result.err) == bool(debug)
    assert "s3cret" not in result.err


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_nobody_at_the_address_is_said_at_once_with_host_and_port(host: str, spacectl_inprocess: Run) -> None:
    port = closed_port()
    began = time.monotonic()
    result = spacectl_inprocess("list", "kitchen.Dish", "--endpoint", f"grpc://{host}:{port}")
    assert (result.status, result.out) == (78, "")
    assert time.monotonic() - began < 5
    assert f"{host}:{port}" in result.err.splitlines()[0]
    assert result.err.splitlines()[1].startswith("hint: ")


def test_tls_where_none_is_spoken_is_said_in_these_words(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess("list", "kitchen.Dish", "--endpoint", f"grpc+ssl://{kitchen.address}")
    assert result.status == 78
    assert "TLS" in result.err.splitlines()[0]


def test_a_larger_answer_is_taken_when_it_is_allowed_and_refused_when_not(
    kitchen: Server, spacectl_inprocess: Run
) -> None:
    line = "exec Big kitchen.Kitchen -o jsonl -p size=6000000"
    assert spacectl_inprocess(*line.split(), env=kitchen_env(kitchen)).status == 0
    small = spacectl_inprocess(*line.split(), "--max-message-size", "5", env=kitchen_env(kitchen))
    assert small.status == 72
    assert "--max-message-size" in small.err


def test_ten_thousand_rows_need_no_option(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*words("list kitchen.Dish -p rows=10000 -o jsonl"), env=kitchen_env(kitchen))
    assert (result.status, result.err) == (0, "")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["dish_id"] for row in rows] == [f"dish-{number:05d}" for number in range(1, 10001)]


def test_a_method_that_is_declared_and_not_served_is_unimplemented(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*words("exec Forgotten kitchen.Kitchen"), env=kitchen_env(kitchen))
    assert (result.status, result.out) == (76, "")
    assert "error: Forgotten kitchen.Kitchen: " in result.err


@pytest.fixture
def fail_with(kitchen_api: Api, spacectl_inprocess: Run) -> Callable[..., Result]:
    """The result of a call that fails with code 3, the words `no good` and these details of google.rpc."""

    def run(*details: dict[str, Any], trailer: bytes | None = None, arguments: tuple[str, ...] = ()) -> Result:
        packed = [{**value, "@type": f"type.googleapis.com/google.rpc.{value['@type']}"} for value in details]
        status = kitchen_api.message("google.rpc.Status", {"code": 3, "message": "no good", "details": packed})
        data = status.SerializeToString() if trailer is None else trailer

        def fail(exchange: Exchange) -> Iterator[Message]:
            exchange.context.set_trailing_metadata((("grpc-status-details-bin", data),))
            exchange.context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no good")
            yield exchange.reply()

        with serve(kitchen_api, {"kitchen.v1.Kitchen/Echo": fail}) as server:
            return spacectl_inprocess("exec", "Echo", "kitchen.Kitchen", *arguments, env=kitchen_env(server))

    return run


VIOLATIONS = [
    {"field": "plugin_info.options", "description": "is\nmissing"},
    {"field": "name", "description": "is long"},
]


def test_details_of_google_rpc_status_are_decoded(fail_with: Callable[..., Result]) -> None:
    result = fail_with(
        {"@type": "BadRequest", "field_violations": VIOLATIONS},
        {"@type": "PreconditionFailure", "violations": [{"type": "T", "subject": "plan", "description": "is free"}]},
        {"@type": "QuotaFailure", "violations": [{"subject": "project:1", "description": "has 9 of 9"}]},
        {"@type": "ErrorInfo", "reason": "STOPPED", "domain": "example.com", "metadata": {"zone": "a"}},
        {"@type": "ResourceInfo", "resource_type": "plugin", "resource_name": "slack", "description": "is gone"},
        {"@type": "LocalizedMessage", "locale": "ko", "message": "이름이 깁니다"},
        {"@type": "RetryInfo", "retry_delay": "2.500s"},
        {"@type": "Help", "links": [{"description": "the guide", "url": "https://example.test/x"}]},
        {"@type": "DebugInfo", "stack_entries": ["a.py:1"], "detail": "for developers"},
    )
    assert result.status == 67
    said, *hints = result.err.splitlines()
    assert said == (
        "error: Echo kitchen.Kitchen: no good; plugin_info.options: is missing; name: is long; plan: is free; "
        "project:1: has 9 of 9; STOPPED, example.com, zone=a; plugin: slack: is gone; 이름이 깁니다 (INVALID_ARGUMENT)"
    )
    assert hints[:2] == ["hint: try again in 2.5 s", "hint: the guide: https://example.test/x"]


def test_details_are_in_the_error_as_json(fail_with: Callable[..., Result]) -> None:
    result = fail_with({"@type": "BadRequest", "field_violations": VIOLATIONS}, arguments=("--error-format", "json"))
    assert "plugin_info.options: is missing" in json.loads(result.err)["error"]["details"]


def test_all_standard_details_are_in_the_error_as_json_as_json_format_has_them(
    fail_with: Callable[..., Result], kitchen_api: Api
) -> None:
    details = [
        {"@type": "ErrorInfo", "reason": "STOPPED", "domain": "example.com", "metadata": {"zone": "a"}},
        {"@type": "RetryInfo", "retry_delay": "2.500s"},
        {"@type": "DebugInfo", "stack_entries": ["a.py:1", "b.py:2"], "detail": "for developers"},
        {"@type": "QuotaFailure", "violations": [{"subject": "project:1", "description": "has 9 of 9"}]},
        {"@type": "PreconditionFailure", "violations": [{"type": "T", "subject": "plan", "description": "is free"}]},
        {"@type": "BadRequest", "field_violations": [{"field": "name", "description": "is long"}]},
        {"@type": "RequestInfo", "request_id": "req-7", "serving_data": "x"},
        {"@type": "ResourceInfo", "resource_type": "plugin", "resource_name": "slack", "owner": "me"},
        {"@type": "Help", "links": [{"description": "the guide", "url": "https://example.test/x"}]},
        {"@type": "LocalizedMessage", "locale": "ko", "message": "이름이 깁니다"},
    ]
    result = fail_with(*details, arguments=("--error-format", "json"))
    found = json.loads(result.err)["error"]["status_details"]
    url = "type.googleapis.com/google.rpc."
    expected = [{**one, "@type": url + one["@type"]} for one in details]
    expected[1]["retry_delay"] = "2.5s"
    assert found == expected
    said = fail_with(*details).err
    assert "hint: the server's name for this request: req-7: x" in said
    assert "hint: of the server's inside: for developers; a.py:1; b.py:2" in said


def test_a_detail_of_another_type_is_kept_in_base64(fail_with: Callable[..., Result]) -> None:
    trailer = b"\x1a\x15\x0a\x0fexample.com/X.Y\x12\x02\x08\x01"
    result = fail_with(trailer=trailer, arguments=("--error-format", "json"))
    assert json.loads(result.err)["error"]["status_details"] == [{"@type": "example.com/X.Y", "value": "CAE="}]


@pytest.mark.parametrize(
    "trailer", [b"", b"\xff\xff", b"\x1a\x05\x0a\x03abc", b"\x1a\xff\xff\xff\xff\x0f", b"\x18\x01"]
)
def test_details_that_cannot_be_read_are_left_out(trailer: bytes, fail_with: Callable[..., Result]) -> None:
    result = fail_with(trailer=trailer)
    assert (result.status, result.err) == (67, "error: Echo kitchen.Kitchen: no good (INVALID_ARGUMENT)\n")


def test_a_field_that_the_server_refuses_is_shown_in_the_file(fail_with: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text("string_value: a\ninner:\n  count: 3\n")
    refused = [{"field": "inner.name", "description": "is missing"}, {"field": "string_value", "description": "is bad"}]
    result = fail_with({"@type": "BadRequest", "field_violations": refused}, arguments=("-f", str(file)))
    assert f"hint: {file}:2:1: inner.name is refused" in result.err
    assert f"hint: {file}:1:1: string_value is refused" in result.err
    words = fail_with({"@type": "PreconditionFailure", "violations": [{"subject": "inner", "description": "is free"}]})
    assert "is refused" not in words.err


def test_an_item_that_the_server_refuses_is_shown_in_the_file(fail_with: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text("inners:\n- name: a\n- name: b\n  inners:\n  - name: c\n")
    fields = ("inners[1].name", "inners[1].inners[0].count", "inners[7]", "inners.1")
    refused = [{"field": field, "description": "is bad"} for field in fields]
    result = fail_with({"@type": "BadRequest", "field_violations": refused}, arguments=("-f", str(file)))
    places = ("3:3", "5:5", "1:1", "3:3")
    assert [line for line in result.err.splitlines() if "is refused" in line] == [
        f"hint: {file}:{place}: {field} is refused" for place, field in zip(places, fields, strict=True)
    ]
