from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.protosets import Api
from random_messages import F, RandomApi, apis, messages, pool_with

from spacectl.rpc.answer import Answer, reading
from spacectl.rpc.catalog import Method
from spacectl.rpc.decode import Decoder


def answered(message: Any) -> Answer:
    """The answer of a method that gave this message."""
    output = message.DESCRIPTOR
    method = Method("/s/m", "m", output, output, False, False, output.file.pool)
    return reading(Decoder(), method)(message)


def listing(kind: int, type_name: str | None = None) -> Any:
    """An empty message with repeated `results` of a type, and beside it a total, names, a map and a row."""
    file = descriptor_pb2.FileDescriptorProto(name="list.proto", package="list", syntax="proto3")
    file.dependency.append("google/protobuf/struct.proto")
    row = file.message_type.add(name="Row")
    row.field.add(name="name", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
    row.field.add(name="count", number=2, type=F.TYPE_INT64, label=F.LABEL_OPTIONAL)
    enum = file.enum_type.add(name="State")
    enum.value.add(name="NONE", number=0)
    enum.value.add(name="ON", number=1)
    rows = file.message_type.add(name="Rows")
    rows.field.add(name="results", number=1, type=kind, type_name=type_name, label=F.LABEL_REPEATED)
    rows.field.add(name="total_count", number=2, type=F.TYPE_INT32, label=F.LABEL_OPTIONAL)
    rows.field.add(name="names", number=3, type=F.TYPE_STRING, label=F.LABEL_REPEATED)
    rows.field.add(name="first", number=4, type=F.TYPE_MESSAGE, type_name=".list.Row", label=F.LABEL_OPTIONAL)
    entry = rows.nested_type.add(name="ByNameEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, type=F.TYPE_INT32, label=F.LABEL_OPTIONAL)
    by_name = rows.field.add(name="by_name", number=5, type=F.TYPE_MESSAGE, type_name=".list.Rows.ByNameEntry")
    by_name.label = F.LABEL_REPEATED
    return RandomApi(file, pool_with(file)).make("list.Rows")


def test_results_of_messages_are_rows_with_the_declared_fields_and_the_rest_is_the_value() -> None:
    message = listing(F.TYPE_MESSAGE, ".list.Row")
    message.results.add(name="a", count=1 << 60)
    message.results.add()
    message.total_count = 2
    message.names.extend(["x", "y"])
    message.first.name = "a"
    message.by_name["k"] = 3
    answer = answered(message)
    assert answer.fields == ("name", "count")
    assert answer.rows is not None
    assert [*answer.rows] == [{"name": "a", "count": 1 << 60}, {}]
    assert answer.value == {"total_count": 2, "names": ["x", "y"], "first": {"name": "a"}, "by_name": {"k": 3}}


def test_rows_are_decoded_while_they_are_read() -> None:
    message = listing(F.TYPE_MESSAGE, ".list.Row")
    message.results.add(name="a")
    rows = answered(message).rows
    assert rows is not None
    message.results[0].name = "b"
    assert next(iter(rows)) == {"name": "b"}


def test_an_empty_list_is_a_list_without_rows() -> None:
    for kind, name in ((F.TYPE_MESSAGE, ".list.Row"), (F.TYPE_STRING, None), (F.TYPE_ENUM, ".list.State")):
        answer = answered(listing(kind, name))
        assert answer.rows is not None
        assert ([*answer.rows], answer.value) == ([], {})


def test_results_of_scalars_are_rows_in_their_plain_form() -> None:
    for kind, name, values, plain in (
        (F.TYPE_STRING, None, ["a", ""], ["a", ""]),
        (F.TYPE_BYTES, None, [b"\xff", b""], ["/w==", ""]),
        (F.TYPE_INT64, None, [1 << 60, 0], [1 << 60, 0]),
        (F.TYPE_DOUBLE, None, [1.5, float("inf")], [1.5, "Infinity"]),
        (F.TYPE_ENUM, ".list.State", [0, 1, 9], ["NONE", "ON", 9]),
    ):
        message = listing(kind, name)
        message.results.extend(values)
        message.total_count = 7
        answer = answered(message)
        assert answer.fields is None
        assert answer.rows is not None
        assert [*answer.rows] == plain
        assert answer.value == {"total_count": 7}


def test_results_of_structs_are_rows_that_declare_no_fields() -> None:
    message = listing(F.TYPE_MESSAGE, ".google.protobuf.Struct")
    message.results.add().update({"b": 1, "a": [2, {"c": None}]})
    answer = answered(message)
    assert answer.fields is None
    assert answer.rows is not None
    (row,) = answer.rows
    assert row == {"a": [2, {"c": None}], "b": 1}
    assert [*row] == ["a", "b"]


def test_a_map_that_is_called_results_is_no_list() -> None:
    file = descriptor_pb2.FileDescriptorProto()
    listing(F.TYPE_STRING).DESCRIPTOR.file.CopyToProto(file)
    rows = file.message_type[1]
    rows.field[0].name = "others"
    rows.field[4].name, rows.field[4].type_name = "results", ".list.Rows.ResultsEntry"
    rows.field[4].ClearField("json_name")
    rows.nested_type[0].name = "ResultsEntry"
    message = RandomApi(file, pool_with(file)).make("list.Rows")
    message.results["k"] = 3
    answer = answered(message)
    assert answer.rows is None
    assert answer.value == {"results": {"k": 3}}


def test_a_struct_with_results_is_a_list_that_declares_no_fields() -> None:
    message = struct_pb2.Struct()
    message.update({"results": [{"a": 1}, 2], "total_count": 2})
    answer = answered(message)
    assert (answer.rows, answer.value, answer.fields) == ([{"a": 1}, 2], {"total_count": 2}, None)


def test_a_struct_whose_results_are_no_list_is_one_document() -> None:
    message = struct_pb2.Struct()
    message.update({"results": "none"})
    answer = answered(message)
    assert (answer.rows, answer.value, answer.fields) == (None, {"results": "none"}, None)


def test_a_message_is_one_document_with_the_declared_fields(kitchen_api: Api) -> None:
    message = kitchen_api.message("kitchen.v1.Everything.Inner", {"name": "a"})
    answer = answered(message)
    assert (answer.rows, answer.value, answer.fields) == (None, {"name": "a"}, ["name", "count", "inner", "inners"])
    assert answered(kitchen_api.message("google.protobuf.StringValue", "text")) == Answer("text", None)


@settings(max_examples=50)
@given(st.data())
def test_without_a_field_all_others_are_there(data: st.DataObject) -> None:
    api = data.draw(apis())
    message = data.draw(messages(api))
    name = data.draw(st.sampled_from([field.name for field in message.DESCRIPTOR.fields]))
    whole = Decoder().converter(message.DESCRIPTOR)(message)
    whole.pop(name, None)
    assert repr(Decoder().without(message.DESCRIPTOR, name)(message)) == repr(whole)
