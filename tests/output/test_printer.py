from __future__ import annotations

import copy
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from spacectl.errors import UsageError
from spacectl.output.printer import FORMATS, Layout, Printer

ROWS: list[dict[str, Any]] = [
    {"plugin_id": "plugin-1", "name": "One", "tags": {"a": ["b", 1, True]}},
    {"plugin_id": "plugin-2", "tags": {}, "version": "1.10"},
]


def printed(layout: str, method: str, *values: Any, width: int | None = None, **options: Any) -> str:
    out = io.StringIO(newline="")
    getattr(Printer(out, Layout(layout, width)), method)(*values, **options)
    return out.getvalue()


def test_a_table_has_the_union_of_columns_and_the_count_of_shown_rows_and_all_rows() -> None:
    assert printed("table", "listing", ROWS, {"total_count": 9}).splitlines() == [
        " plugin_id   | name   | tags                  | version",
        "-------------+--------+-----------------------+-----------",
        ' plugin-1    | One    | {"a": ["b", 1, true]} |',
        " plugin-2    |        | {}                    | 1.10",
        "",
        " Count: 2 / 9",
    ]


def test_a_response_without_a_total_has_no_count_line() -> None:
    assert "Count" not in printed("table", "listing", ROWS, {})


def test_numbers_are_aligned_right_with_every_digit() -> None:
    rows = [{"id": "a", "cost": 0.1234567891, "n": 2**60}, {"id": "b", "cost": 12, "n": -1}]
    assert printed("table", "listing", rows, {}).splitlines()[2:] == [
        " a    |  0.1234567891 | 1152921504606846976",
        " b    | 12            |                  -1",
    ]


def test_chosen_columns_stand_in_the_order_chosen_and_declared_fields_in_the_order_declared() -> None:
    chosen = printed("table", "listing", [{"b": 1, "a": 2}], {}, columns=["b", "a"], field_order=["a", "b"])
    assert chosen.split("\n")[0].split() == ["b", "|", "a"]
    declared = printed("table", "listing", [{"z": 1, "b": 2}, {"a": 1}], {}, field_order=["a", "b", "c"])
    assert declared.split("\n")[0].split() == ["a", "|", "b", "|", "z"]


def test_rows_without_fields_are_under_the_header_values() -> None:
    assert printed("table", "listing", ["1.0.2", "1.0"], {"total_count": 2}) == (
        " Values\n----------\n 1.0.2\n 1.0\n\n Count: 2 / 2\n"
    )


def test_nothing_to_show_is_said_in_a_table_and_is_a_valid_document_elsewhere() -> None:
    assert printed("table", "listing", [], {}, columns=["a"]) == "NO DATA\n"
    assert printed("table", "listing", [], {"total_count": 9}) == "NO DATA\n\n Count: 0 / 9\n"
    assert printed("yaml", "listing", [], {}) == "---\nresults: []\n\n"
    assert json.loads(printed("json", "listing", [], {})) == {"results": []}
    assert printed("csv", "listing", [], {}, columns=["a", "b"]) == "a,b\r\n"
    for layout in ("csv", "jsonl", "quiet"):
        assert printed(layout, "listing", [], {}) == ""


def test_an_empty_message_is_an_empty_line_in_yaml_and_an_empty_object_in_json() -> None:
    assert printed("yaml", "document", {}) == printed("table", "document", {}) == "\n"
    assert printed("json", "document", {}) == printed("jsonl", "document", {}) == "{}\n"


def test_yaml_documents_begin_with_dashes_and_end_with_a_blank_line() -> None:
    assert printed("yaml", "document", {"b": "1.0", "a": ["한글"]}) == "---\na:\n- 한글\nb: '1.0'\n\n"
    assert printed("table", "document", {"a": 1}) == "---\na: 1\n\n"


@pytest.mark.parametrize("layout", ["yaml", "json"])
def test_a_listing_is_a_document_with_its_rows_under_results(layout: str) -> None:
    text = printed(layout, "listing", iter(ROWS), {"total_count": 9})
    assert yaml.safe_load(text) == {"results": ROWS, "total_count": 9}


