"""APIs that nobody meant: very deep, crossing, hostile."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import yaml
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from explain.apis import api_of, methods_of
from spacectl.explain.expand import MAX_DEPTH, expand, flat
from spacectl.explain.skeleton import skeleton
from spacectl.explain.text import plain
from spacectl.explain.tree import Screen, tree
from spacectl.explain.view import method_view, resource_view, service_view
from spacectl.rpc.docs import Docs
from spacectl.rpc.schema import Api

MESSAGE = FieldDescriptorProto.TYPE_MESSAGE
STRING = FieldDescriptorProto.TYPE_STRING


def file_of(links, *, fields=()):
    """A service whose request is the first of these messages; `links` has the messages that each one holds."""
    file = FileDescriptorProto(name="strange.proto", package="strange.v1", syntax="proto2")
    for name, others in links.items():
        message = file.message_type.add(name=name)
        for number, other in enumerate(others, 1):
            message.field.add(
                name=f"to_{other.lower()}", number=number, label=1, type=MESSAGE, type_name=f".strange.v1.{other}"
            )
    file.message_type[0].field.extend(fields)
    first = f".strange.v1.{file.message_type[0].name}"
    file.service.add(name="Thing").method.add(name="make", input_type=first, output_type=first)
    return file


@pytest.fixture
def api_with(tmp_path):
    def build(file):
        path = tmp_path / "strange.protoset"
        path.write_bytes(FileDescriptorSet(file=[file]).SerializeToString())
        return api_of(path)

    return build


def texts(api):
    for _, method in methods_of(api):
        view = method_view("x", method, brief=False)
        yield from (plain(view), tree(view, Screen(60, True)), skeleton("x", method, every=False))
        yield skeleton("x", method, every=True)


def test_messages_that_all_hold_each_other_stay_readable(api_with):
    names = [f"M{number}" for number in range(25)]
    api = api_with(file_of(dict.fromkeys(names, names)))
    for text in texts(api):
        assert len(text.splitlines()) < 10_000  # two sides of 25 x 25 fields, wrapped


def test_a_chain_deeper_than_any_screen_ends_with_a_mark(api_with):
    names = [f"M{number}" for number in range(200)]
    api = api_with(file_of({a: [b] for a, b in zip(names, [*names[1:], names[0]], strict=True)}))
    ((_, method),) = methods_of(api)
    branches = list(flat(expand(method.messages, "strange.v1.M0", "the request")))
    assert len(branches) == MAX_DEPTH + 1
    assert branches[-1].cut == branches[-1].path
    for text in texts(api):
        assert text.count("to_m") >= MAX_DEPTH


def test_a_default_with_line_ends_and_escapes_stays_in_its_comment(api_with):
    default = 'top"\n\x1b[31m\u2028key: value # x'
    fields = [FieldDescriptorProto(name="shelf", number=100, label=1, type=STRING, default_value=default)]
    api = api_with(file_of({"M0": []}, fields=fields))
    for text in texts(api):
        assert "\x1b[31mkey" not in text
        assert "\u2028" not in text
        assert not [line for line in text.splitlines() if line.startswith("key")]
    ((_, method),) = methods_of(api)
    assert yaml.compose(skeleton("x", method, every=True)).value[0][0].value == "shelf"


@dataclass
class Listing:
    """A server's own words, before any descriptor pool has looked at them."""

    files_by_name: dict[str, FileDescriptorProto]
    names: list[str] = field(default_factory=list)

    def services(self):
        return self.names

    def files(self, symbols):
        return self.files_by_name


def test_names_that_a_server_made_up_cannot_command_a_terminal():
    file = file_of({"M0": []})
    file.service[0].method.add(name="bad\x1b[2J", input_type=".a\x07", output_type=".b")
    bad = "strange.v1.Th\x1b[31m"
    api = Api(Listing({"x": file}, [bad, "strange.v1.Thing"]), Docs(), lambda: False)
    resources = api.resources(api.services())
    for view in (service_view("x", resources), resource_view("x", resources)):
        for text in (plain(view), tree(view, Screen(80, False))):
            assert text.replace("\n", "").isprintable()
            assert "\\x1b[31m" in text


def test_an_enum_with_comments_of_several_paragraphs_stays_on_its_lines(sandbox_api):
    for _, method in methods_of(sandbox_api):
        for line in plain(method_view("x", method, brief=False)).splitlines():
            assert line == line.rstrip()
