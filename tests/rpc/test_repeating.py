"""Rows read from their bytes are what protobuf makes of them, whatever the bytes are."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from peers.protosets import Api
from random_messages import RandomApi, apis, messages

from spacectl.errors import CallError
from spacectl.rpc.catalog import Method
from spacectl.rpc.decode import Decoder
from spacectl.rpc.question import ALL, Use
from spacectl.rpc.reader import MANY, Reader
from spacectl.rpc.repeating import TRIED, RepeatingReader
from spacectl.rpc.struct_bytes import StructReader, UnusualError


def reader_of(descriptor: Any, make: Any, shown: frozenset[str] = frozenset()) -> RepeatingReader:
    def parse(data: bytes) -> Any:
        try:
            return make().FromString(data)
        except DecodeError:
            raise UnusualError from None

    convert = Decoder().only(descriptor, shown) if shown else Decoder().converter(descriptor)
    return RepeatingReader(descriptor, parse, convert, shown)


@st.composite
def pieces(draw: st.DrawFn, api: RandomApi) -> bytes:
    """Bytes of messages one after the other, which protobuf merges, some of them spoilt."""
    data = b"".join(draw(st.lists(messages(api).map(lambda m: m.SerializePartialToString()), min_size=1, max_size=2)))
    if draw(st.integers(0, 3)) == 0:
        data = data[draw(st.integers(0, 3)) :]
    if data and draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(data) - 1))
        data = data[:place] + draw(st.binary(min_size=1, max_size=2)) + data[place + 1 :]
    return data


@given(st.data())
def test_rows_are_what_protobuf_reads(data: st.DataObject) -> None:
    api = data.draw(apis())
    descriptor = api.make().DESCRIPTOR
    reader = reader_of(descriptor, api.make)
    rows = data.draw(st.lists(pieces(api), min_size=1, max_size=4))
    for row in [*rows, *rows]:
        around = b"\x0a" + row + b"\x0a\x00"
        found = reader.read(around, 1, 1 + len(row))
        if found is None:
            continue  # protobuf reads it
        message = api.make()
        message.ParseFromString(row)
        expected = Decoder().converter(descriptor)(message)
        assert repr(found) == repr(expected)


@given(st.data())
def test_of_rows_of_which_some_fields_are_shown_these_are_what_protobuf_reads(data: st.DataObject) -> None:
    api = data.draw(apis())
    descriptor = api.make().DESCRIPTOR
    names = [field.name for field in descriptor.fields]
    if not names:
        return
    shown = frozenset(data.draw(st.sets(st.sampled_from(names), min_size=1)))
    reader = reader_of(descriptor, api.make, shown)
    rows = data.draw(st.lists(messages(api).map(lambda m: m.SerializePartialToString()), min_size=1, max_size=4))
    # long enough for fields to be found steady, and changes after that
    for row in [*rows, *rows[:1] * data.draw(st.sampled_from([0, TRIED])), *rows]:
        found = reader.read(b"\x0a" + row + b"\x0a\x00", 1, 1 + len(row))
        if found is None:
            continue  # protobuf reads it
        message = api.make()
        message.ParseFromString(row)
        expected = Decoder().only(descriptor, shown)(message)
        assert repr(sorted(found.items())) == repr(sorted(expected.items()))


@given(st.data())
def test_rows_as_protobuf_writes_them_are_read_and_not_left_to_it(data: st.DataObject) -> None:
    row = struct_pb2.Struct()
    row.update(data.draw(st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=4)))
    bytes_ = row.SerializeToString()
    assert repr(StructReader().struct(bytes_, 0, len(bytes_))) == repr(Decoder().converter(row.DESCRIPTOR)(row))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-5, 5) | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.binary(max_size=40), st.dictionaries(st.text(max_size=2), JSON_VALUES, max_size=2), st.integers(0, 60))
def test_spoilt_structs_are_what_protobuf_reads_or_left_to_it(noise: bytes, values: dict[str, Any], place: int) -> None:
    struct = struct_pb2.Struct()
    struct.update(values)
    data = struct.SerializeToString()
    data = data[:place] + noise + data[place + len(noise) // 2 :]
    reader = StructReader()
    for _ in range(2):
        try:
            found = reader.struct(data, 0, len(data))
        except (UnusualError, IndexError, ValueError):
            return
        struct.ParseFromString(data)
        assert repr(found) == repr(Decoder().converter(struct.DESCRIPTOR)(struct))


def rows_of(
    api: Api, rows: list[bytes], *, sharing: bool = True, stale: bool = False, shown: frozenset[str] = ALL
) -> list[Any]:
    """The rows that a Reader gives of a list answer; each is the bytes of a Kitchen's `Everything`."""
    pool = api.message("kitchen.v1.Everything").DESCRIPTOR.file.pool
    output = list_type(pool)
    method = Method("/of_rows.Rows/list", "list", output, output, False, False, pool)
    reader = Reader(method, lambda _: None, "list", Use(shown, sharing=sharing), may_be_stale=stale)
    data = b"".join([b"\x0a" + varint(len(row)) + row for row in rows])
    return list(reader.read(data).rows or ())