def test_jsonl_is_one_row_a_line_without_the_other_fields() -> None:
    text = printed("jsonl", "listing", iter(ROWS), {"total_count": 9})
    assert [json.loads(line) for line in text.splitlines()] == ROWS
    assert text.startswith('{"plugin_id":"plugin-1","name":"One",')


def test_messages_of_a_stream_are_separate_documents() -> None:
    for layout, load in (("yaml", lambda text: list(yaml.safe_load_all(text))), ("jsonl", json_lines)):
        out = io.StringIO(newline="")
        printer = Printer(out, Layout(layout))
        for row in ROWS:
            printer.document(row)
        assert load(out.getvalue()) == ROWS


def json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_csv_stream_has_one_header_and_rows_of_its_length() -> None:
    out = io.StringIO(newline="")
    printer = Printer(out, Layout("csv"))
    for row in ROWS:
        printer.document(row, field_order=["plugin_id", "name", "tags", "version"])
    assert out.getvalue().split("\r\n") == [
        "plugin_id,name,tags,version",
        'plugin-1,One,"{""a"": [""b"", 1, true]}",',
        "plugin-2,,{},1.10",
        "",
    ]


def test_a_csv_stream_with_a_new_field_gets_a_header_that_has_it() -> None:
    out = io.StringIO(newline="")
    printer = Printer(out, Layout("csv"))
    for row in ({"a": 1}, {"a": 2, "b": 3}, {"b": 4}, {}):
        printer.document(row)
    assert out.getvalue().split("\r\n") == ["a", "1", "a,b", "2,3", ",4", ",", ""]


def test_quiet_prints_the_values_as_they_are_one_a_line() -> None:
    rows = [{"id": "a b"}, {"id": None}, {"id": 12}, {"id": ["x", True]}]
    assert printed("quiet", "listing", rows, {"total_count": 4}, columns=["id"]) == 'a b\n\n12\n["x", true]\n'
    assert printed("quiet", "listing", ["1.0", "2"], {}) == "1.0\n2\n"
    assert printed("quiet", "document", {"version": "1.0"}) == "1.0\n"


@pytest.mark.parametrize("columns", [None, ["plugin_id", "name"]])
def test_quiet_asks_for_one_column_before_it_prints_anything(columns: list[str] | None) -> None:
    out = io.StringIO()
    with pytest.raises(UsageError, match="choose one column: -c NAME"):
        Printer(out, Layout("quiet")).listing(ROWS, {}, columns)
    assert out.getvalue() == ""


def test_a_grid_is_a_table_for_people_and_dicts_for_programs() -> None:
    headers, rows = ["Service", "Short Names"], [("identity", "id"), ("repository", None)]
    assert printed("table", "grid", headers, rows).startswith(" Service    | Short Names\n------------+-")
    dicts = [{"service": "identity", "short_names": "id"}, {"service": "repository", "short_names": None}]
    assert json.loads(printed("json", "grid", headers, rows)) == dicts
    assert yaml.safe_load(printed("yaml", "grid", headers, rows)) == dicts
    assert json_lines(printed("jsonl", "grid", headers, rows)) == dicts
    assert printed("csv", "grid", headers, rows) == "Service,Short Names\r\nidentity,id\r\nrepository,\r\n"
    assert (
        json.loads(printed("json", "grid", headers, [])) == yaml.safe_load(printed("yaml", "grid", headers, [])) == []
    )


@pytest.mark.parametrize("layout", FORMATS)
def test_half_a_surrogate_pair_is_written_to_a_utf_8_stream_as_an_escape(layout: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "utf-8", newline="")
    Printer(out, Layout(layout)).listing([{"name": "한\udc00"}], {})
    out.flush()
    assert "한\\udc00" in raw.getvalue().decode().lower()


