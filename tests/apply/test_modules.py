"""The modules of data: rows joined, read and written, dates counted, workbooks filled."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacectl.apply.dates import moment, neighbours
from spacectl.apply.exports import insert_statement, missing_extra
from spacectl.apply.rows import join, read_csv
from spacectl.errors import UsageError

NOW = datetime(2024, 3, 31, 12, 30)


def test_months_around_a_last_day_are_calendar_months() -> None:
    found = neighbours(None, NOW)
    assert (found["month-1m"], found["month+1m"], found["month-3m"]) == ("2024-02", "2024-04", "2023-12")
    assert (found["date-15d"], found["year-3y"], found["year_start_month"]) == ("2024-03-16", "2021", "2024-01")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("now/d - 10d", "2024-03-21T00:00"),
        ("now/m", "2024-03-01T00:00"),
        ("now/w", "2024-03-25T00:00"),
        ("now+2h", "2024-03-31T14:30"),
        ("2024-01-31", "2024-01-31T00:00"),
        ("2024-01-31T01:00:00Z", "2024-01-31T01:00"),
        ("2024-01-31 - 1d", "2024-01-30T00:00"),
    ],
)
def test_dates_are_read_as_differences(text: str, due: str) -> None:
    assert moment(text, NOW).isoformat(timespec="minutes") == due


@pytest.mark.parametrize("text", ["yesterday", "now/x", "2024-13-01", "now - 5", ""])
def test_what_is_no_date_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        moment(text, NOW)


@pytest.mark.parametrize(
    ("how", "due"),
    [
        ("left", [("a", 1, 10), ("b", 2, None)]),
        ("inner", [("a", 1, 10)]),
        ("right", [("a", 1, 10), ("c", None, 30)]),
        ("outer", [("a", 1, 10), ("b", 2, None), ("c", None, 30)]),
    ],
)
def test_rows_are_joined_as_tables_are(how: str, due: list) -> None:
    left, right = [{"k": "a", "n": 1}, {"k": "b", "n": 2}], [{"k": "a", "m": 10}, {"k": "c", "m": 30}]
    rows = join({"origin_data": left, "other_data": right, "join_keys": ["k"], "how": how})
    assert [(row["k"], row["n"], row["m"]) for row in rows] == due


def test_columns_of_a_join_are_chosen_and_renamed() -> None:
    spec = {
        "origin_data": [{"k": "a", "n": 1}],
        "other_data": [{"k": "a", "n": 2}],
        "join_keys": "k",
        "output": {"columns": ["n_y|Other"], "append_origin_columns": {"location": "LEFT", "end": 1}},
    }
    assert join(spec) == [{"k": "a", "Other": 2}]


@given(st.lists(st.fixed_dictionaries({"name": st.text(st.characters(codec="utf-8", exclude_characters="\0\r"))})))
def test_csv_that_python_writes_is_read_back(rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["id", "name"], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({"id": 7, **row} for row in rows)
    found = read_csv(out.getvalue().encode(), "x.csv")
    assert [row["id"] for row in found] == [7] * len(rows)
    assert [row["name"] for row in found if isinstance(row["name"], str)] == [
        row["name"] for row, back in zip(rows, found, strict=True) if isinstance(back["name"], str)
    ]


def test_a_workbook_has_the_rows_and_a_second_run_replaces_the_sheet(apply, tmp_path) -> None:
    manifest = """\
        tasks:
          - uses: "@modules/export-excel"
            spec: {path: [out, x.xlsx], sheet: Rows, data: [{a: 1, b: {c: 2}}, {a: "=1+1"}], fill_na: "-"}
        """
    for _ in range(2):
        done = apply(manifest)
        assert (done.status, done.out) == (0, ""), done.err
    book = openpyxl.load_workbook(tmp_path / "out" / "x.xlsx")
    assert book.sheetnames == ["Rows"]
    assert list(book["Rows"].values) == [("a", "b"), (1, '{"c": 2}'), ("'=1+1", "-")]


@pytest.mark.parametrize("name", ["export-s3", "export-google-sheets", "export-mysql"])
def test_a_missing_extra_is_named_before_anything_runs(apply, name: str) -> None:
    if not missing_extra(name):
        pytest.skip("its library is installed")
    done = apply(f'tasks: [{{uses: "@modules/{name}", spec: {{data: []}}}}]\n')
    assert done.status == 2
    assert f"@modules/{name} needs `pip install 'spacectl[{name.removeprefix('export-')}]'`" in done.err


def test_names_in_a_statement_cannot_end_it() -> None:
    assert insert_statement("db.t", ["a`; DROP", "b%s"]) == "INSERT INTO `db`.`t` (`a``; DROP`, `b%%s`) VALUES (%s, %s)"


def test_what_is_printed_to_a_file_is_only_there(apply, tmp_path) -> None:
    done = apply(
        """\
        tasks:
          - uses: "@modules/print"
            spec: {data: [{a: 1}], path: [deep, x.json]}
          - uses: "@modules/print"
            spec: {data: [{a: 1, b: x}, {a: 2}], path: x.csv, output: csv}
          - id: read
            uses: "@modules/csv"
            spec: {file: x.csv}
          - uses: "@modules/print"
            spec: {data: "${{ tasks.read.output }}", output: json}
        """
    )
    assert json.loads(done.out) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert json.loads((tmp_path / "deep" / "x.json").read_text()) == {"results": [{"a": 1}]}