def list_type(pool: Any) -> Any:
    from google.protobuf import descriptor_pb2

    name = "of_rows.proto"
    file = descriptor_pb2.FileDescriptorProto(name=name, package="of_rows", syntax="proto3")
    file.dependency.append(pool.FindMessageTypeByName("kitchen.v1.Everything").file.name)
    message = file.message_type.add(name="Rows")
    message.field.add(name="results", number=1, label=3, type=11, type_name=".kitchen.v1.Everything")
    try:
        return pool.FindMessageTypeByName("of_rows.Rows")
    except KeyError:
        pool.Add(file)
        return pool.FindMessageTypeByName("of_rows.Rows")


def varint(number: int) -> bytes:
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


@pytest.mark.parametrize("stale", [False, True])
def test_rows_that_share_are_equal_to_rows_that_do_not(kitchen_api: Api, stale: bool) -> None:
    rows = [
        kitchen_api.message(
            "kitchen.v1.Everything",
            {
                "string_value": f"row {number}",
                "struct": {"kind": number % 3, "deep": {"list": [1, None, "x", {"a": number % 2 == 0}]}},
                "timestamp": f"2026-01-31T09:30:{number % 60:02}Z",
            },
        ).SerializeToString()
        for number in range(2 * TRIED + 10)
    ]
    rows[300] = b"\xfa\xff\x03\x01x" + rows[300]  # a field that nobody knows
    for shown in (ALL, frozenset(("struct",)), frozenset(("string_value", "timestamp"))):
        assert rows_of(kitchen_api, rows, stale=stale, shown=shown) == rows_of(
            kitchen_api, rows, sharing=False, shown=shown
        )


def test_a_row_that_is_no_message_is_an_error_after_the_rows_before_it(kitchen_api: Api) -> None:
    good = kitchen_api.message("kitchen.v1.Everything", {"string_value": "good"}).SerializeToString()
    with pytest.raises(CallError, match="the answer cannot be read"):
        rows_of(kitchen_api, [good, b"\x0a\xff"])


def test_what_rows_repeat_is_one_value_and_without_leave_it_is_not(kitchen_api: Api) -> None:
    row = kitchen_api.message("kitchen.v1.Everything", {"struct": {"a": {"b": "c"}}}).SerializeToString()
    first, second, *_ = rows_of(kitchen_api, [row] * MANY)
    assert first["struct"] is second["struct"]
    first, second, *_ = rows_of(kitchen_api, [row] * MANY, sharing=False)
    assert first["struct"] is not second["struct"]


def test_what_never_repeats_is_not_kept(kitchen_api: Api) -> None:
    descriptor = kitchen_api.message("kitchen.v1.Everything").DESCRIPTOR
    reader = reader_of(descriptor, lambda: kitchen_api.message("kitchen.v1.Everything"))
    for number in range(3 * TRIED):
        row = kitchen_api.message("kitchen.v1.Everything", {"struct": {"n": number}}).SerializeToString()
        assert reader.read(row, 0, len(row)) == {"struct": {"n": number}}
    assert [field.known for _, _, field in reader._fields.values() if field.name == "struct"] == [None]


def test_fields_that_hardly_change_are_read_as_one_piece_and_changes_are_seen(kitchen_api: Api) -> None:
    def row(number: int) -> dict[str, Any]:
        values = {
            "string_value": f"row {number}",
            "int64_value": number // 50 + 7,
            "struct": {"kind": "a" if number < 3 * TRIED else "b"},
            "timestamp": "2026-01-31T09:30:00Z",
            "strings": ["x", "y"][: 1 + number % 97 // 90],
        }
        if number > 4 * TRIED:
            del values["struct"]  # absent where it was before
        return values

    def data(number: int) -> bytes:
        return kitchen_api.message("kitchen.v1.Everything", row(number)).SerializeToString()

    descriptor = kitchen_api.message("kitchen.v1.Everything").DESCRIPTOR
    reader = reader_of(descriptor, lambda: kitchen_api.message("kitchen.v1.Everything"))
    convert = Decoder().converter(descriptor)
    for number in range(5 * TRIED):
        bytes_ = data(number)
        # what follows the row is no part of it
        found = reader.read(bytes_ + bytes_, 0, len(bytes_))
        assert found is not None
        assert list(found.items()) == list(
            convert(type(kitchen_api.message("kitchen.v1.Everything")).FromString(bytes_)).items()
        )
    assert any(field.run is not None and len(field.run.values) > 1 for _, _, field in reader._fields.values())
