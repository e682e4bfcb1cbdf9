from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from peers.protosets import Api
from random_messages import RandomApi, apis, messages

from spacectl.documents import decode_text, parse, parse_json
from spacectl.errors import SpacectlError
from spacectl.rpc.decode import Decoder
from spacectl.rpc.encode import encode
from spacectl.values import Fields, Where


class QuotingDumper(yaml.SafeDumper):
    """Quotes every text, as PyYAML's idea of which plain texts are numbers is YAML 1.1's."""


QuotingDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def same(api: RandomApi, ours: Any, theirs: Any) -> bool:
    """Whether two messages are the same; the bytes in an Any may have their map entries in another order."""
    convert = Decoder().converter(ours.DESCRIPTOR)
    return repr(convert(ours)) == repr(convert(theirs))


def expected_of(api: RandomApi, text: str, original: Any) -> Any:
    try:
        return json_format.Parse(text, api.make(), descriptor_pool=api.pool)
    except json_format.ParseError:
        return original  # a null in a list of NullValue, which json_format writes and does not read


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.booleans())
def test_canonical_json_encodes_to_the_message_that_json_format_parses(data: st.DataObject, snake: bool) -> None:
    api = data.draw(apis(required=True))
    original = data.draw(messages(api))
    text = json_format.MessageToJson(original, preserving_proto_field_name=snake, descriptor_pool=api.pool)
    node = parse_json(text, Where("-j"))
    assert isinstance(node, Fields)
    message = api.make()
    encode(message, node)
    assert same(api, message, expected_of(api, text, original))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_the_same_as_a_json_file_and_as_yaml_encodes_to_the_same_message(data: st.DataObject) -> None:
    api = data.draw(apis())
    original = data.draw(messages(api))
    plain = json.loads(json_format.MessageToJson(original, preserving_proto_field_name=True, descriptor_pool=api.pool))
    assume(plain)
    expected = expected_of(api, json.dumps(plain), original)
    for text in (
        json.dumps(plain, ensure_ascii=False, indent=1),
        yaml.dump(plain, Dumper=QuotingDumper),
        yaml.dump(plain, Dumper=QuotingDumper, allow_unicode=True, default_flow_style=True),
    ):
        (node,) = parse(text, "x.yml")
        assert isinstance(node, Fields)
        message = api.make()
        encode(message, node)
        assert same(api, message, expected)


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(("{x}", "1e3", "@a")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


NAMES = ("kitchen.v1.Everything", "legacy.v1.Jar", "modern.v1.Tray")


@given(st.sampled_from(NAMES), st.lists(st.tuples(st.integers(0, 200), TREES), min_size=1, max_size=4))
def test_any_value_for_any_field_is_a_message_or_an_input_error(
    kitchen_api: Api, name: str, given_values: list[tuple[int, Any]]
) -> None:
    message = kitchen_api.message(name)
    keys = [
        *(field.name for field in message.DESCRIPTOR.fields),
        "[legacy.v1.year]",
        "[legacy.v1.notes]",
        "[]",
        "@type",
    ]
    values = {keys[number % len(keys)]: value for number, value in given_values}
    (node,) = parse(json.dumps(values), "x.json")
    assert isinstance(node, Fields)
    try:
        encode(message, node)
    except SpacectlError as error:
        assert error.exit_status == 2
        assert error.message
    else:
        message.SerializeToString()


@given(st.binary(max_size=60) | st.text("{}[]:,-?&*!|>'\"%@` \n\tab1#~<", max_size=60).map(str.encode))
def test_garbage_is_a_tree_or_an_input_error(kitchen_api: Api, garbage: bytes) -> None:
    try:
        nodes = parse(decode_text(garbage, "x.yml"), "x.yml")
        for node in nodes:
            if isinstance(node, Fields):
                encode(kitchen_api.message("kitchen.v1.Everything"), node)
    except SpacectlError as error:
        assert error.exit_status == 2
        assert "\n" not in error.message or hasattr(error, "problems")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufeff")))
def test_a_plain_yaml_scalar_for_a_text_field_is_its_source_text(kitchen_api: Api, text: str) -> None:
    document = f"string_value: {text}\n"
    try:
        node = yaml.compose(document, Loader=yaml.BaseLoader)
        assert node is not None
        value = node.value[0][1]
    except (yaml.YAMLError, IndexError):
        return
    assume(
        isinstance(value, yaml.ScalarNode) and value.tag != "!" and value.value not in ("", "~", "null", "Null", "NULL")
    )
    (tree,) = parse(document, "x.yml")
    assert isinstance(tree, Fields)
    message = kitchen_api.message("kitchen.v1.Everything")
    encode(message, tree)
    assert message.string_value == value.value


@pytest.mark.parametrize(
    "text",
    ["1.10", "1.0", "on", "no", "yes", "True", "2022-04-01", "012345670123", "1:30", "0x1F", "1e3", ".inf", "1_000"],
)
def test_what_other_yaml_readers_turn_into_something_else_stays_a_text(kitchen_api: Api, text: str) -> None:
    (tree,) = parse(f"string_value: {text}\nstrings: [{text}]\nstring_map: {{{text}: {text}}}\n", "x.yml")
    message = kitchen_api.message("kitchen.v1.Everything")
    assert isinstance(tree, Fields)
    assert encode(message, tree) == []
    assert (message.string_value, [*message.strings], dict(message.string_map)) == (text, [text], {text: text})
