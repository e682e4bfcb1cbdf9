"""Comments of .proto files: prose, examples and marks."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st
from peers.protosets import compile_protoset

from spacectl.errors import ConfigError, UsageError
from spacectl.rpc.comments import Comment, read_comment
from spacectl.rpc.docs import Docs
from spacectl.rpc.protoset import Pack
from spacectl.sandbox.compile import PROTOSET

API = """\
// Things that can be kept.
syntax = "proto3";
package docs.v1;

service Thing {
    // Keeps a thing.
    //
    // Twice is once.
    rpc create (CreateThingRequest) returns (ThingInfo) {}
    rpc get (ThingRequest) returns (ThingInfo) {}
}

//{
//    "name": "a thing",
//    "tags": {
//        "foo": "bar"
//    }
//}
message CreateThingRequest {
    // The name. +optional is no mark here.
    string name = 1;
    // +optional
    string colour = 2; // The colour.
    /* desc: How big
     * it is.
     * is_required: false
     */
    int32 size = 3;
    oneof place {
        string room = 4;
        string shelf = 5;
    }
    Kind kind = 6;
    message Inner {
        string free = 1;
    }
}

enum Kind {
    KIND_NONE = 0; // nothing
    // A box.
    BOX = 1;
}

message ThingRequest {
    string thing_id = 1;
}

message ThingInfo {
    string thing_id = 1;
}
"""


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    (folder / "thing.proto").write_text(API)
    from grpc_tools import protoc

    out = folder / "thing.protoset"
    assert (
        protoc.main(["protoc", f"-I{folder}", "--include_source_info", f"--descriptor_set_out={out}", "thing.proto"])
        == 0
    )
    return Docs([Pack(out)])


@pytest.mark.parametrize(
    ("name", "prose"),
    [
        ("Thing", "Things that can be kept."),
        ("Thing.create", "Keeps a thing.\nTwice is once."),
        ("Thing.get", ""),
        ("CreateThingRequest", ""),
        ("CreateThingRequest.name", "The name. +optional is no mark here."),
        ("CreateThingRequest.colour", "The colour."),
        ("CreateThingRequest.size", "How big it is."),
        ("Kind.KIND_NONE", "nothing"),
        ("Kind.BOX", "A box."),
        ("Unknown.name", ""),
    ],
)
def test_leading_and_trailing_comments_are_prose_without_their_marks(docs, name, prose):
    assert docs.prose(f"docs.v1.{name}") == prose


def test_a_json_block_in_a_comment_is_an_example(docs):
    assert docs.example("docs.v1.CreateThingRequest").splitlines() == [
        *("{", '    "name": "a thing",', '    "tags": {', '        "foo": "bar"', "    }", "}"),
    ]


@pytest.mark.parametrize(
    ("field", "required"),
    [
        ("CreateThingRequest.name", True),
        ("CreateThingRequest.colour", False),
        ("CreateThingRequest.size", False),
        ("CreateThingRequest.room", None),
        ("CreateThingRequest.kind", True),
        ("CreateThingRequest.Inner.free", None),
        ("ThingRequest.thing_id", True),  # a request of a file that marks its optional fields
        ("ThingInfo.thing_id", None),  # an answer
    ],
)
def test_an_unmarked_field_is_required_where_others_are_marked(docs, field, required):
    name = f"docs.v1.{field}"
    assert docs.required(name) is required
    assert docs.is_optional(name) is (required is False)


def test_a_file_without_marks_says_nothing_of_required_fields(kitchen_protoset):
    assert Docs([Pack(kitchen_protoset)]).required("kitchen.v1.DishRequest.dish_id") is None


def test_docs_know_the_messages_services_and_enums_of_their_files(docs):
    known = ["Thing", "CreateThingRequest", "CreateThingRequest.Inner", "Kind", "ThingInfo.thing_id", "Other"]
    assert [docs.knows(f"docs.v1.{name}") for name in known] == [True, True, True, True, False, False]


@pytest.mark.parametrize(
    ("text", "prose", "example"),
    [
        (' Set it.\n Example: {"a": [1]}\n Then more.\n', "Set it.\nThen more.", '{"a": [1]}'),
        (" Set it.\n\n Example:\n ```yaml\n a: 1\n b:\n   - 2\n ```\n", "Set it.", "a: 1\nb:\n  - 2"),
        (" Set it.\n\n Example:\n a: 1\n b: 2\n\n More.\n", "Set it.\nMore.", "a: 1\nb: 2"),
        ('{\n  "results": [\n    {...}\n  ],\n}\n', "", '{\n  "results": [\n    {...}\n  ],\n}'),
        (" {domain_id} is filled in.\n", "{domain_id} is filled in.", ""),
        (" [a] or [b]\n", "[a] or [b]", ""),
        (' {\n   "never": "closed"\n', "", '{\n  "never": "closed"'),
        (" One:\n - first\n   of all\n - second\n", "One:\n- first of all\n- second", ""),
    ],
)
def test_examples_are_told_from_prose(text, prose, example):
    assert read_comment(text) == Comment(prose, example, None)


def test_a_comment_cannot_command_a_terminal():
    said = read_comment(" red \x1b[31mtext\x07\n {\n \x1b]0;title\x07\n }\n")
    assert (said.prose + said.example.replace("\n", "")).isprintable()


@given(st.text(alphabet=st.sampled_from("ab {}[]\"'\\`-:+\n\t#|1.")))
def test_no_comment_breaks_the_reading_of_comments(text):
    said = read_comment(text)
    assert "\n\n" not in said.prose
    letters = [c for c in text if c in "ab1"]
    assert len([c for c in said.prose + said.example if c in "ab1"]) <= len(letters)


def test_a_set_without_source_info_has_no_prose_and_works(tmp_path):
    bare = compile_protoset(tmp_path / "bare.protoset")
    docs = Docs([Pack(bare)])
    assert (docs.prose("kitchen.v1.Dish.season"), docs.knows("kitchen.v1.Row")) == ("", True)


def test_the_first_pack_that_knows_a_name_wins(tmp_path, docs):
    files = FileDescriptorSet.FromString(PROTOSET.read_bytes())
    for file in files.file:
        for place in file.source_code_info.location:
            place.leading_comments = place.leading_comments and " Mine.\n"
    mine = tmp_path / "mine.protoset"
    mine.write_bytes(files.SerializeToString())
    name = "spaceone.api.repository.v1.Plugin"
    assert Docs([Pack(mine), Pack(PROTOSET)]).prose(name) == "Mine."
    assert Docs([Pack(PROTOSET), Pack(mine)]).prose(name).startswith("Programs")


@pytest.mark.parametrize("content", [None, b"", b"hello", b"syntax = 'proto3';\n", b"\x0a\x05wrong", b"{}", b"\0" * 9])
@pytest.mark.parametrize("error", [UsageError, ConfigError])
def test_what_is_no_descriptor_set_is_named_in_one_line(tmp_path, content, error):
    path = tmp_path / "x.protoset"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error) as caught:
        Docs([Pack(path, error)]).prose("a.B")
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


def test_no_pack_is_read_before_a_question(tmp_path):
    Docs([Pack(tmp_path / "missing")])