@pytest.mark.parametrize("layout", FORMATS)
def test_a_terminal_never_gets_a_control_character_of_the_data(layout: str) -> None:
    rows = [{"name": "\x1b]0;x\x07 \x9b31m \x7f"}]
    shown = printed(layout, "listing", rows, {}, width=80)
    assert not set("\x1b\x07\x9b\x7f") & set(shown)
    if layout in ("json", "jsonl"):
        assert rows[0] in (json.loads(shown), *json.loads(shown).get("results", []))


@pytest.mark.parametrize("layout", ["yaml", "json", "jsonl", "quiet"])
def test_rows_are_written_before_the_last_one_has_come(layout: str) -> None:
    out = io.StringIO()

    def rows() -> Iterator[dict[str, str]]:
        for number in range(2000):
            if number == 1000:
                assert "row-0" in out.getvalue()
            yield {"id": f"row-{number}"}

    Printer(out, Layout(layout)).listing(rows(), {})
    assert "row-1999" in out.getvalue()


def test_writes_are_batched() -> None:
    class Counting(io.StringIO):
        writes = 0

        def write(self, text: str) -> int:
            self.writes += 1
            return super().write(text)

    for layout in FORMATS:
        out = Counting(newline="")
        Printer(out, Layout(layout)).listing(iter([{"id": str(number)} for number in range(2560)]), {})
        assert 0 < out.writes <= 20, layout


def test_printing_plain_rows_imports_no_table_library_and_no_yaml() -> None:
    code = """
import sys
from io import StringIO
from spacectl.output.printer import FORMATS, Layout, Printer
for layout in FORMATS:
    Printer(StringIO(), Layout(layout)).listing([{"id": "2026-11-22T07:23:35.682Z a"}], {"total_count": 1}, ["id"])
print([name for name in ("rich", "tabulate", "wcwidth", "yaml", "click", "grpc") if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_a_table_too_wide_for_the_terminal_shows_the_columns_that_fit_and_says_how_many() -> None:
    rows = [{"plugin_id": f"plugin-{i}", "empty": {}, **{f"field_{n}": "x" * 20 for n in range(9)}} for i in range(3)]
    out = io.StringIO()
    Printer(out, Layout("table", 60)).listing(rows, {"total_count": 3})
    lines = out.getvalue().splitlines()
    assert all(len(line) <= 60 for line in lines[:5])
    assert lines[0].split() == ["plugin_id", "|", "field_0", "|", "field_1", "|", "field_2", "|", "field_3"]
    assert lines[-3:] == [
        " 5 of 11 columns fit here: -c NAME,NAME chooses, -o yaml shows all",
        "",
        " Count: 3 / 3",
    ]


def test_columns_that_the_user_chose_are_all_shown_on_a_narrow_terminal() -> None:
    names = [f"field_{n}" for n in range(9)]
    out = io.StringIO()
    Printer(out, Layout("table", 40)).listing([dict.fromkeys(names, "x" * 20)], {}, names)
    assert all(name in out.getvalue().splitlines()[0] for name in names)
    assert "fit here" not in out.getvalue()


def test_the_last_column_of_a_small_table_is_wrapped_to_the_terminal_and_loses_nothing() -> None:
    verbs = ", ".join(f"verb_{n}" for n in range(20))
    out = io.StringIO()
    Printer(out, Layout("table", 60)).grid(["Resource", "Verb"], [("Plugin", verbs)])
    body = out.getvalue().splitlines()[2:]
    assert all(len(line) <= 60 for line in body)
    assert " ".join(line.partition("|")[2].strip() for line in body) == verbs


@pytest.mark.parametrize("layout", ["json", "yaml", "csv", "table", "jsonl"])
def test_rows_that_share_values_print_as_rows_that_do_not(layout: str) -> None:
    kinds = [{"a": [1, {"b": "c, d"}]}, ["x", None], {}, [], {"a": 'q"'}]

    def printed(copied: bool) -> str:
        rows = [{"id": number, "kind": kinds[number % 5], "own": {"n": [number]}} for number in range(1500)]
        out = io.StringIO()
        Printer(out, Layout(layout)).listing(copy.deepcopy(rows) if copied else rows, {"total_count": 1500})
        return out.getvalue()

    assert printed(copied=False) == printed(copied=True)
