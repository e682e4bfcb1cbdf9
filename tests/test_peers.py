"""What the other tests stand on holds: the servers answer as they say, and the command is run as a shell would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2
from peers import home_guard
from peers.command import Result, Spacectl, clean_environment, run_on_terminal
from peers.protosets import Api, api_from
from peers.recorder import Failure
from peers.server import Server

Request = reflection_pb2.ServerReflectionRequest
Response = reflection_pb2.ServerReflectionResponse


def encode(message: Message) -> bytes:
    return message.SerializeToString()


def call(server: Server, path: str, *requests: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """What the server answers, from a client that shares nothing with the server but the descriptors."""
    method = server.api.method(path)
    messages = [server.api.message(method.input_type.full_name, values) for values in requests]
    decode = message_factory.GetMessageClass(method.output_type).FromString
    with grpc.insecure_channel(server.address, [("grpc.max_receive_message_length", -1)]) as channel:
        shape = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        function = getattr(channel, shape)(f"/{path}", encode, decode)
        answer = function(iter(messages) if method.client_streaming else messages[0], **options)
        replies = list(answer) if method.server_streaming else [answer]
    return [server.api.as_dict(reply) for reply in replies]


def reflect(address: str, version: str, *requests: Request) -> list[Response]:
    with grpc.insecure_channel(address) as channel:
        function = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            Request.SerializeToString,
            Response.FromString,
        )
        return list(function(iter(requests)))


def files_in(response: Response) -> list[str]:
    return [
        FileDescriptorProto.FromString(serialized).name
        for serialized in response.file_descriptor_response.file_descriptor_proto
    ]


def test_each_shape_of_call_answers_and_is_recorded(kitchen: Server) -> None:
    assert call(kitchen, "kitchen.v1.Kitchen/Echo", {"string_value": "x", "int64_map": {"7": "y"}}) == [
        {"string_value": "x", "int64_map": {"7": "y"}}
    ]
    assert call(kitchen, "kitchen.v1.Kitchen/Count", {"count": 3}) == [{"number": str(n)} for n in (1, 2, 3)]
    assert call(kitchen, "kitchen.v1.Kitchen/Sum", {"number": 2}, {"number": 3}) == [{"number": "5"}]
    assert call(kitchen, "kitchen.v1.Kitchen/Chat", {"text": "a"}, {"text": "b"}) == [{"text": "A"}, {"text": "B"}]
    assert [made.method.rpartition("/")[2] for made in kitchen.calls] == ["Echo", "Count", "Sum", "Chat"]
    assert kitchen.last.requests == [{"text": "a"}, {"text": "b"}]
    assert kitchen.reflections == []


def test_metadata_and_deadline_are_recorded(kitchen: Server) -> None:
    call(kitchen, "kitchen.v1.Kitchen/Nothing", {}, metadata=[("token", "secret"), ("x-bin", b"\0")], timeout=9)
    assert ("token", "secret") in kitchen.last.metadata
    assert ("x-bin", b"\0") in kitchen.last.metadata
    assert kitchen.last.time_remaining is not None
    assert 5 < kitchen.last.time_remaining <= 10
    call(kitchen, "kitchen.v1.Kitchen/Nothing", {})
    assert kitchen.last.time_remaining is None


def test_failures_come_with_their_code_details_and_status_message(kitchen: Server) -> None:
    violation = {"field": "plugin_info.options", "description": "is missing"}
    bad_request = {"@type": "type.googleapis.com/google.rpc.BadRequest", "field_violations": [violation]}
    asked = {"code": 3, "details": "no good", "error_details": [bad_request]}
    with pytest.raises(grpc.RpcError) as failed:
        call(kitchen, "kitchen.v1.Kitchen/Fail", asked)
    assert failed.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert failed.value.details() == "no good"
    status = kitchen.api.message("google.rpc.Status")
    status.ParseFromString(dict(failed.value.trailing_metadata())["grpc-status-details-bin"])
    assert kitchen.api.as_dict(status)["details"] == [bad_request]


def test_a_stream_fails_after_its_messages(kitchen: Server) -> None:
    with grpc.insecure_channel(kitchen.address) as channel:
        function = channel.unary_stream("/kitchen.v1.Kitchen/FailStream", encode, bytes)
        stream = function(kitchen.api.message("kitchen.v1.FailRequest", {"code": 5, "after": 2}))
        got = []
        with pytest.raises(grpc.RpcError) as failed:
            got.extend(stream)
    assert failed.value.code() == grpc.StatusCode.NOT_FOUND
    assert len(got) == 2


def test_a_hung_call_ends_at_its_deadline_and_leaves_the_server_usable(kitchen: Server) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        call(kitchen, "kitchen.v1.Kitchen/Hang", {}, timeout=0.2)
    assert failed.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert call(kitchen, "kitchen.v1.Kitchen/Hang", {"seconds": 0.01}) == [{"number": "1"}]


def test_messages_of_any_size_and_methods_that_are_not_served(kitchen: Server) -> None:
    [reply] = call(kitchen, "kitchen.v1.Kitchen/Big", {"size": 5_000_000})
    assert len(reply["data"]) > 5_000_000
    with pytest.raises(grpc.RpcError) as failed:
        call(kitchen, "kitchen.v1.Kitchen/Forgotten", {})
    assert failed.value.code() == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("query", "ids", "total"),
    [
        ({}, [1, 2, 3, 4, 5], 5),
        ({"page": {"start": 2, "limit": 2}}, [2, 3], 5),
        ({"sort": [{"key": "dish_id", "desc": True}], "page": {"limit": 1}}, [5], 5),
        ({"filter": [{"k": "state", "v": "RAW", "o": "eq"}]}, [4], 1),
        ({"filter_or": [{"key": "dish_id", "value": f"dish-0000{n}"} for n in (1, 3)]}, [1, 3], 2),
        ({"keyword": "dish"}, [2, 4], 2),
        ({"count_only": True}, [], 5),
    ],
)
def test_a_list_obeys_its_query(kitchen: Server, query: dict[str, Any], ids: list[int], total: int) -> None:
    [reply] = call(kitchen, "kitchen.v1.Dish/list", {"rows": 5, "query": query})
    assert [row["dish_id"] for row in reply.get("results", [])] == [f"dish-0000{n}" for n in ids]
    assert reply["total_count"] == total


def test_a_list_sorts_by_one_message_too(kitchen: Server) -> None:
    query = {"sort": {"key": "dish_id", "desc": True}}
    [reply] = call(kitchen, "kitchen.v1.Recipe/list", {"rows": 2, "query": query})
    assert [row["dish_id"] for row in reply["results"]] == ["dish-00002", "dish-00001"]


@pytest.mark.parametrize("path", ["legacy.v1.Pantry/Echo", "modern.v1.Oven/Echo"])
def test_proto2_and_editions_are_served(kitchen: Server, path: str) -> None:
    values = {"name": "x", "owner": "y"} if "Oven" in path else {"name": "x", "lid": {"colour": "red"}}
    assert call(kitchen, path, values) == [values]


def test_everything_has_every_scalar_type_map_key_and_well_known_type(kitchen_api: Api) -> None:
    fields = kitchen_api.pool.FindMessageTypeByName("kitchen.v1.Everything").fields
    group = 10  # proto3 has none
    assert {field.type for field in fields} == set(range(1, 19)) - {group}
    keys = {
        field.message_type.fields[0].type
        for field in fields
        if field.message_type and field.message_type.GetOptions().map_entry
    }
    floats_bytes_enums_and_messages = {1, 2, group, 11, 12, 14}
    assert keys == set(range(1, 19)) - floats_bytes_enums_and_messages
    named = {field.message_type.full_name for field in fields if field.message_type}
    wrappers = {f"{name}Value" for name in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String")}
    others = {"Struct", "Value", "ListValue", "Timestamp", "Duration", "FieldMask", "Any", "Empty", "BytesValue"}
    assert {f"google.protobuf.{name}" for name in wrappers | others} <= named


@pytest.mark.parametrize("version", ["v1alpha", "v1"])
def test_reflection_is_served_as_asked_and_as_nothing_else(start_kitchen: Callable[..., Server], version: Any) -> None:
    server = start_kitchen(reflection=version, listed=("kitchen.v9.Ghost",))
    other = "v1" if version == "v1alpha" else "v1alpha"
    with pytest.raises(grpc.RpcError) as failed:
        reflect(server.address, other, Request(list_services=""))
    assert failed.value.code() == grpc.StatusCode.UNIMPLEMENTED
    listed, file, ghost, method = reflect(
        server.address,
        version,
        Request(list_services=""),
        Request(file_containing_symbol="kitchen.v1.Kitchen"),
        Request(file_containing_symbol="kitchen.v9.Ghost"),
        Request(file_by_filename="kitchen/v1/public.proto"),
    )
    names = [service.name for service in listed.list_services_response.service]
    assert {"kitchen.v1.Kitchen", "kitchen.v2.Kitchen", "kitchen.v9.Ghost", "attic.v1.Shelf"} <= set(names)
    assert files_in(file) == ["kitchen/v1/kitchen.proto"]
    assert ghost.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    assert files_in(method) == ["kitchen/v1/public.proto"]
    assert [asked[0] for asked in server.reflections] == [version] * 4


def test_transitive_reflection_sends_the_imports_along(start_kitchen: Callable[..., Server]) -> None:
    server = start_kitchen(reflection="both", transitive=True)
    for version in ("v1", "v1alpha"):
        [file] = reflect(server.address, version, Request(file_containing_symbol="kitchen.v1.Kitchen"))
        assert {"kitchen/v1/kitchen.proto", "kitchen/v1/query.proto", "google/protobuf/struct.proto"} <= set(
            files_in(file)
        )
    [numbers, extension] = reflect(
        server.address,
        "v1",
        Request(all_extension_numbers_of_type="legacy.v1.Jar"),
        Request(
            file_containing_extension=reflection_pb2.ExtensionRequest(
                containing_type="legacy.v1.Jar", extension_number=100
            )
        ),
    )
    assert list(numbers.all_extension_numbers_response.extension_number) == [100, 101, 102, 103]
    assert "legacy/v1/pantry.proto" in files_in(extension)


def test_a_server_listens_on_a_unix_socket_and_without_reflection(
    start_kitchen: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_kitchen(listen=f"unix:{tmp_path}/socket", reflection=None)
    assert call(server, "kitchen.v2.Kitchen/Chill", {"text": "x"}) == [{"text": "x"}]
    with pytest.raises(grpc.RpcError) as failed:
        reflect(server.address, "v1alpha", Request(list_services=""))
    assert failed.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_clashing_files_do_not_fit_into_one_pool(clashing_apis: tuple[Api, Api]) -> None:
    with pytest.raises(TypeError):
        api_from(*(api.files for api in clashing_apis))


def test_a_recorder_answers_what_it_was_given(start_recorder: Callable[..., Server], kitchen_api: Api) -> None:
    answers: dict[str, list[Any]] = {
        "kitchen.v1.Dish/list": [{"results": [{"dish_id": "a"}], "total_count": 9}],
        "kitchen.v1.Kitchen/Count": [{"number": 1}, Failure(13, "broke")],
    }
    server = start_recorder(kitchen_api, answers, reflection="v1")
    assert call(server, "kitchen.v1.Dish/list", {"rows": 7}) == [{"results": [{"dish_id": "a"}], "total_count": 9}]
    assert server.last.requests == [{"rows": 7}]
    assert call(server, "kitchen.v1.Kitchen/Forgotten", {}) == [{}]
    with pytest.raises(grpc.RpcError) as failed:
        call(server, "kitchen.v1.Kitchen/Count", {})
    assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.INTERNAL, "broke")
    answers["kitchen.v1.Dish/get"] = [Failure(5, "gone")]
    with pytest.raises(grpc.RpcError, match="gone"):
        call(server, "kitchen.v1.Dish/get", {})


@pytest.mark.parametrize(("offered", "served"), [("v1", ["v1"]), ("v1alpha", ["v1alpha"]), ("none", [])])
def test_the_go_server_offers_the_reflection_that_was_asked_for(
    start_go_server: Callable[..., int], offered: str, served: list[str]
) -> None:
    address = f"127.0.0.1:{start_go_server(offered)}"
    answered = []
    for version in ("v1", "v1alpha"):
        try:
            [file] = reflect(address, version, Request(file_containing_symbol="grpc.testing.TestService"))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED
        else:
            answered.append(version)
            assert len(files_in(file)) > 1
    assert answered == served


def test_a_command_sees_a_clean_environment(spacectl: Spacectl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACECTL_ENVIRONMENT", "real")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    environment = clean_environment(spacectl.home, {"ONE": "1", "COLUMNS": None})
    assert environment["HOME"] == str(spacectl.home)
    assert environment["ONE"] == "1"
    assert {"SPACECTL_ENVIRONMENT", "https_proxy", "COLUMNS"} & set(environment) == set()
    assert os.environ["HOME"] != str(spacectl.home)


@pytest.mark.skipif(find_spec("spacectl.cli") is None, reason="there is no command line yet")
@pytest.mark.parametrize(
    ("line", "status"), [("--help", 0), ("list kitchen.Dish", 0), ("list kitchen.Nope", 2), ("list --nope", 2)]
)
def test_the_command_does_the_same_inside_this_process(
    spacectl: Spacectl, spacectl_inprocess: Callable[..., Result], kitchen: Server, line: str, status: int
) -> None:
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    apart = spacectl(*line.split(), env=env)
    assert apart == spacectl_inprocess(*line.split(), env=env)
    assert apart.status == status
    assert bool(apart.out) == (status == 0)
    assert bool(apart.err) == (status != 0)


SHOW = (
    "import os, sys; print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)], os.get_terminal_size(1).columns);"
)


def test_a_terminal_is_one_for_the_program_and_is_typed_into(spacectl: Spacectl) -> None:
    read = "print('read', input('name? ')); sys.exit(7)"
    result = run_on_terminal(
        [sys.executable, "-c", SHOW + read], b"ann\n", clean_environment(spacectl.home), spacectl.home, size=(61, 24)
    )
    assert result.status == 7
    assert result.out == "[True, True, True] 61\nname? read ann\n"
    assert b"\r\n" in result.out_bytes


def test_a_single_stream_can_be_on_the_terminal(spacectl: Spacectl) -> None:
    program = "import sys; print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)], sys.stdin.read());"
    program += "print('aside', file=sys.stderr)"
    for stream, seen in (("stdout", [False, True, False]), ("stderr", [False, False, True])):
        result = run_on_terminal(
            [sys.executable, "-c", program],
            b"in",
            clean_environment(spacectl.home),
            spacectl.home,
            on_terminal=[stream],
        )
        assert (result.status, result.out, result.err) == (0, f"{seen} in\n", "aside\n")


def test_a_program_that_hangs_on_a_terminal_is_ended(spacectl: Spacectl) -> None:
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run_on_terminal(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            b"",
            clean_environment(spacectl.home),
            spacectl.home,
            timeout=0.3,
        )
    assert time.monotonic() - began < 10


@pytest.fixture
def fake_home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / ".spaceone").mkdir()
    (tmp_path / ".spaceone" / "environment.yml").write_text("environment: lab\n")
    yield tmp_path


@pytest.mark.parametrize("place", [".spaceone/environment.yml", ".spaceone/x/y", ".cache/spacectl/z"])
def test_a_touched_home_is_noticed(fake_home: Path, place: str) -> None:
    places = home_guard.watched_places({"HOME": str(fake_home)})
    before = home_guard.snapshot(places)
    assert home_guard.changes(before, home_guard.snapshot(places)) == []
    (fake_home / place).parent.mkdir(parents=True, exist_ok=True)
    (fake_home / place).write_text("changed")
    assert str(fake_home / place) in home_guard.changes(before, home_guard.snapshot(places))
