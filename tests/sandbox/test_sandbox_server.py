"""The sandbox as a server: reflection, its file, two processes at once, starting and stopping."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2
from rpc_caller import Caller, target_of

from spacectl.errors import SpacectlError
from spacectl.sandbox.compile import PROTOSET, compile_protos
from spacectl.sandbox.server import start
from spacectl.sandbox.store import remove_store

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from rpc_caller import Caller
from spacectl.sandbox.server import start
sandbox = start(sys.argv[1])
call = Caller(sandbox.endpoint)
for number in range(40):
    call("identity.Project.create", name=f"{sys.argv[3]}-{number}", project_type="PRIVATE")
call.close()
sandbox.stop()
"""


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_lists_the_services_and_hands_out_their_files(call: Caller, version: str) -> None:
    ask = call.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    questions = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="spaceone.api.repository.v1.Plugin"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="spaceone/api/core/v2/query.proto"),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="no.such.Symbol"),
    ]
    services, plugin, query, missing = ask(iter(questions), timeout=10)
    names = [service.name for service in services.list_services_response.service]
    assert {"spaceone.api.identity.v2.Project", "grpc.health.v1.Health", "spaceone.api.core.v1.ServerInfo"} <= set(
        names
    )
    (file,) = plugin.file_descriptor_response.file_descriptor_proto
    parsed = descriptor_pb2.FileDescriptorProto.FromString(file)
    assert parsed.name == "spaceone/api/repository/v1/plugin.proto"
    assert len(query.file_descriptor_response.file_descriptor_proto) == 1
    assert missing.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_health_is_watched_until_the_caller_goes(call: Caller) -> None:
    stream = call.stream("health.Health.Watch")
    assert next(stream) == {"status": "SERVING"}


def test_an_unknown_method_is_unimplemented(call: Caller) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call.channel.unary_unary("/spaceone.api.identity.v2.Project/nothing")(b"", timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_two_processes_that_start_and_write_at_once_lose_nothing(tmp_path: Path) -> None:
    database = tmp_path / "sandbox.db"
    here = str(Path(__file__).parent)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(database), here, name], stderr=subprocess.PIPE)
        for name in ("left", "right")
    ]
    for writer in writers:
        _, err = writer.communicate(timeout=60)
        assert (writer.returncode, err) == (0, b"")
    sandbox = start(str(database))
    caller = Caller(sandbox.endpoint)
    names = {row["name"] for row in caller("identity.Project.list")["results"]}
    caller.close()
    sandbox.stop()
    assert names == {f"{side}-{number}" for side in ("left", "right") for number in range(40)} | {"Shop"}


def test_rows_outlive_the_server_and_only_the_owner_can_read_them(tmp_path: Path) -> None:
    database = tmp_path / "new" / "sandbox.db"
    for expected in (8, 7):
        sandbox = start(str(database))
        caller = Caller(sandbox.endpoint)
        listed = caller("repository.Plugin.list")
        assert listed["total_count"] == expected
        caller("repository.Plugin.deregister", plugin_id=listed["results"][0]["plugin_id"])
        caller.close()
        sandbox.stop()
    assert database.stat().st_mode & 0o777 == 0o600


def test_the_socket_is_private_and_gone_after_stop() -> None:
    sandbox = start(":memory:")
    path = Path(target_of(sandbox.endpoint).removeprefix("unix:"))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    sandbox.stop()
    assert not path.parent.exists()


def test_a_taken_port_is_an_error_that_names_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SpacectlError, match=address):
            start(":memory:", address=address)


def test_a_file_of_another_kind_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all, but a text of some length\n" * 20)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (value)")
    connection.commit()
    connection.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(SpacectlError):
            start(str(path))
        with pytest.raises(SpacectlError):
            remove_store(path)
        assert path.read_bytes() == before


def test_the_descriptor_set_is_that_of_the_proto_files() -> None:
    pytest.importorskip("grpc_tools")

    def files(protoset: bytes) -> dict[str, descriptor_pb2.FileDescriptorProto]:
        found = descriptor_pb2.FileDescriptorSet.FromString(protoset).file
        # Google's own files change with protoc.
        return {file.name: file for file in found if not file.name.startswith("google/")}

    assert files(compile_protos(ROOT / "spacectl" / "sandbox" / "proto")) == files(PROTOSET.read_bytes())


def test_where_there_are_no_proto_files_it_is_said_where_they_are(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools")
    with pytest.raises(ValueError, match="they come with the sources"):
        compile_protos(tmp_path)


def test_every_message_and_field_of_the_api_has_a_comment() -> None:
    bare = []
    for file in descriptor_pb2.FileDescriptorSet.FromString(PROTOSET.read_bytes()).file:
        if file.name.startswith("google/"):
            continue
        documented = {tuple(one.path) for one in file.source_code_info.location if one.leading_comments.strip()}
        for number, message in enumerate(file.message_type):
            paths = [(4, number), *((4, number, 2, index) for index in range(len(message.field)))]
            bare += [f"{file.name}:{message.name}:{path}" for path in paths if path not in documented]
    assert bare == []
