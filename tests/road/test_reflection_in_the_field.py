"""Servers describe themselves in many ways, and some of them lie."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2
from peers.command import Result
from peers.protosets import Api, api_from
from peers.server import Server

Run = Callable[..., Result]
Request = reflection_pb2.ServerReflectionRequest
Response = reflection_pb2.ServerReflectionResponse
Answer = Callable[[Request], Response]
LIST = ("list", "kitchen.Dish", "-o", "jsonl")


@pytest.mark.parametrize("transitive", [False, True])
@pytest.mark.parametrize("version", ["v1", "v1alpha", "both"])
def test_either_version_of_reflection_will_do(
    version: str, transitive: bool, start_kitchen: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_kitchen(reflection=version, transitive=transitive)
    result = spacectl_inprocess(*LIST, "--endpoint", server.endpoint)
    assert (result.status, result.err, result.out.count("\n")) == (0, "", 3)


@pytest.mark.parametrize("version", ["v1", "v1alpha", "both"])
def test_servers_in_go_are_understood(
    version: str, start_go_server: Callable[..., int], spacectl_inprocess: Run
) -> None:
    endpoint = f"grpc://127.0.0.1:{start_go_server(version)}"
    result = spacectl_inprocess("exec", "empty_call", "testing.TestService", "--endpoint", endpoint)
    assert (result.status, result.err, result.out) == (0, "", "\n")
    listed = spacectl_inprocess("api-resources", "--endpoint", endpoint)
    assert listed.status == 0
    assert "EmptyCall" in listed.out


def test_a_server_that_does_one_thing_at_a_time_is_not_kept_from_the_call_by_its_reflection(
    start_kitchen: Callable[..., Server], spacectl_inprocess: Run, home: Path
) -> None:
    (home / "dishes.yml").write_text("dish_id: dish-00001\n---\ndish_id: dish-00002\n")
    server = start_kitchen(workers=1)
    many = ("exec", "get", "kitchen.Dish", "-f", str(home / "dishes.yml"))
    lines = (LIST, (*LIST, "--all-pages"), many, ("exec", "count", "kitchen.Kitchen", "-p", "count=2"), LIST)
    for line in lines:
        result = spacectl_inprocess("--endpoint", server.endpoint, "--timeout", "60", *line)
        assert (result.status, result.err) == (0, "")
        if line is not lines[-2]:
            continue
        for path in (home / ".cache").rglob("*.*"):
            os.utime(path, (0, 0))
    assert server.reflections != []


def test_no_reflection_is_said_in_these_words(
    start_kitchen: Callable[..., Server], start_go_server: Callable[..., int], spacectl_inprocess: Run
) -> None:
    python = start_kitchen(reflection=None).port
    for port in (python, start_go_server("none")):
        result = spacectl_inprocess(*LIST, "--endpoint", f"grpc://127.0.0.1:{port}")
        assert (result.status, result.out) == (76, "")
        assert f"the server at 127.0.0.1:{port} has no reflection" in result.err


def test_few_requests_are_made_and_each_file_is_asked_for_once(
    start_kitchen: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_kitchen(reflection="v1")
    assert spacectl_inprocess(*LIST, "--endpoint", server.endpoint).status == 0
    files = [asked.file_by_filename for _, asked in server.reflections if asked.file_by_filename]
    assert len(files) == len(set(files))


def test_a_listed_service_that_cannot_be_resolved_does_not_break_the_others(
    start_kitchen: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_kitchen(listed=("kitchen.v9.Dish", "ghost.v1.Ghost"))
    assert spacectl_inprocess(*LIST, "--endpoint", server.endpoint).status == 0
    listed = spacectl_inprocess("api-resources", "--endpoint", server.endpoint)
    assert (listed.status, listed.err) == (0, "")
    assert "season" in listed.out
    ghost = spacectl_inprocess("get", "ghost.Ghost", "--endpoint", server.endpoint)
    assert (ghost.status, ghost.out) == (77, "")
    assert "ghost.v1.Ghost" in ghost.err


def test_two_services_that_define_one_symbol_twice_are_both_called(
    clashing_apis: tuple[Api, Api], spacectl_inprocess: Run
) -> None:
    files = [file for api in clashing_apis for file in api.files.file]

    def answer(request: Request) -> Response:
        wanted = request.file_containing_symbol.rpartition(".")[2]
        return described([file for file in files if any(service.name == wanted for service in file.service)])

    with reflecting(answer, ["clash.v1.Left", "clash.v1.Right"]) as endpoint:
        for name in ("Left", "Right"):
            result = spacectl_inprocess(
                *("exec", "init", f"clash.{name}", "-p", f"{name.lower()}_options=x", "--endpoint", endpoint)
            )
            assert (result.status, result.err) == (0, "")
        listed = spacectl_inprocess("api-resources", "--endpoint", endpoint, "-o", "jsonl")
        assert (listed.status, listed.out.count('"init"')) == (0, 2)


def described(files: list[FileDescriptorProto]) -> Response:
    response = Response()
    response.file_descriptor_response.file_descriptor_proto.extend(file.SerializeToString() for file in files)
    return response


@contextmanager
def reflecting(answer: Answer, services: list[str]) -> Iterator[str]:
    """The endpoint of a server that lists these services, says `answer` to each other question, and answers calls."""

    def respond(requests: Iterator[Request], context: grpc.ServicerContext) -> Iterator[Response]:
        for request in requests:
            if request.HasField("list_services"):
                response = Response()
                for name in services:
                    response.list_services_response.service.add(name=name)
                yield response
            else:
                yield answer(request)

    class Everything(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            if "ServerReflection" in details.method:
                if "v1alpha" in details.method:
                    return None
                return grpc.stream_stream_rpc_method_handler(
                    respond, request_deserializer=Request.FromString, response_serializer=Response.SerializeToString
                )
            return grpc.unary_unary_rpc_method_handler(lambda request, context: b"")

    server = grpc.server(
        ThreadPoolExecutor(8), [Everything()], options=[("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"grpc://127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


def dish_file(**changes: Any) -> FileDescriptorProto:
    """The smallest file that defines kitchen.v1.Dish, with some of it changed."""
    file = FileDescriptorProto(name="dish.proto", package="kitchen.v1", syntax="proto3")
    file.message_type.add(name="Nothing")
    service = file.service.add(name="Dish")
    service.method.add(name="list", input_type=".kitchen.v1.Nothing", output_type=".kitchen.v1.Nothing")
    for name, value in changes.items():
        if isinstance(value, list):
            getattr(file, name).extend(value)
        else:
            setattr(file, name, value)
    return file


def endless(request: Request) -> Response:
    """Each file imports another one."""
    number = int(request.file_by_filename or 0) + 1
    if number == 1:
        return described([dish_file(dependency=["1"])])
    return described([FileDescriptorProto(name=request.file_by_filename, dependency=[str(number)])])


def wide(request: Request) -> Response:
    return described([dish_file(dependency=[f"{n}.proto" for n in range(20_000)])])


def circle(request: Request) -> Response:
    other = FileDescriptorProto(name="other.proto", dependency=["dish.proto"])
    return described([dish_file(dependency=["other.proto"]), other])


def large(request: Request) -> Response:
    comment = FileDescriptorProto(name=request.file_by_filename or "dish.proto", dependency=["more.proto"])
    comment.source_code_info.location.add(leading_comments="x" * (70 << 20))
    return described([comment])


def raw(data: bytes) -> Answer:
    response = Response()
    response.file_descriptor_response.file_descriptor_proto.append(data)
    return lambda request: response


def unknown_type(request: Request) -> Response:
    file = dish_file()
    file.service[0].method[0].input_type = ".kitchen.v1.Missing"
    return described([file])


def another_file(request: Request) -> Response:
    return described([FileDescriptorProto(name="another.proto", package="kitchen.v1")])


def twice(request: Request) -> Response:
    file = dish_file()
    file.message_type.add(name="Nothing")
    return described([file])


def missing_import(request: Request) -> Response:
    if request.file_by_filename:
        response = Response()
        response.error_response.error_code = 5
        response.error_response.error_message = "no such file"
        return response
    return described([dish_file(dependency=["nowhere.proto"])])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (endless, "import each other more than 100 deep"),
        (wide, "more than 10,000 files"),
        (circle, "in a circle"),
        (large, "more than 64 MiB"),
        (raw(b"\xff\xff\xff"), "cannot be read"),
        (raw(b"\x22" + b"\x0a" * 5000), "cannot be read"),
        (unknown_type, "Missing"),
        (another_file, "kitchen.v1.Dish"),
        (twice, "Nothing"),
        (missing_import, "nowhere.proto"),
        (lambda request: Response(), "kitchen.v1.Dish"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_server_that_lies_is_found_out_in_a_moment(answer: Answer, words: str, spacectl_inprocess: Run) -> None:
    with reflecting(answer, ["kitchen.v1.Dish"]) as endpoint:
        began = time.monotonic()
        result = spacectl_inprocess(*LIST, "--endpoint", endpoint)
        # a moment on a machine that does much else at the time
        assert time.monotonic() - began < 30
    assert 64 <= result.status <= 80
    assert result.out == ""
    assert words in result.err.splitlines()[0]
    assert "internal error" not in result.err


def test_a_missing_import_of_one_version_leaves_the_other_usable(spacectl_inprocess: Run) -> None:
    newer = dish_file(name="newer.proto", package="kitchen.v2", dependency=["nowhere.proto"])

    def answer(request: Request) -> Response:
        if request.file_by_filename:
            return missing_import(request)
        return described([newer if "v2" in request.file_containing_symbol else dish_file()])

    with reflecting(answer, ["kitchen.v1.Dish", "kitchen.v2.Dish"]) as endpoint:
        result = spacectl_inprocess(*LIST, "--endpoint", endpoint)
    assert (result.status, result.err) == (0, "")


def test_names_that_a_server_lists_cannot_move_the_cursor(spacectl_inprocess: Run) -> None:
    with reflecting(unknown_type, ["kitchen.v1.\x1b[2JDish"]) as endpoint:
        result = spacectl_inprocess(*LIST, "--endpoint", endpoint)
    assert result.status == 2
    assert "\x1b" not in result.err


def test_cyclic_messages_are_no_circle(
    kitchen_api: Api, start_recorder: Callable[..., Server], spacectl_inprocess: Run
) -> None:
    server = start_recorder(api_from(kitchen_api.files))
    value = '{"inner": {"inner": {"inner": {"inners": [{"name": "deep"}]}}}}'
    result = spacectl_inprocess("exec", "Echo", "kitchen.Kitchen", "-j", value, "--endpoint", server.endpoint)
    assert result.status == 0
    assert server.last.requests == [{"inner": {"inner": {"inner": {"inners": [{"name": "deep"}]}}}}]
