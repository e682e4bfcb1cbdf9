"""Rows of CSV and lines of JSON as requests, one by one as they are read: no more than one is in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from spacectl.documents import MAX_CHARACTERS
from spacectl.errors import InputError, Problem
from spacectl.json_tree import NotJsonError, read_one
from spacectl.paths import Step, parse_path, shown_path, with_path
from spacectl.values import Fields, Scalar, Where

_CSV, _TSV, _JSON = "csv", "tsv", "jsonl"
_SUFFIXES = {".csv": _CSV, ".tsv": _TSV, ".jsonl": _JSON, ".ndjson": _JSON, ".json": _JSON}
_DELIMITERS = {_CSV: ",", _TSV: "\t"}


class Given(NamedTuple):
    """One request as it was given: its position in the input (from 0), its place in words, and how to read it.

    `fields` raises InputError where it cannot be read.
    """

    position: int
    label: str
    fields: Callable[[], Fields]


class RowFile:
    """The rows of `--from NAME`: CSV with field paths as its header, or one JSON object a line; - is `stdin`.

    The suffix tells which it is; without one that is known, a text that begins with { is JSON. `again` tells whether
    the rows can be read twice.
    """

    def __init__(self, name: str, stdin: Callable[[], BinaryIO]) -> None:
        self.name = name
        self.again = name != "-" and Path(name).is_file()
        self._shown = "<stdin>" if name == "-" else name
        self._stdin = stdin

    def __iter__(self) -> Iterator[Given]:
        """The rows, from the first one. Raises InputError for a file that cannot be read."""
        try:
            binary = self._stdin() if self.name == "-" else open(self.name, "rb")  # noqa: SIM115, PTH123  # closed below
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError([Problem(f"--from {self.name}", "", reason)]) from None
        # bytes that are no UTF-8 are kept, and reported with the line on which they are
        text = io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield from self._rows(text)
        except OSError as error:
            raise InputError([Problem(f"--from {self.name}", "", error.strerror or str(error))]) from None
        finally:
            with suppress(OSError, ValueError):
                text.detach() if self.name == "-" else text.close()

    def _rows(self, text: io.TextIOWrapper) -> Iterator[Given]:
        lines = _lines(text, self._shown)
        kind = _SUFFIXES.get(Path(self.name).suffix.lower())
        if kind is None:
            # the format shows in the first line that is not empty
            before = []
            for line in lines:
                before.append(line)
                if line.strip():
                    break
            kind = _JSON if before and before[-1].lstrip().startswith("{") else _CSV
            lines = chain(before, lines)
        if kind == _JSON:
            return _json_rows(lines, self._shown)
        return _csv_rows(lines, self._shown, _DELIMITERS[kind])


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_CHARACTERS:
            raise _unreadable(Where(name, number, 1), f"a line longer than {MAX_CHARACTERS // 1024 // 1024} MiB")
        if not line.isascii():
            bad = next((i for i, c in enumerate(line) if "\udc80" <= c <= "\udcff"), None)
            if bad is not None:
                raise _unreadable(Where(name, number, bad + 1), f"not UTF-8 (byte 0x{ord(line[bad]) - 0xDC00:02x})")
        yield line


def _json_rows(lines: Iterable[str], name: str) -> Iterator[Given]:
    position = 0
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield Given(position, f"{name}:{number}", partial(_json_row, line, name, number))
            position += 1


def _json_row(line: str, name: str, number: int) -> Fields:
    try:
        node = read_one(line, lambda position: Where(name, number, position + 1))
    except NotJsonError as error:
        where = Where(name, number, error.position + 1)
        raise _unreadable(where, f"not JSON: {error.reason}", "one JSON object a line; -f reads other JSON") from None
    if not isinstance(node, Fields):
        raise _unreadable(node.where, "a JSON object is due: one request a line", "-f reads other JSON")
    return node


def _csv_rows(lines: Iterable[str], name: str, delimiter: str) -> Iterator[Given]:
    csv.field_size_limit(MAX_CHARACTERS)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[tuple[Step, ...]] | None = None
    position, line = 0, 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _unreadable(Where(name, reader.line_num, 1), f"not CSV: {error}") from None
        if cells is None:
            return
        if header is None:
            # an empty line has no cell at all
            header = _header(cells, Where(name, line, 1)) if cells else None
        elif cells:
            yield Given(position, f"{name}:{line}", partial(_csv_row, header, cells, Where(name, line, 1)))
            position += 1
        line = reader.line_num + 1


def _header(cells: list[str], where: Where) -> list[tuple[Step, ...]]:
    paths: list[tuple[Step, ...]] = []
    problems = []
    for index, cell in enumerate(cells):
        try:
            paths.append(parse_path(cell.strip()))
        except ValueError:
            problems.append(f"column {index + 1} of the header is no field path: {cell.strip()!r}")
    for index, path in enumerate(paths):
        if path in paths[:index]:
            problems.append(f"the header has {shown_path(path)} twice")
        elif above := next((p for p in paths if p != path and path[: len(p)] == p), None):
            problems.append(f"the header has {shown_path(above)} as a whole and {shown_path(path)} as a part of it")
    if problems:
        hint = "the first line names the field of each column: name,plugin_info.plugin_id"
        raise InputError([Problem(str(where), "", problem) for problem in problems], hint)
    return paths


def _csv_row(header: list[tuple[Step, ...]], cells: list[str], where: Where) -> Fields:
    if len(cells) != len(header):
        raise _unreadable(where, f"{_cells(len(cells))}, and the header has {len(header)}")
    fields = Fields({}, where)
    for path, cell in zip(header, cells, strict=True):
        if cell:
            fields = with_path(fields, path, Scalar(cell, "argument", where), where)
    return fields


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _unreadable(where: Where, message: str, *hints: str) -> InputError:
    return InputError([Problem(str(where), "", message)], *hints)


def place(fields: Fields, position: int) -> str:
    """Where a request was written, as file:line, else its number."""
    where = fields.where
    if where.name:
        return f"{where.name}:{where.line}" if where.line else where.name
    return f"request {position + 1}"


def documents(requests: Iterable[Fields]) -> list[Given]:
    """Requests that were read already."""
    return [Given(index, place(fields, index), partial(_same, fields)) for index, fields in enumerate(requests)]


def _same(fields: Fields) -> Fields:
    return fields
