"""Rows of CSV and JSON lines: what they become, and where they are wrong."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.command import Result
from peers.server import Server

from spacectl.batch.rows import Given, RowFile
from spacectl.errors import InputError
from spacectl.values import Fields, Node, Scalar


def rows_of(text: str | bytes, name: str = "-") -> list[Given]:
    data = text.encode() if isinstance(text, str) else text
    return list(RowFile(name, lambda: io.BytesIO(data)))


def plain(node: Node) -> Any:
    if isinstance(node, Fields):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    assert isinstance(node, Scalar)
    return node.text


def refused(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        for row in rows_of(text):
            row.fields()
    return caught.value.message


def test_a_header_names_paths_and_an_empty_cell_is_absent() -> None:
    rows = rows_of("name,cook.name,cook.email\na,Ann,\n\nb,,\n")
    assert [plain(row.fields()) for row in rows] == [{"name": "a", "cook": {"name": "Ann"}}, {"name": "b"}]
    assert [(row.position, row.label) for row in rows] == [(0, "<stdin>:2"), (1, "<stdin>:4")]


def test_the_place_of_a_row_counts_the_lines_inside_quotes() -> None:
    assert [row.label for row in rows_of('name\n"a\nb"\nc\n')] == ["<stdin>:2", "<stdin>:4"]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)))
def test_whatever_the_csv_module_writes_is_read_back(cells: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["name", "state"], *cells])
    expected = [{key: cell for key, cell in zip(("name", "state"), row, strict=True) if cell} for row in cells]
    assert [plain(row.fields()) for row in rows_of(out.getvalue())] == expected


@given(st.lists(st.dictionaries(st.text(), st.text())))
def test_whatever_the_json_module_writes_is_read_back(values: list[dict[str, str]]) -> None:
    text = "".join(json.dumps(value) + "\n" for value in values)
    # the format shows in the first line, so that nothing is a file of CSV without a header
    assert [plain(row.fields()) for row in rows_of(text)] == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,name\n", "<stdin>:1:1: the header has name twice"),
        ("cook,cook.name\n", "the header has cook as a whole and cook.name as a part of it"),
        ("name,\na,b\n", "column 2 of the header is no field path: ''"),
        ("name,price\na,1,2\n", "<stdin>:2:1: 3 cells, and the header has 2"),
        ("name,price\na\n", "<stdin>:2:1: 1 cell, and the header has 2"),
        ('name\n"a\n', "not CSV: unexpected end of data"),
        ('name\n"a"b\n', "not CSV"),
        (b"name\n\xffa\n", "<stdin>:2:1: not UTF-8 (byte 0xff)"),
        ('{"name": "a"}\n[1]\n', "<stdin>:2:1: a JSON object is due"),
        ('{"name": "a"}\n{"name": }\n', "<stdin>:2:10: not JSON"),
        ('{"name": "a"}\n{"name": "b"} {}\n', "<stdin>:2:15: not JSON: more text follows"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str | bytes, words: str) -> None:
    assert words in refused(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [("x.csv", "name\na\n"), ("x.tsv", "name\tstate\na\t\n"), ("x.ndjson", '{"name":"a"}'), ("x", '\n{"name":"a"}')],
)
def test_the_suffix_or_else_the_first_line_tells_the_format(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text("\ufeff" + text)
    assert [plain(row.fields()) for row in RowFile(str(tmp_path / name), io.BytesIO)] == [{"name": "a"}]


def test_many_rows_are_never_in_memory_at_once() -> None:
    data = b"name,price\n" + b"a dish,1\n" * 20_000
    tracemalloc.start()
    try:
        count = sum(len(row.fields().entries) for row in RowFile("-", lambda: io.BytesIO(data)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 40_000
    assert peak < 400_000  # not even 20 bytes of each


def test_cells_are_typed_by_the_field_as_p_is(kitchen: Server, spacectl_inprocess: Callable[..., Result]) -> None:
    header = "string_value,int64_value,bool_value,taste,inner.count,strings,struct,optional_string,bytes_value"
    row = '012345,9007199254740993,true,sweet,-3,"[""a"",""b""]","{""v"": 4}",no,aGk='
    line = ("exec", "Echo", "kitchen.Kitchen", "-v", "v1", "-o", "jsonl", "--from", "-")
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    result = spacectl_inprocess(*line, stdin=f"{header}\n{row}\n", env=env)
    assert result.status == 0, result.err
    sent = kitchen.last.requests[0]
    by_p = [f"-p{key}={cell}" for key, cell in zip(header.split(","), next(csv.reader([row])), strict=True)]
    assert spacectl_inprocess(*line[:-2], *by_p, env=env).status == 0
    assert kitchen.last.requests[0] == sent
    assert (sent["string_value"], sent["int64_value"], sent["inner"]) == ("012345", "9007199254740993", {"count": -3})
