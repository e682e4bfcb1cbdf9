from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spacectl.documents import MAX_BYTES, decode_text, parse, parse_json
from spacectl.errors import InputError
from spacectl.values import Entry, Fields, Invalid, Items, Node, Scalar, Where, from_python, is_null

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.sampled_from(
    ("", "null", "~", "1.10", "a: b", "- a", "#", "'", '"', "two\nlines", " a ", "한글", "\x85", "\u2028", "\t", "\\")
)
LEAVES = TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


def by_pyyaml(node: Any) -> Any:
    """PyYAML's tree as texts and places (line and column from 1)."""
    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        entries = [(key.value, by_pyyaml(key)[1], by_pyyaml(value)) for key, value in node.value]
        return "map", place, entries
    if isinstance(node, yaml.SequenceNode):
        return "list", place, [by_pyyaml(item) for item in node.value]
    return node.value, place, not node.style


def by_us(node: Node) -> Any:
    assert not isinstance(node, Invalid)
    place = (node.where.line, node.where.column)
    if isinstance(node, Fields):
        return "map", place, [(k, (e.where.line, e.where.column), by_us(e.value)) for k, e in node.entries.items()]
    if isinstance(node, Items):
        return "list", place, [by_us(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text, place, node.style == "plain"


def by_json(node: Node) -> Any:
    """The tree as what json makes of its text, numbers as they were written."""
    match node:
        case Fields():
            return {key: by_json(entry.value) for key, entry in node.entries.items()}
        case Items():
            return [by_json(item) for item in node.items]
        case Scalar(style="plain"):
            return {"null": None, "true": True, "false": False}.get(node.text, Bare(node.text))
    assert isinstance(node, Scalar)
    return node.text


class Bare(str):
    """A number's text."""

    __slots__ = ()


def problem_of(text: str, name: str = "x.yml") -> str:
    with pytest.raises(InputError) as caught:
        parse(text, name)
    (problem,) = caught.value.problems
    return str(problem)


def invalid_of(text: str) -> str:
    (document,) = parse(text, "x.yml")
    assert isinstance(document, Fields)
    value = document.entries["a"].value
    assert isinstance(value, Invalid)
    return f"{value.where}: {value.message}"


@given(VALUES.filter(lambda value: value not in ("", [], {})), st.booleans(), st.booleans())
def test_yaml_texts_and_places_are_those_of_pyyaml(value: Any, flow: bool, unicode: bool) -> None:
    text = "# a comment\n" + yaml.dump(value, default_flow_style=flow, allow_unicode=unicode, sort_keys=False)
    (ours,) = parse(text, "x.yml")
    # PyYAML's C parser counts columns in characters, as we want it
    assert by_us(ours) == by_pyyaml(yaml.compose(text, Loader=yaml.CBaseLoader))


@given(VALUES, st.sampled_from((None, 1)), st.booleans())
def test_json_texts_are_those_of_json(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    expected = json.loads(text, parse_int=Bare, parse_float=Bare)
    assert by_json(parse_json(text, Where("-j"))) == expected
    if isinstance(value, (list, dict)):
        (document,) = parse(text, "x.json")
        assert by_json(document) == expected


@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4))
def test_json_lines_are_one_document_each_on_their_lines(values: list[Any]) -> None:
    text = "".join(json.dumps(value) + "\n" for value in values)
    documents = parse(text, "x.jsonl")
    assert [by_json(document) for document in documents] == [
        json.loads(json.dumps(value), parse_int=Bare, parse_float=Bare) for value in values
    ]
    assert [document.where for document in documents] == [Where("x.jsonl", n + 1, 1) for n in range(len(values))]


@given(st.text('{}[]:,"\\ntrue-+.0123456789eE /bu', max_size=20) | st.text(max_size=10))
def test_what_json_refuses_is_refused_and_what_it_reads_is_read(text: str) -> None:
    try:
        json.loads(text, parse_constant=lambda name: json.loads(f"not {name}"))
    except ValueError:
        with pytest.raises(InputError, match="not JSON"):
            parse_json(text, Where("-j"))
    else:
        parse_json(text, Where("-j"))


def test_a_json_file_knows_the_line_and_column_of_each_key_and_value() -> None:
    (document,) = parse('{\n  "a": 1,\n  "b": [\n    true, "한", {"c": null}]\n}\n', "x.json")
    assert by_us(document) == (
        "map",
        (1, 1),
        [
            ("a", (2, 3), ("1", (2, 8), True)),
            (
                "b",
                (3, 3),
                (
                    "list",
                    (3, 8),
                    [
                        ("true", (4, 5), True),
                        ("한", (4, 11), False),
                        ("map", (4, 16), [("c", (4, 17), ("null", (4, 22), True))]),
                    ],
                ),
            ),
        ],
    )


def test_flow_yaml_that_is_no_json_is_yaml() -> None:
    (document,) = parse("{a: b, 'c': [d]} # comment\n", "x.yml")
    assert by_json(document) == {"a": "b", "c": ["d"]}
    assert len(parse('{"a": 1}\n---\n{"a": 2}\n', "x.yml")) == 2


def test_several_yaml_documents_are_several_trees_with_their_lines() -> None:
    documents = parse("a: 1\n---\na: 2\n...\n---\n- 3\n", "x.yml")
    assert [(type(document), document.where.line) for document in documents] == [(Fields, 1), (Fields, 3), (Items, 6)]
    assert parse("", "x.yml") == parse("# nothing\n", "x.yml") == []
    (empty,) = parse("---\n", "x.yml")
    assert isinstance(empty, Scalar) and is_null(empty)


@pytest.mark.parametrize("text", ['a: 1\nb: 2\n"a": 3\n', '{"a": 1,\n"b": 2,\n"a": 3}'])
def test_a_duplicate_key_is_kept_with_its_place_and_the_last_value(text: str) -> None:
    (document,) = parse(text, "x.yml")
    assert isinstance(document, Fields)
    assert document.duplicates == (("a", Where("x.yml", 3, 1)),)
    assert by_json(document)["a"] == "3"


def test_merge_keys_give_way_to_the_mapping_s_own_and_to_earlier_ones() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 3\nw:\n  b: 4\n  <<: *y\nq:\n  '<<': 5\n"
    (document,) = parse(text, "x.yml")
    values = by_json(document)
    oracle = yaml.load(text, Loader=yaml.SafeLoader)
    assert {key: {k: int(v) for k, v in values[key].items()} for key in "zw"} == {key: oracle[key] for key in "zw"}
    assert values["q"] == {"<<": "5"}
    assert invalid_of("a:\n  <<: 1\n") == "x.yml:2:3: `<<` merges mappings only"


def test_an_alias_is_what_its_anchor_is() -> None:
    (document,) = parse("a: &n {b: 1}\nc: *n\nd: &s 1.10\ne: [*s, *n]\n", "x.yml")
    assert by_json(document) == {"a": {"b": "1"}, "c": {"b": "1"}, "d": "1.10", "e": ["1.10", {"b": "1"}]}
    (recursive,) = parse("a: &a [*a]\n", "x.yml")
    assert isinstance(recursive, Fields)
    assert invalid_of("x: 1\na: *nowhere\n") == "x.yml:2:4: the alias *nowhere has no anchor"


def test_core_tags_say_what_a_scalar_is_and_other_tags_are_problems() -> None:
    (document,) = parse("a: !!str 1\nb: !!int '1'\nc: ! 2\nd: !!map {x: 1}\n", "x.yml")
    assert isinstance(document, Fields)
    styles = [e.value.style for e in document.entries.values() if isinstance(e.value, Scalar)]
    assert styles == ["quoted", "plain", "quoted"]
    for tag in ("!env HOME", "!!python/object:os.system x", "!!binary YQ==", "!x {b: c}", "!!set {b}"):
        assert "means nothing here; write the value itself" in invalid_of(f"a: {tag}\n")


def test_a_key_that_is_no_word_is_a_problem_and_a_template_a_placeholder() -> None:
    assert invalid_of("a:\n  ? [b]\n  : c\n") == "x.yml:2:5: a key must be a plain word"
    assert invalid_of("a: {{ domain_id }}\n") == "x.yml:1:5: fill in the placeholder {{domain_id}}"


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ("a: 1".encode("utf-16"), "x.yml: not UTF-8 but, it seems, UTF-16", "iconv -f UTF-16 -t UTF-8 x.yml"),
        ("a: 1".encode("utf-16-be"), "x.yml: not UTF-8 but, it seems, UTF-16", "iconv -f UTF-16 -t UTF-8 x.yml"),
        ("a: 1".encode("utf-16-le"), "x.yml: not UTF-8 but, it seems, UTF-16", "iconv -f UTF-16 -t UTF-8 x.yml"),
        ("a: 1\nb: é".encode("latin-1"), "x.yml:2:4: not UTF-8 (byte 0xe9)", "iconv -f LATIN1 -t UTF-8 x.yml"),
    ],
)
def test_a_file_that_is_not_utf_8_is_refused_with_the_way_out(data: bytes, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_text(data, "x.yml")
    assert caught.value.message == message
    assert caught.value.hints == (f"convert it: {hint}",)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode_text(b"\xef\xbb\xbfa: 1", "x.yml") == "a: 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n\tb: 1\n", "x.yml:2:1: not YAML: found character"),
        ("a: b: c\n", "x.yml:1:5: not YAML: mapping values are not allowed"),
        ("a: [1\n", "x.yml:2:1: not YAML: "),
        ("a: 'x\n", "x.yml:2:1: not YAML: found unexpected end of stream"),
        ("a: \x01\n", "x.yml:1:4: not YAML: unacceptable character U+0001"),
        ("a: @b\n", "x.yml:1:4: not YAML: found character"),
        ("%YAML 9.9\n---\na: 1\n", "x.yml:1:1: not YAML: found incompatible YAML document"),
    ],
)
def test_broken_yaml_is_told_in_one_line_with_its_place(text: str, message: str) -> None:
    problem = problem_of(text)
    assert problem.startswith(message)
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "neither JSON nor YAML"),
        ('{"a" 1}\n{', "x.json:1:6: neither JSON nor YAML: '1' where a colon is due"),
        ("[1,\n 2", "x.json:2:3: neither JSON nor YAML: it ends where a comma is due"),
    ],
)
def test_a_broken_json_file_is_told_with_the_place_where_it_stops_being_json(text: str, message: str) -> None:
    if text.endswith(",}"):
        assert len(parse(text, "x.json")) == 1  # YAML allows it
    else:
        assert problem_of(text, "x.json") == message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it ends where a value is due (line 1, column 1)"),
        ("{'a': 1}", '"\'" where a quoted name is due (line 1, column 2)'),
        ('{"a": NaN}', 'NaN must be quoted: "NaN" (line 1, column 7)'),
        ('{"a": -Infinity}', '-Infinity must be quoted: "-Infinity" (line 1, column 7)'),
        ('{"a": 01}', "'01' where a value is due (line 1, column 7)"),
        ('{"a": 1}\n x', "more text follows the value (line 2, column 2)"),
        ('{"a": "x', "unterminated string starting (line 1, column 7)"),
        ("[" * 101, "nested more than 100 deep (line 1, column 101)"),
        ("[" * 100_000, "nested more than 100 deep (line 1, column 101)"),
    ],
)
def test_broken_json_in_an_option_is_told_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(text, Where("-j"))
    assert caught.value.message == f"-j: not JSON: {reason}"


