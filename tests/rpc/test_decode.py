from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2, wrappers_pb2
from hypothesis import example, given
from hypothesis import strategies as st
from peers.protosets import Api
from random_messages import INTEGERS, RandomApi, apis, messages

from spacectl.rpc.decode import Decoder

SIXTY_FOUR = frozenset(kind for kind, (_, high) in INTEGERS.items() if high >= 1 << 62)


def by_protobuf(message: Any, pool: Any) -> Any:
    """MessageToDict, its 64-bit integers as numbers."""
    plain = json_format.MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=pool)
    return unquoted(message, plain, pool)


def unquoted(message: Any, plain: Any, pool: Any) -> Any:
    descriptor = message.DESCRIPTOR
    if descriptor.file.name == "google/protobuf/wrappers.proto":
        return int(plain) if descriptor.fields_by_name["value"].type in SIXTY_FOUR else plain
    if descriptor.full_name == "google.protobuf.Any" and plain:
        inner = RandomApi(descriptor, pool).make(message.TypeName())
        message.Unpack(inner)
        if "value" in plain and inner.DESCRIPTOR.file.package == "google.protobuf":
            return {**plain, "value": unquoted(inner, plain["value"], pool)}
        return {"@type": plain["@type"], **unquoted(inner, {k: v for k, v in plain.items() if k != "@type"}, pool)}
    if not isinstance(plain, dict) or descriptor.file.package == "google.protobuf":
        return plain
    result = dict(plain)
    for field, value in message.ListFields():
        name = f"[{field.full_name}]" if field.is_extension else field.name
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            inner = field.message_type.fields_by_name["value"]
            texts = {str(key).lower() if isinstance(key, bool) else str(key): key for key in value}
            result[name] = {text: one(inner, value[texts[text]], item, pool) for text, item in plain[name].items()}
        elif field.is_repeated:
            result[name] = [one(field, item, was, pool) for item, was in zip(value, plain[name], strict=True)]
        else:
            result[name] = one(field, value, plain[name], pool)
    return result


def one(field: Any, value: Any, plain: Any, pool: Any) -> Any:
    if field.message_type is not None:
        return unquoted(value, plain, pool)
    return int(plain) if field.type in SIXTY_FOUR else plain


def decoded(message: Any) -> Any:
    return Decoder().converter(message.DESCRIPTOR)(message)


@given(st.data())
def test_a_message_decodes_to_what_message_to_dict_gives(data: st.DataObject) -> None:
    api = data.draw(apis(required=True))
    message = data.draw(messages(api))
    expected = by_protobuf(message, api.pool)
    result = decoded(message)
    assert repr_of(result) == repr_of(expected)


