"""Messages that are scanned are to those who ask what protobuf makes of them, whatever comes over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.message_factory import GetMessages
from hypothesis import given, settings
from hypothesis import strategies as st

from spacectl.plugin.interfaces import interface_named
from spacectl.plugin.proto_text import described
from spacectl.rpc.decode import Decoder
from spacectl.rpc.item import Item
from spacectl.rpc.scanned import ScannedItem, Scanner
from spacectl.rpc.written import file_set

FILES = descriptor_pb2.FileDescriptorSet.FromString(file_set(**described(interface_named("inventory.Collector"))))
Resource = GetMessages(FILES.file)["spaceone.api.inventory.plugin.ResourceInfo"]
CONVERT = Decoder().converter(Resource.DESCRIPTOR)
STRUCTS = ("match_rules", "resource", "options")
NAMES = ("name", "data", "reference", "tags", "a.b", "")
PATHS = ("name", "data", "data.name", "reference.data.name", "tags.x", "a.b", "nothing", "nothing.at.all", "")

texts = st.sampled_from(["", "x", "i-1", "\u00e4\u6f22"])
values = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0.0, -1.5, 1e300]) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
mappings = st.dictionaries(st.sampled_from(NAMES), values, max_size=6)


@st.composite
def wires(draw: st.DrawFn) -> bytes:
    """A message; sometimes in two parts, which are merged, with fields that nobody declared, or cut short."""
    parts = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        message: Any = Resource(state=draw(st.sampled_from([0, 4, 99, -1])), message=draw(texts))
        message.resource_type = draw(texts)
        for name in STRUCTS:
            getattr(message, name).update(draw(mappings))
        parts.append(message.SerializeToString())
    parts.append(draw(st.sampled_from([b"", b"", b"\xfa\x01\x03abc", b"\x1a\x02\xff\xfe", b"2\x7f"])))
    return b"".join(parts)


def whole(data: bytes) -> Item:
    return Item(Resource.FromString(data), len(data), CONVERT)


def seen(item: Any) -> Any:
    """All that can be asked of an item."""
    return (
        item.size,
        item.unknown(),
        item.plain(),
        [item.scalar(name) for name in ("state", "message", "resource_type", "nobody")],
        [item.has(name) for name in ("state", "message", *STRUCTS, "nobody")],
        [item.mapping("nobody"), item.data("nobody")],
        [
            (item.mapping(name), sorted(item.kinds(name).items()), item.outline(name), item.values(name, PATHS))
            for name in STRUCTS
        ],
        [item.kind(name, path) for name in STRUCTS for path in PATHS],
        [item.fingerprint(name, field) for name in STRUCTS for field in NAMES],
    )


@settings(max_examples=40)
@given(st.lists(wires(), min_size=1, max_size=6))
def test_what_is_scanned_answers_as_protobuf_does(messages: list[bytes]) -> None:
    scanner = Scanner(Resource.DESCRIPTOR, whole)
    for data in [*messages, *messages]:
        try:
            due = seen(whole(data))
        except Exception as error:
            with pytest.raises(type(error)):
                scanner.item(data)
        else:
            assert repr(seen(scanner.item(data))) == repr(due)


def test_what_is_remembered_has_an_end_and_what_never_comes_again_is_not_remembered() -> None:
    scanner = Scanner(Resource.DESCRIPTOR, whole)
    for number in range(3000):
        message: Any = Resource(state=4)
        message.resource.update({"name": f"vm-{number}", "data": {"n": number // 8 * "x"}, "provider": "aws", "a": 1})
        item = scanner.item(message.SerializeToString())
        assert isinstance(item, ScannedItem)
        assert item.values("resource", ("name",)) == {"name": f"vm-{number}"}
    assert len(scanner._members) < 600
    assert sum(map(len, scanner._members)) < 2 << 20


def test_a_message_with_fields_of_another_kind_is_left_to_protobuf() -> None:
    method = descriptor_pb2.DescriptorProto.DESCRIPTOR
    scanner = Scanner(method, lambda data: Item(descriptor_pb2.DescriptorProto.FromString(data), len(data), repr))
    assert scanner.item(b"\n\x01a").scalar("name") == "a"
