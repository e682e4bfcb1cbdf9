from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spacectl import yaml_io
from spacectl.errors import ConfigError, UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("012345670123", "012345670123"),
        ("1.10", "1.10"),
        ("1e5", "1e5"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2022-04-01", "2022-04-01"),
        ("yes", "yes"),
        ("off", "off"),
        ("True", "True"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-5", -5),
        ("42", 42),
        ("1.5", 1.5),
        ("'42'", "42"),
    ],
)
def test_a_scalar_is_a_number_only_when_it_prints_as_it_was_written(text: str, value: Any) -> None:
    found = yaml_io.load_mapping(f"key: {text}", "f")["key"]
    assert (found, type(found)) == (value, type(value))


@given(st.one_of(st.integers(), st.floats(), st.from_regex(r"[-+0-9.e_:x]{1,12}", fullmatch=True)))
def test_a_plain_number_never_loses_its_text(value: object) -> None:
    text = str(value)
    try:
        found = yaml_io.load_mapping(f"key: {text}", "f")["key"]
    except ConfigError:
        return
    assert str(found) == text or isinstance(found, (list, dict)) or found is None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a:\n\tb: 1", "f.yml:2:1", "a tab, and YAML is indented by spaces"),
        ("a: 1\nb: [1, 2\nc: 3", "f.yml:3:", "did not find expected"),
        ("a: b: c", "f.yml:1:5: ", "mapping values are not allowed"),
        ("\ta: 1", "f.yml:1:1: ", "cannot start any token"),
        ("a: 1\nb: x\x01y", "f.yml:2:5: ", "control characters"),
        ("- a\n- b", "f.yml:1:1: ", "a mapping is due .* not a list"),
        ("just text", "f.yml:1:1: ", "a mapping is due"),
        ("a: 1\n---\nb: 2", "f.yml:2:1: ", "another document"),
        ("a: !secret x", "f.yml:1:4: ", "!secret"),
        ("a: *nothing", "f.yml:1:4: ", "undefined alias"),
        ("a: &a [*a]", "f.yml: ", "nested too deeply"),
        ("[" * 50_000 + "]" * 50_000, "f.yml:1:", "nested too deeply"),
        ("a: " + "[" * 300 + "]" * 300, "f.yml", "nested too deeply"),
    ],
)
def test_a_broken_file_is_one_line_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as raised:
        yaml_io.load_mapping(text, "f.yml")
    assert raised.value.message.startswith(place)
    assert raised.value.message.isprintable()


def test_the_caller_chooses_the_error() -> None:
    with pytest.raises(UsageError):
        yaml_io.load_mapping("- a", "f.yml", UsageError)


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefg", "bcdefgh", strict=True)]
    with pytest.raises(ConfigError, match="too many values"):
        yaml_io.load_mapping("\n".join(lines), "f.yml")


def test_bytes_that_are_not_utf8_are_placed() -> None:
    with pytest.raises(ConfigError, match=r"^f.yml:2:4: not UTF-8 .byte 0xff."):
        yaml_io.decode(b"a: 1\nb: \xff", "f.yml")


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert yaml_io.load_mapping(yaml_io.decode(b"\xef\xbb\xbfa: 1", "f"), "f") == {"a": 1}


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.dates())
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
NOT_TEXT = st.characters(exclude_categories=["Cs", "Cc"])


@given(st.dictionaries(st.text(NOT_TEXT, min_size=1), VALUES), st.text(NOT_TEXT, min_size=1), st.text(NOT_TEXT))
def test_setting_one_key_changes_nothing_else_for_any_reader(settings: dict[str, Any], key: str, value: str) -> None:
    text = yaml.safe_dump(settings, allow_unicode=True)
    edited = yaml_io.with_value(text, [key], value, "f")
    assert yaml.safe_load(edited) == {**yaml.safe_load(text), key: value}
    removed = yaml_io.with_value(edited, [key], None, "f")
    assert yaml.safe_load(removed) == {k: v for k, v in yaml.safe_load(text).items() if k != key}


def test_a_changed_file_keeps_the_notation_of_its_other_keys() -> None:
    text = 'account: 0123\nsince: 2022-01-01\non: yes\nquoted: "1"\nflow: [1, 2]\nendpoints: {}\n'
    edited = yaml_io.with_value(text, ["endpoints", "identity"], "grpc://x:1", "f")
    assert edited == text.replace("endpoints: {}", "endpoints:\n  identity: grpc://x:1")


@pytest.mark.parametrize(
    "value", ["", "123", "0123", "yes", "null", "2022-01-01", "a: b", "#x", "'", "x\ty", "한글", "- x", "{a: b}"]
)
def test_a_value_that_is_set_is_read_back_as_the_same_text_by_any_reader(value: str) -> None:
    edited = yaml_io.with_value("", ["key"], value, "f")
    assert yaml.safe_load(edited) == yaml_io.load_mapping(edited, "f") == {"key": value}


COMMENTED = """\
# from the console
api_key: 0123  # mine

# where it is
endpoints:
    identity: grpc://a:1  # main
    # not yet
    cost: grpc://b:1
# the end
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["api_key"], "x", "api_key: 0123  # mine\n", "api_key: x\n"),
        (["api_key"], None, "api_key: 0123  # mine\n", ""),
        (["endpoints", "cost"], "grpc://c:1", "cost: grpc://b:1\n", "cost: grpc://c:1\n"),
        (["endpoints", "identity"], None, "    identity: grpc://a:1  # main\n", ""),
        (["endpoints", "new"], "grpc://n:1", "b:1\n", "b:1\n    new: grpc://n:1\n"),
        (["note"], "a: b", "b:1\n", "b:1\nnote: 'a: b'\n"),
        (["endpoints"], None, COMMENTED[COMMENTED.index("endpoints") : COMMENTED.index("# the end")], ""),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_comments_of_other_lines_stay(path: list[str], value: str | None, old: str, new: str, line_end: str) -> None:
    edited = yaml_io.with_value(COMMENTED.replace("\n", line_end), path, value, "f")
    assert edited == COMMENTED.replace(old, new).replace("\n", line_end)


@pytest.mark.parametrize(
    "text",
    ["a: &x {k: v}\nb: *x\n", "a: |\n  t\n\nb: >-\n  u\n", "{a: 1, b: {c: 2}}", "a:\nb:\n- 1\n- 2", "? a\n: 1\n"],
)
@pytest.mark.parametrize("path", [["a"], ["b"], ["c"], ["b", "k"]])
@pytest.mark.parametrize("value", ["new", None, "two\nlines\n"])
def test_an_edit_means_the_same_in_every_notation(text: str, path: list[str], value: str | None) -> None:
    expected = yaml.safe_load(text)
    edited = yaml.safe_load(yaml_io.with_value(text, path, value, "f"))
    target = expected
    if len(path) == 2:
        target = dict(expected["b"]) if isinstance(expected.get("b"), dict) else {}
        expected["b"] = target
        if text.startswith("a: &x"):
            edited["a"] = expected["a"]  # the alias shares what is changed; its own key is not the question here
    target.pop(path[-1], None)
    if value is not None:
        target[path[-1]] = value
    assert edited == expected