MORE = 250_001


def test_bombs_are_refused_quickly() -> None:
    start = time.process_time()
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert "more than 250,000 values" in problem_of(bomb)
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000))
    assert "nested more than 100 deep by its aliases" in problem_of(chain)
    assert "nested more than 100 deep" in problem_of("[" * 100_000)
    assert "nested more than 100 deep" in problem_of("".join(f"{' ' * n}a:\n" for n in range(300)))
    assert "more than 250,000 values" in problem_of("- a\n" * MORE)
    assert problem_of("[" + "1," * MORE + "1]") == "x.yml:1:500000: more than 250,000 values"
    assert "more than 250,000 values" in problem_of('{"a": 1}\n' * (MORE // 2 + 1))
    assert problem_of("a" * (16 * 1024 * 1024 + 1)) == "x.yml: longer than 16 MiB of YAML or JSON"
    with pytest.raises(InputError, match="longer than 64 MiB"):
        decode_text(b"a" * (MAX_BYTES + 1), "x.yml")
    parse("? " + "k" * 1_000_000 + "\n: 1\n", "x.yml")
    assert len(parse('{"%s": 1}' % ("k" * 1_000_000), "x.json")) == 1
    assert time.process_time() - start < 20


@given(VALUES)
def test_a_python_value_is_the_same_tree_as_its_json(value: Any) -> None:
    assert by_json(from_python(value)) == by_json(parse_json(json.dumps(value), Where("")))


def corpus() -> list[Path]:
    return [path for path in sorted(CORPUS.rglob("*")) if path.suffix in (".yml", ".yaml") and path.is_file()]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real files here")
def test_every_real_file_loads_without_a_problem() -> None:
    assert len(corpus()) > 50
    for path in corpus():
        documents = parse(decode_text(path.read_bytes(), path.name), path.name)
        assert [problem for document in documents for problem in invalid_in(document)] == []


def invalid_in(node: Node) -> list[str]:
    match node:
        case Invalid():
            return [f"{node.where}: {node.message}"]
        case Fields():
            return [problem for entry in node.entries.values() for problem in invalid_in(entry.value)]
        case Items():
            return [problem for item in node.items for problem in invalid_in(item)]
    return []


def test_an_entry_knows_the_place_of_its_key() -> None:
    (document,) = parse("a:\n  b: 1\n", "x.yml")
    assert isinstance(document, Fields)
    inner = document.entries["a"].value
    assert isinstance(inner, Fields)
    assert inner.entries["b"] == Entry(Where("x.yml", 2, 3), Scalar("1", "plain", Where("x.yml", 2, 6)))
