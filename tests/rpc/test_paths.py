from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacectl.parameters import Inputs, requests
from spacectl.paths import Step, at_path, parse_path, shown_path, with_path
from spacectl.values import Fields, Scalar, Where

KEYS = st.text("ab_-.[]/0한 ", min_size=1, max_size=6)
PATHS = st.lists(KEYS | st.integers(0, 999), min_size=1, max_size=5).map(tuple).filter(lambda p: isinstance(p[0], str))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b_c", ("a", "b_c")),
        (r"tags.app\.io/name", ("tags", "app.io/name")),
        ("a[0].b[12][3]", ("a", 0, "b", 12, 3)),
        ("a[0]b", ("a", 0, "b")),
        ("[legacy.v1.year]", ("[legacy.v1.year]",)),
        ("[legacy.v1.notes][1]", ("[legacy.v1.notes]", 1)),
        ("a.[legacy.v1.year].b", ("a", "[legacy.v1.year]", "b")),
        ("a[x]", ("a[x]",)),
        (r"a\b", (r"a\b",)),
        (r"a\[0\]", ("a[0]",)),
    ],
)
def test_a_path_is_its_steps(text: str, path: tuple[Step, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a[0]."])
def test_an_empty_name_is_no_step(text: str) -> None:
    with pytest.raises(ValueError, match="an empty name"):
        parse_path(text)


@given(PATHS)
def test_what_is_shown_of_a_path_is_read_as_the_same_path(path: tuple[Step, ...]) -> None:
    if not any(isinstance(step, str) and step.startswith("[") for step in path):
        assert parse_path(shown_path(path)) == path


@given(PATHS)
def test_what_is_put_at_a_path_is_found_there_and_taken_away(path: tuple[Step, ...]) -> None:
    low = tuple(0 if isinstance(step, int) else step for step in path)
    value = Scalar("x", "argument", Where("-p"))
    made = with_path(Fields(), low, value, Where("-p"))
    assert at_path(made, low) == value
    assert at_path(with_path(made, low, None, Where("-p")), low) is None


@given(st.text("a.[]0\\x", max_size=12))
def test_any_text_is_a_path_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert all(step != "" for step in parse_path(text))


@pytest.mark.parametrize("form", ["labels=x{0}", "tags.k{0}=v", "k{0}=v", "labels[{0}]=v", "rules[{0}].name=v"])
def test_thousands_of_parameters_cost_in_proportion(form: str) -> None:
    def seconds(count: int) -> float:
        texts = [form.format(number) for number in range(count)]
        began = time.process_time()
        requests(Inputs(parameters=texts), bytes)
        return time.process_time() - began

    # ten times as many: a hundred times as long where each of them copies all before it
    # the least of three: the collector, and other threads of the process, disturb one now and then
    assert min(seconds(5000) for _ in range(3)) < 40 * max(min(seconds(500) for _ in range(3)), 0.005)
