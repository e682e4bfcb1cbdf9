from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacectl.output import csv_writer

# before Python 3.11 the csv module refuses a NUL
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
ROWS = st.lists(st.dictionaries(st.sampled_from("abcde"), TEXTS | st.integers() | st.floats() | st.none(), max_size=5))


def by_csv(header: list[str], rows: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@given(ROWS)
def test_rows_are_written_as_the_csv_module_writes_them_under_one_header(rows: list[dict[str, Any]]) -> None:
    header = list(dict.fromkeys(key for row in rows for key in row))
    assert "".join(csv_writer.listing(iter(rows), [])) == (by_csv(header, rows) if header else "")


@given(ROWS)
def test_with_columns_the_header_is_theirs_even_without_rows(rows: list[dict[str, Any]]) -> None:
    only = [{key: row.get(key) for key in "ca"} for row in rows]
    assert "".join(csv_writer.listing(iter(only), [], ["c", "a"])) == by_csv(["c", "a"], only)


def test_the_header_has_the_declared_order_then_the_order_of_appearance() -> None:
    rows = [{"z": 1, "name": "n"}, {"id": "i", "y": 2}]
    assert "".join(csv_writer.listing(rows, [], field_order=["id", "name", "state"])).splitlines() == [
        "id,name,z,y",
        ",n,1,",
        "i,,,2",
    ]


def test_nested_values_are_json_and_booleans_are_spelled_as_in_json() -> None:
    rows = [{"a": {"k": ["한글", None, True, 1.5]}, "b": False, "c": None}]
    assert list(csv.reader(io.StringIO("".join(csv_writer.listing(rows, []))))) == [
        ["a", "b", "c"],
        ['{"k": ["한글", null, true, 1.5]}', "false", ""],
    ]


def test_a_row_that_has_no_fields_is_in_the_column_values() -> None:
    assert "".join(csv_writer.listing(["1.0.2", "1.0"], [])) == "Values\r\n1.0.2\r\n1.0\r\n"


def test_rows_with_columns_stream() -> None:
    def rows() -> Any:
        yield from ({"a": "x"} for _ in range(256))
        raise ConnectionError

    pieces = csv_writer.listing(rows(), [], ["a"])
    assert next(pieces) == "a\r\n"
    assert next(pieces) == "x\r\n" * 256


def test_several_lists_are_one_table_under_one_header() -> None:
    header: list[str] = []
    text = "".join(csv_writer.listing([{"a": 1, "b": 2}], header))
    text += "".join(csv_writer.listing([{"b": 3}], header))
    assert text == "a,b\r\n1,2\r\n,3\r\n"
    text += "".join(csv_writer.listing([{"b": 4, "c": 5}], header))
    assert text.splitlines()[-2:] == ["a,b,c", ",4,5"]


def test_a_nul_is_no_reason_to_fail() -> None:
    assert "".join(csv_writer.listing([{"a": "x\0y"}], [])) == "a\r\nx\0y\r\n"


@given(
    st.lists(
        st.dictionaries(st.sampled_from("ab"), st.sampled_from(["", "x", 'q"', "1", 1, True, 1.0, -0.0, 0.0, None]))
    )
)
def test_cells_that_are_equal_and_not_the_same_are_told_apart(rows: list[dict[str, Any]]) -> None:
    header = list(dict.fromkeys(key for row in rows for key in row))
    texts = [{key: "true" if value is True else value for key, value in row.items()} for row in rows]
    assert "".join(csv_writer.listing(rows, [])) == (by_csv(header, texts) if header else "")


@pytest.mark.parametrize("safe", [False, True])
def test_rows_of_several_batches_are_one_table(safe: bool) -> None:
    same, nested = {"x": ["a,b"]}, [{"n": 2**53 + 1}]
    rows = [
        {"id": f"row-{number}", "one": "=1+2", "same": same, **({"late": nested} if number > 600 else {})}
        for number in range(700)
    ]
    spelled = {"one": "'=1+2" if safe else "=1+2", "same": '{"x": ["a,b"]}'}
    late = {"late": '[{"n": "9007199254740993"}]'}
    expected = [{**row, **spelled, **(late if "late" in row else {})} for row in rows]
    assert "".join(csv_writer.listing(rows, [], safe=safe)) == by_csv(["id", "one", "same", "late"], expected)
