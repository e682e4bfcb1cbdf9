from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacectl.output import json_writer

TEXTS = st.text(st.characters(codec=None), max_size=12)
LEAVES = (
    TEXTS | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=15
)


@given(VALUES)
def test_indented_text_is_the_one_of_json_dumps(value: Any) -> None:
    assert json_writer.indented(value) == json.dumps(value, indent=4, ensure_ascii=False)


@given(VALUES)
def test_text_on_one_line_is_the_one_of_json_dumps(value: Any) -> None:
    assert json_writer.inline(value) == json.dumps(value, ensure_ascii=False)
    assert json_writer.compact(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(st.lists(VALUES, max_size=4), st.dictionaries(TEXTS.filter(lambda key: key != "results"), VALUES, max_size=3))
def test_a_listing_is_the_document_of_rows_and_extras(rows: list[Any], extras: dict[str, Any]) -> None:
    text = "".join(json_writer.listing(iter(rows), extras))
    assert text == json.dumps({"results": rows, **extras}, indent=4, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 512, 600])
def test_a_listing_of_any_length_is_one_document(count: int) -> None:
    rows = [{"id": number} for number in range(count)]
    assert json.loads("".join(json_writer.listing(iter(rows), {"more": False}))) == {"results": rows, "more": False}


def test_what_is_not_a_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="not a JSON value: bytes"):
        json_writer.indented({"a": b"x"})


@pytest.mark.parametrize("number", [2**53 + 1, -(2**53) - 1, 2**64 - 1])
def test_an_integer_that_a_double_would_change_is_a_text(number: int) -> None:
    assert json.loads(json_writer.indented({"n": number})) == {"n": str(number)}
    assert json.loads(json_writer.compact([number])) == [str(number)]
