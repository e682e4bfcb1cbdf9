from __future__ import annotations

import re
from typing import Any

import pytest
import wcwidth
from hypothesis import example, given
from hypothesis import strategies as st
from tabulate import tabulate

from spacectl.output.rows import Column, collect
from spacectl.output.table import table

# Control characters have no width that tabulate knows, and it takes away white space at the end of a line.
CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Zs"])
WORDS = st.text(CHARACTERS, max_size=8) | st.sampled_from(["1.10", "1e5", "012", "-1", "nan", "True", "한글", "é"])
TEXTS = st.lists(WORDS, max_size=4).map(" ".join)
TALL = st.lists(TEXTS.filter(bool), min_size=1, max_size=3).map("\n".join)
HEADERS = st.lists(st.text(CHARACTERS, min_size=1, max_size=8), min_size=1, max_size=4, unique=True)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def text_of(columns: list[Column], width: int | None = None) -> str:
    return "".join(table(columns, width))


def by_tabulate(columns: list[Column]) -> str:
    aligned = ["decimal" if column.numeric else "left" for column in columns]
    rows = zip(*[column.cells for column in columns], strict=True)
    headers = [column.name for column in columns]
    options: dict[str, Any] = {"disable_numparse": True, "preserve_whitespace": True, "colalign": aligned}
    return tabulate(rows, headers, tablefmt="presto", **options) + "\n"


@st.composite
def columns(draw: st.DrawFn, texts: st.SearchStrategy[str], numbers: bool = True) -> list[Column]:
    count = draw(st.integers(1, 5))
    found = []
    for header in draw(HEADERS):
        values: st.SearchStrategy[Any] = NUMBERS | st.none() if numbers and draw(st.booleans()) else texts
        cells = draw(st.lists(values, min_size=count, max_size=count))
        found += collect([{header: cell} for cell in cells], [header])[0]
    return found


@given(columns(TEXTS))
@example(collect([{"a": "", "b": ""}, {"a": "x", "b": None}])[0])
@example(collect([{"a": 1, "b": 1.25}, {"a": -10, "b": 10}, {"a": None, "b": 1e22}])[0])
def test_a_table_is_the_one_that_tabulate_writes(found: list[Column]) -> None:
    assert text_of(found) == by_tabulate(found)


@given(columns(TALL, numbers=False))
def test_cells_of_several_lines_are_laid_out_as_tabulate_does_it(found: list[Column]) -> None:
    assert text_of(found) == by_tabulate(found)


@given(columns(TALL), st.integers(20, 200))
def test_a_table_fits_the_terminal_unless_its_headers_alone_are_too_wide(found: list[Column], width: int) -> None:
    least = [max(36 if position == 0 else 8, len(column.name) * 2) for position, column in enumerate(found)]
    if sum(least) + 3 * len(least) <= width:
        for line in text_of(found, width).splitlines():
            assert wcwidth.wcswidth(line) <= width


def test_a_table_that_fits_looks_the_same_on_a_terminal() -> None:
    found, _ = collect([{"plugin_id": "plugin-1", "name": "한글"}, {"plugin_id": "plugin-22", "name": "b"}])
    assert text_of(found, 80) == text_of(found)


def test_the_widest_columns_are_cut_first_and_say_so() -> None:
    found, _ = collect([{"id": "plugin-1", "state": "ENABLED", "description": "d" * 90, "tags": "t" * 60}])
    assert text_of(found, 60).splitlines() == [
        " id       | state   | description       | tags",
        "----------+---------+-------------------+-------------------",
        " plugin-1 | ENABLED | dddddddddddddddd… | tttttttttttttttt…",
    ]


def test_too_many_columns_run_over_and_none_is_dropped() -> None:
    found, _ = collect([{f"column_{number:02d}": "x" * 20 for number in range(17)}])
    header, _, row = text_of(found, 80).splitlines()
    assert header.split(" | ") == [" column_00           ", *[f"column_{number:02d}" for number in range(1, 17)]]
    assert row.count("xxxxxxxx…") == 16


def test_wide_characters_are_cut_between_characters() -> None:
    found, _ = collect([{"id": "a" * 30, "name": "한글" * 20}])
    for width in (50, 51):
        for line in text_of(found, width).splitlines():
            assert wcwidth.wcswidth(line) <= width
        assert text_of(found, width).endswith(" 한글한글한글한…\n")


def test_control_characters_are_spelled_out_and_a_pipe_keeps_white_space_and_marks() -> None:
    found, _ = collect([{"na\x1bme": "a\x1b[31mred\x07\tb\x9bc\u202ed\re", "b": "1\r\n2"}])
    piped = text_of(found)
    assert "a\\u001b[31mred\\u0007\tb\\u009bc\u202ed\re" in piped
    assert "\x1b" not in piped
    shown = text_of(found, 200)
    assert r"a\u001b[31mred\u0007\tb\u009bc\u202ed\re" in shown
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 3000])
def test_long_tables_have_all_their_rows(count: int) -> None:
    found, _ = collect([{"id": f"row-{number}"} for number in range(count)])
    assert text_of(found).splitlines()[2:] == [f" row-{number}" for number in range(count)]
