"""Messages that are scanned are to those who ask what protobuf makes of them, whatever comes over the wire."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.message_factory import GetMessages
from hypothesis import given, settings
from hypothesis import strategies as st

from spacectl.plugin.interfaces import interface_named
from spacectl.plugin.proto_text import described
from spacectl.rpc.decode import Decoder
from spacectl.rpc.item import Item, outline_of
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
            (
                item.mapping(name),
                sorted(item.kinds(name).items()),
                item.outline(name),
                item.values(name, PATHS),
                item.texts(name, PATHS),
                item.texts(name, PATHS[1:2]),
            )
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
    known = scanner._reader.known
    assert len(known) < 600
    assert sum(map(len, known)) < 2 << 20


def resource(order: list[str], **members: Any) -> bytes:
    """A resource whose members come in an order over the wire."""
    body = b""
    for name in order:
        one: Any = Resource()
        one.resource.update({name: members[name]})
        body += one.resource.SerializeToString()
    frame: Any = Resource(state=4, resource_type="inventory.CloudService")
    frame.match_rules.update({"1": ["reference.resource_id"]})
    head, tail = frame.SerializeToString(), b"\x3a\x00"
    length = bytes([len(body)]) if len(body) < 0x80 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
    return head + b"\x32" + length + body + tail


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Resources that are nearly the same: some members differ in each, some now and then, and some are in disorder."""
    names = ["provider", "region", "name", "reference", "size", "data", "tags"]
    shuffled = draw(st.booleans())
    found = []
    for number in range(draw(st.sampled_from([12, 160]))):
        order = draw(st.permutations(names)) if shuffled and number % 3 else names
        members = {
            "provider": "aws",
            "region": f"r-{number // 50}",
            "name": f"vm-{number}" if number % 40 else "\u6f22" * 70,
            "reference": {"resource_id": f"i-{number % 150:03}"} if number % 31 else {"resource_id": number, "b": "c"},
            "size": number * 0.5 if number % 29 else "",
            "data": {"text": "x" * (number % 7), "list": [number, {"deep": [None, True]}]},
            "tags": {} if number % 23 else [number],
        }
        data = resource(order, **members)
        found.append(data)
        if not number % 37:
            # a text that is no UTF-8, a length that is wrong, a member twice, a key whose tag is none
            found.append(data.replace(b"vm-", b"vm\xff").replace(b"i-0", b"i-\xff"))
            found.append(data.replace(b"\x12\x05\x1a\x03aws", b"\x12\x05\x1a\x04aws"))
            found.append(resource(["name", *order], **members))
            found.append(resource(order, **{**members, "name": "of its own"}).replace(b"\x0a\x04name", b"\x00\x04name"))
    return found


@settings(max_examples=8, deadline=None)
@given(streams())
def test_messages_that_are_nearly_the_same_answer_as_protobuf_does(messages: list[bytes]) -> None:
    for closely in (True, False):
        compare(Scanner(Resource.DESCRIPTOR, whole, closely=closely), messages)


def compare(scanner: Scanner, messages: list[bytes]) -> None:
    paths = ("reference.resource_id", "provider", "name", "size", "tags", "data.text", "region")
    for data in messages:
        try:
            due = whole(data)
        except Exception as error:
            with pytest.raises(type(error)):
                scanner.item(data)
            continue
        item = scanner.item(data)
        assert item.texts("resource", paths) == due.texts("resource", paths)
        assert item.outline("resource") == due.outline("resource")
        assert item.mapping("resource") == due.mapping("resource")
        assert [item.fingerprint("resource", name) for name in paths] == [due.fingerprint("resource", n) for n in paths]
        assert (item.plain(), item.unknown(), item.size) == (due.plain(), due.unknown(), due.size)


def test_two_fields_with_the_kinds_of_each_other_have_another_outline() -> None:
    names = [f"field_{number}" for number in range(200)]
    outlines = [
        (outline_of(a, one) + outline_of(b, other), outline_of(a, other) + outline_of(b, one))
        for a, b in pairwise(names)
        for one, other in (("list", "mapping"), ("text", "number"), ("text", "empty"))
    ]
    assert [pair for pair in outlines if pair[0] == pair[1]] == []


def test_a_message_with_fields_of_another_kind_is_left_to_protobuf() -> None:
    method = descriptor_pb2.DescriptorProto.DESCRIPTOR
    scanner = Scanner(method, lambda data: Item(descriptor_pb2.DescriptorProto.FromString(data), len(data), repr))
    assert scanner.item(b"\n\x01a").scalar("name") == "a"
