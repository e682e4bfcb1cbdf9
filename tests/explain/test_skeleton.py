"""`spacectl skeleton`: what it prints is refused until it is filled in, and accepted then."""

from __future__ import annotations

import re

import pytest
import yaml
from google.protobuf import message_factory

from explain.apis import methods_of
from spacectl.documents import parse
from spacectl.errors import InputError
from spacectl.explain.skeleton import skeleton
from spacectl.rpc.encode import encode
from spacectl.values import NOWHERE, Fields

SANDBOX = ("--environment", "sandbox")
VALUES = {
    "string": "some text",
    "int32": "-3",
    "int64": "-3",
    "uint32": "3",
    "uint64": "3",
    "double": "0.5",
    "float": "0.5",
    "true|false": "true",
    "base64": "aGVsbG8=",
    "bool": "true",
    "null": "null",
    "object": "{a: 1}",
    "list": "[1, x]",
    "any value": "x",
    "2026-01-31T09:30:00Z": "2026-01-31T09:30:00Z",
    "1.5s": "1.5s",
    "name,tags.icon": "name,tags.icon",
    "nothing": "{}",
    "mapping with @type": "{}",
    "Jar as in the request": "{name: x}",
}
KEY = re.compile(r"^( *)!fill (\w+):")
VALUE = re.compile(r"!fill (.*?)(?=  #|$)")
GUIDE = """\
# spacectl exec deregister repository.Plugin -f FILE
# Removes one Plugin from the platform.
#
# Write a value for each !fill.
plugin_id: !fill string  # The plugin.

# Optional; take away the # before those that you need:
#domain_id: !fill string  # The domain that it belongs to; by default that of the token.
"""


def filled(text):
    """The skeleton with a value of its type for each placeholder outside comments."""

    def value(match):
        words = match[1]
        if words in VALUES:
            return VALUES[words]
        return words.rpartition("|")[2] if "|" in words or words.isupper() else "[]" if "list of" in words else "{}"

    def written(line):
        return VALUE.sub(value, KEY.sub(lambda match: f"{match[1]}{VALUES[match[2]].split()[0]}:", line))

    lines = [line if line.startswith("#") else written(line) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def uncommented(text):
    """The skeleton with its optional fields, where each is free of the others."""
    head, mark, optional = text.partition("# Optional;")
    return head + mark + re.sub(r"^#", "", optional, flags=re.MULTILINE).replace("\n", "\n", 1)


def encoded(text, method):
    documents = parse(text, "x.yml")
    message = message_factory.GetMessageClass(method.input)()
    assert len(documents) <= 1
    encode(message, documents[0] if documents else Fields({}, NOWHERE))
    return message


def placeholder_lines(text):
    return {n for n, line in enumerate(text.splitlines(), 1) if "!fill" in line and not line.startswith("#")}


def check(method, shape, *, every):
    text = skeleton(f"{method.verb} x.Y", shape, every=every)
    places = placeholder_lines(text)
    if places:
        with pytest.raises(InputError) as caught:
            encoded(text, method)
        lines = {int(problem.where.split(":")[1]) for problem in caught.value.problems}
        assert lines
        assert lines <= places
    else:
        encoded(text, method)
    return encoded(filled(text), method)


@pytest.mark.parametrize("every", [False, True])
def test_every_skeleton_of_the_sandbox_is_refused_until_it_is_filled_in(sandbox_api, every):
    for method, shape in methods_of(sandbox_api):
        message = check(method, shape, every=every)
        given = {field.name for field, _ in message.ListFields()}
        required = {field.name for field in shape.request.fields if field.required}
        assert required <= given | {field.name for field in shape.request.fields if field.label != "single"}


@pytest.mark.parametrize("every", [False, True])
def test_every_skeleton_of_the_kitchen_is_refused_until_it_is_filled_in(kitchen_schema, every):
    assert len([check(method, shape, every=every) for method, shape in methods_of(kitchen_schema)]) > 30


@pytest.mark.parametrize("every", [False, True])
def test_every_skeleton_of_the_real_services_is_refused_until_it_is_filled_in(lab_apis, every):
    count = sum(1 for api in lab_apis() for method, shape in methods_of(api) if [check(method, shape, every=every)])
    assert count > 150


def test_optional_fields_are_accepted_when_they_are_taken_out_of_their_comment(sandbox_api):
    tried = 0
    for method, shape in methods_of(sandbox_api):
        text = skeleton("x", shape, every=False)
        if "# Optional;" in text and "oneof" not in text:
            message = encoded(filled(uncommented(text)), method)
            tried += len(message.ListFields())
    assert tried > 100


def test_required_fields_come_first_and_optional_ones_are_comments(spacectl):
    result = spacectl(*SANDBOX, "skeleton", "deregister", "repository.Plugin")
    assert (result.status, result.out, result.err) == (0, GUIDE, "")


def test_a_skeleton_is_sent_once_it_is_filled_in_and_not_before(spacectl, home):
    file = home / "plugin.yml"
    file.write_text(spacectl(*SANDBOX, "skeleton", "register", "plugin").out)
    refused = spacectl(*SANDBOX, "exec", "register", "repository.Plugin", "-f", "plugin.yml")
    assert (refused.status, refused.out) == (2, "")
    for line, name in ((5, "name"), (6, "service_type"), (7, "image")):
        assert f"plugin.yml:{line}:" in refused.err
        assert name in refused.err
    file.write_text(filled(file.read_text()).replace("image: some text", "image: pyengine/x"))
    accepted = spacectl(*SANDBOX, "exec", "register", "repository.Plugin", "-f", "plugin.yml")
    assert (accepted.status, accepted.err) == (0, "")
    assert yaml.safe_load(accepted.out)["image"] == "pyengine/x"


def test_without_docs_every_field_of_the_request_is_a_placeholder(spacectl, kitchen):
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    assert spacectl("skeleton", "create", "kitchen.Dish", env=env).out == (
        "# spacectl exec create kitchen.Dish -f FILE\n"
        "#\n"
        "# Write a value for each !fill or take the line out: which ones are required is not known here.\n"
        "name: !fill string\n"
        "price: !fill double\n"
        "cook: !fill  # Cook\n"
        "#  name: !fill string\n"
        "#  email: !fill string\n"
        "ingredients:  # list of string\n"
        "  - !fill string\n"
        "tags: !fill object\n"
        "state: !fill STATE_NONE|RAW|COOKED\n"
    )


def test_a_request_without_fields_is_an_empty_mapping(spacectl, kitchen):
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    out = spacectl("skeleton", "Nothing", "kitchen.Kitchen", "-v", "v1", env=env).out
    assert out == "# spacectl exec Nothing kitchen.Kitchen -f FILE\n{}\n"


def test_a_wrong_verb_gets_the_nearest(spacectl_inprocess):
    result = spacectl_inprocess(*SANDBOX, "skeleton", "regster", "repository.Plugin")
    assert (result.status, result.out) == (2, "")
    assert "did you mean register" in result.err
