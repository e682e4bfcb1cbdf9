from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from spacectl.documents import parse
from spacectl.output.yaml_writer import YamlWriter
from spacectl.rpc.scalars import boolean, number
from spacectl.values import Items, Scalar, is_null

ODD_STRINGS = (
    "yes|No|TRUE|on|Off|null|Null|~|=|<<|-|--|---|---a|...|...a|?|:|? x|- x|: x|a: b|a:|a :b|a #b|a#b|#a|[a|{a|&a|*a"
    "|!a|>a|%a|@a|`a|'a|\"a|'|''|it's|a, b|a]b|1|-1|+1|0|00|08|0o7|0x1F|0b1|1_000|1.0|1.|.5|.|-.5|1e5|1.0e5|1.0e+5|1:30"
    "|1:30.5|12:30:45|190:20:30|.inf|-.Inf|.nan|+.inf|2026-11-22|2026-1-2|2026-11-22T07:23:35.682Z|2026-11-22 07:23:35"
    "|2026-11-22 07:23:35 +09:00|2026-11-22t07:23:35|1.0.2|012345670123|a b |  a| |  |a  b|a\tb|\ta|a\nb|a\n|\na"
    "|a\n\nb|a \nb|a\n b|\x85|a\x85b|\u2028|a\u2029b|\ufeff|a\ufeffb|\0|\a\x1b|\x7f|\xa0|\ud800|\U0001f600"
    "|\U0010ffff|한글|https://example.test/a?b=c&d#e|arn:aws:iam::1:role/x|y|n|Y|N|_|/|//|.a|..|-a|-a b|?a|:a|::|a: "
    '|a #|\\|"|a\\b||\r|a\r\nb'
)
ODD = st.sampled_from(ODD_STRINGS.split("|"))
CHARACTERS = st.characters(codec=None)
TEXTS = ODD | st.text(CHARACTERS, max_size=12) | st.text("ab:#-? ',\"\\\n1.", max_size=8)
SENTENCES = st.lists(st.text("abcdefgh'\"-:#", min_size=0, max_size=25) | ODD, max_size=40).map(" ".join)
KEYS = TEXTS | st.text("ab ", min_size=118, max_size=130) | SENTENCES
LEAVES = TEXTS | SENTENCES | st.integers() | st.floats() | st.booleans() | st.none()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


class Dumper(yaml.Dumper):
    """PyYAML's, which quotes what YAML 1.2 alone takes for a number too, and U+0085, which it would lose."""

    def represent_str(self, text: str) -> yaml.Node:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"' if "\x85" in text else None)


Dumper.add_representer(str, Dumper.represent_str)


Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+)$"),
    list("-+0123456789."),
)


def by_pyyaml(value: Any) -> str:
    return yaml.dump(value, Dumper=Dumper, allow_unicode=True)


@pytest.mark.parametrize("text", ["1e3", "08", "012345670189", "0o7", "+1e5", "-.5", "-.5e-3", "1.e1"])
def test_a_text_that_yaml_1_2_takes_for_a_number_comes_back_as_a_text(text: str) -> None:
    assert YamlWriter().document({"a": text}) == f"a: '{text}'\n"
    assert YamlWriter().document(text) == f"'{text}'\n"


@given(TEXTS.filter(lambda text: not any("\ud800" <= character <= "\udfff" for character in text)))
def test_a_text_is_written_plain_only_where_this_command_reads_it_back_as_a_text(text: str) -> None:
    (document,) = parse(YamlWriter().document([text]), "x.yml")
    assert isinstance(document, Items)
    (item,) = document.items
    assert isinstance(item, Scalar)
    assert item.text == text
    assert item.style == "quoted" or (number(text) is None and boolean(text) is None and not is_null(item))


@given(VALUES)
@example({"a": "word " * 40})
@example({"a": {"b": ["it's " * 40, " lead " * 30]}})
@example({"k" * 122: [1], "k" * 123: [1, {"a": [[]]}], "": {"": {}}})
def test_any_value_is_written_as_pyyaml_writes_it(value: Any) -> None:
    assert YamlWriter().document(value) == by_pyyaml(value)


@given(st.lists(LEAVES, max_size=8), st.integers(0, 45))
def test_scalars_fold_at_every_depth_as_pyyaml_folds_them(leaves: list[Any], depth: int) -> None:
    value: Any = {"leaves": leaves, **{f"k{i}": leaf for i, leaf in enumerate(leaves)}}
    for level in range(depth):
        value = {"x": value} if level % 3 else [value]
    # The same list twice would be an anchor and an alias.
    assert YamlWriter().document(value) == by_pyyaml(value)


@given(st.lists(VALUES, max_size=4), st.dictionaries(KEYS.filter(lambda key: key != "results"), VALUES, max_size=3))
def test_a_listing_is_the_document_of_rows_and_extras(rows: list[Any], extras: dict[str, Any]) -> None:
    text = "".join(YamlWriter().listing(iter(rows), extras))
    assert text == by_pyyaml({**extras, "results": rows})


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_what_a_writer_remembers_does_not_change_what_it_writes(values: list[Any]) -> None:
    writer = YamlWriter()
    assert [writer.document([value, value]) for value in values] == [
        YamlWriter().document([value, value]) for value in values
    ]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 512, 600])
def test_a_listing_of_any_length_is_one_document(count: int) -> None:
    rows = [{"id": f"row-{number}", "tags": {}} for number in range(count)]
    text = "".join(YamlWriter().listing(iter(rows), {"total_count": count, "more": False}))
    assert text == by_pyyaml({"results": rows, "total_count": count, "more": False})


def test_more_different_words_than_a_writer_remembers_are_all_right() -> None:
    value = [{f"key-{number}": f"value-{number}"} for number in range(10_000)]
    writer = YamlWriter()
    assert yaml.safe_load(writer.document(value[:200])) == value[:200]
    assert writer.document(value).count("\n") == 10_000


def test_what_is_not_a_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="not a YAML value: bytes"):
        YamlWriter().document({"a": b"x"})