def repr_of(value: Any) -> str:
    """A text that tells apart what == does not: -0.0 and 0.0, True and 1, but not 4.0 and 4."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key!r}: {repr_of(value[key])}" for key in sorted(value)) + "}"
        case list():
            return "[" + ", ".join(map(repr_of, value)) + "]"
        case float() if value.is_integer() and abs(value) < 1 << 53 and str(value) != "-0.0":
            return repr(int(value))
    return repr(value)


@given(st.data())
def test_some_fields_of_a_message_decode_to_what_they_are_in_the_whole(data: st.DataObject) -> None:
    message = data.draw(messages(data.draw(apis())))
    names = data.draw(st.sets(st.sampled_from(sorted(message.DESCRIPTOR.fields_by_name))))
    result = Decoder().only(message.DESCRIPTOR, names)(message)
    assert repr_of(result) == repr_of({name: value for name, value in decoded(message).items() if name in names})


@given(st.data())
def test_one_decoder_decodes_every_type_of_an_api(data: st.DataObject) -> None:
    api = data.draw(apis())
    decoder = Decoder()
    for name in ("random.Alpha", "random.Beta", "random.Alpha"):
        message = data.draw(messages(api, name))
        result = decoder.converter(message.DESCRIPTOR)(message)
        assert repr_of(result) == repr_of(by_protobuf(message, api.pool))


@given(st.dictionaries(st.text(max_size=5), st.floats() | st.integers(-(1 << 54), 1 << 54) | st.text(max_size=3)))
def test_a_struct_has_sorted_keys_and_whole_numbers_as_ints(values: dict[str, Any]) -> None:
    message = struct_pb2.Struct()
    message.update(values)
    result = decoded(message)
    assert list(result) == sorted(values)
    for key, value in values.items():
        if isinstance(value, str):
            assert result[key] == value
        elif isinstance(result[key], str):
            assert float(result[key].replace("Infinity", "inf")) == value or value != value
        else:
            assert result[key] == float(value)
            assert isinstance(result[key], int) == (
                abs(value) < 1 << 53 and float(value).hex() != "-0x0.0p+0" and float(value).is_integer()
            )


@given(st.floats(width=32, min_value=2.0**-10, max_value=2.0**66))
@example(105582954545152.0)
def test_a_float_is_the_shortest_number_that_is_the_same_32_bits(value: float) -> None:
    result = decoded(wrappers_pb2.FloatValue(value=value))
    assert result == json_format.MessageToDict(wrappers_pb2.FloatValue(value=value))
    assert struct.pack("<f", result) == struct.pack("<f", value)


@pytest.mark.parametrize(
    ("name", "keys", "texts"),
    [
        ("int32_map", (10, 9, -1), ["-1", "9", "10"]),
        ("string_map", ("b", "a", "한"), ["a", "b", "한"]),
        ("bool_map", (True, False), ["false", "true"]),
        ("uint64_map", ((1 << 64) - 1, 0), ["0", "18446744073709551615"]),
    ],
)
def test_the_keys_of_a_map_are_sorted_as_what_they_are(
    kitchen_api: Api, name: str, keys: tuple[Any, ...], texts: list[str]
) -> None:
    message = kitchen_api.message("kitchen.v1.Everything")
    for key in keys:
        getattr(message, name)[key] = "x"
    assert list(decoded(message)[name]) == texts


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (
            lambda m: m.timestamp.FromSeconds(0) or setattr(m.timestamp, "seconds", 1 << 60),
            {"timestamp": {"seconds": 1 << 60}},
        ),
        (lambda m: setattr(m.duration, "nanos", 2_000_000_000), {"duration": {"nanos": 2_000_000_000}}),
        (lambda m: m.field_mask.paths.append("fooBar"), {"field_mask": "fooBar"}),
        (lambda m: setattr(m.value, "number_value", float("nan")), {"value": "NaN"}),
        (lambda m: setattr(m.value, "number_value", float("-inf")), {"value": "-Infinity"}),
        (lambda m: m.value.SetInParent(), {"value": None}),
        (lambda m: setattr(m.any, "type_url", "t/no.Such"), {"any": {"@type": "t/no.Such", "value": ""}}),
        (lambda m: setattr(m.any, "value", b"abc"), {"any": {"@type": "", "value": "YWJj"}}),
        (lambda m: setattr(m.any, "type_url", "kitchen.v1.Everything"), {"any": {"@type": "kitchen.v1.Everything"}}),
        (
            lambda m: m.any.MergeFrom(type(m.any)(type_url="t/kitchen.v1.Everything", value=b"\xff")),
            {"any": {"@type": "t/kitchen.v1.Everything", "value": "/w=="}},
        ),
    ],
)
def test_what_message_to_dict_refuses_is_shown_as_well_as_it_can_be(
    kitchen_api: Api, fill: Any, expected: dict[str, Any]
) -> None:
    message = kitchen_api.message("kitchen.v1.Everything")
    fill(message)
    assert decoded(message) == expected


def test_any_in_any_without_end_is_no_recursion_error(kitchen_api: Api) -> None:
    inner = kitchen_api.message("google.protobuf.Any", {})
    for _ in range(2000):
        outer = type(inner)(type_url="t/google.protobuf.Any", value=inner.SerializeToString())
        inner = outer
    result = decoded(inner)
    assert result["@type"] == "t/google.protobuf.Any"


@given(st.binary(max_size=64))
def test_whatever_a_server_sends_is_decoded_without_an_exception(kitchen_api: Api, data: bytes) -> None:
    message = kitchen_api.message("kitchen.v1.Everything")
    try:
        message.ParseFromString(data)
    except Exception:
        return
    decoded(message)


def plugin_rows(count: int) -> list[struct_pb2.Struct]:
    rows = []
    for number in range(count):
        row = struct_pb2.Struct()
        row.update(
            {
                "plugin_id": f"plugin-lab-{number:05d}",
                "name": f"Plugin {number:05d} 한글",
                "capability": {"supported_schema": ["schema_1", "other"], "weight": number * 1.5, "active": True},
                "labels": ["lab", f"group-{number % 10}"],
                "template": {},
                "tags": {"description": 'a text, "quoted"', "icon": f"https://example.test/{number}.svg"},
            }
        )
        rows.append(row)
    return rows


def test_rows_of_structs_decode_in_less_time_than_message_to_dict_needs() -> None:
    rows = plugin_rows(300)
    convert = Decoder().converter(rows[0].DESCRIPTOR)

    def cost(function: Any) -> float:
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            for row in rows:
                function(row)
            best = min(best, time.process_time() - start)
        return best

    assert cost(convert) < 0.8 * cost(json_format.MessageToDict)
