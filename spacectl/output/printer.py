"""The printer: results in the format that the user chose, written to one stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from spacectl.errors import UsageError
from spacectl.output import json_writer
from spacectl.output.rows import as_dicts, batches, cell_text, collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spacectl.output.growing import GrowingTable
    from spacectl.output.yaml_writer import YamlWriter

LEAST_ROOM = 16
FORMATS = ("table", "yaml", "json", "csv", "quiet", "jsonl", "name")


class Layout(NamedTuple):
    """A format, and the columns of the terminal when stdout is one.

    `table_style` is one of tabulate's, None for our own; `resource` is what names begin with: `repository.Plugin`;
    `csv_safe` leaves no cell in CSV that a spreadsheet would run.
    """

    format: str
    width: int | None = None
    table_style: str | None = None
    resource: str = ""
    csv_safe: bool = False


class Printer:
    """Writes results to `out`, a text stream that was opened with newline=""; the caller flushes it.

    Values are str, int, float, bool, None, list, and dict with strings as keys.
    """

    def __init__(self, out: TextIO, layout: Layout) -> None:
        self._out = out
        self._layout = layout
        if layout.table_style is not None:
            from spacectl.output.styled import known_style

            known_style(layout.table_style)
        self._yaml: YamlWriter | None = None
        self._csv_header: list[str] = []
        self._growing: GrowingTable | None = None

    def document(self, value: Any, field_order: Sequence[str] | None = None) -> None:
        """Print one message: the result of a call, or the next message of a stream.

        `field_order` has the names of the message's fields, which are the header of CSV.
        Raises UsageError in the format `quiet` for a message of several fields.
        """
        match self._layout.format:
            case "json":
                self._write(json_writer.indented(value) + "\n")
            case "jsonl":
                self._write(json_writer.compact(value) + "\n")
            case "csv":
                from spacectl.output import csv_writer

                self._write(csv_writer.record(value, self._csv_header, field_order, safe=self._layout.csv_safe))
            case "quiet":
                self._write_all(self._quiet([value], None))
            case "name":
                self._write_names([value])
            case _:
                self._write("\n" if value == {} else f"---\n{self._yaml_writer().document(value)}\n")

    def listing(
        self,
        rows: Iterable[Any],
        extras: dict[str, Any],
        columns: Sequence[str] | None = None,
        field_order: Sequence[str] | None = None,
    ) -> None:
        """Print the rows of a response as they come; `extras` are its other fields.

        `columns` are those that the user chose, which are the keys of each row; `field_order` has the names of the
        fields of the rows' message. Raises UsageError in the format `quiet` for rows of several columns.
        """
        match self._layout.format:
            case "json":
                self._write_all(json_writer.listing(rows, extras))
            case "jsonl":
                for batch in batches(rows):
                    self._write("".join([json_writer.compact(row) + "\n" for row in batch]))
            case "yaml":
                self._write("---\n")
                self._write_all(self._yaml_writer().listing(rows, extras))
                self._write("\n")
            case "csv":
                from spacectl.output import csv_writer

                self._write_all(
                    csv_writer.listing(rows, self._csv_header, columns, field_order, safe=self._layout.csv_safe)
                )
            case "quiet":
                self._write_all(self._quiet(rows, columns))
            case "name":
                self._write_names(rows)
            case _:
                shown = self._table(rows, columns, field_order)
                if (total := extras.get("total_count")) and self._layout.table_style is None:
                    self._write(f"\n Count: {shown} / {int(total)}\n")

    def streamed(
        self, rows: Iterable[Any], columns: Sequence[str] | None = None, field_order: Sequence[str] | None = None
    ) -> bool:
        """Add rows of a stream to the table on the terminal; whether there is one, which else is not begun."""
        if self._layout.format != "table" or self._layout.width is None or self._layout.table_style is not None:
            return False
        if self._growing is None:
            from spacectl.output.growing import GrowingTable

            self._growing = GrowingTable(self._layout.width, columns)
        self._write(self._growing.lines(rows, field_order))
        return True

    def grid(self, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print a small table of our own; in YAML and JSON a list of dicts, the headers in snake_case as keys."""
        if self._layout.format in ("table", "csv", "quiet"):
            cells = [list(row) for row in rows]
            if self._layout.format == "table" and self._layout.width is not None:
                _wrap_last(headers, cells, self._layout.width)
            self.listing([dict(zip(headers, row, strict=True)) for row in cells], {}, headers)
            return
        keys = [header.lower().replace(" ", "_") for header in headers]
        dicts = [dict(zip(keys, row, strict=True)) for row in rows]
        if self._layout.format == "jsonl":
            self.listing(dicts, {})
        else:
            self.document(dicts)

    def _table(self, rows: Iterable[Any], columns: Sequence[str] | None, field_order: Sequence[str] | None) -> int:
        from spacectl.output.table import fitting, table

        found, shown = collect(rows, columns, field_order)
        if not (shown and found):
            self._write("NO DATA\n")
            return shown
        if self._layout.table_style is not None:
            from spacectl.output.styled import styled_table

            self._write(styled_table(found, self._layout.table_style, on_terminal=self._layout.width is not None))
            return shown
        width, hidden = self._layout.width, list[str]()
        if width is not None and columns is None:
            found, hidden = fitting(found, width)
        self._write_all(table(found, width))
        if hidden:
            total = len(found) + len(hidden)
            self._write(f"\n {len(found)} of {total} columns fit here: -c NAME,NAME chooses, -o yaml shows all\n")
        return shown

    def _yaml_writer(self) -> YamlWriter:
        """The writer of all documents, which remembers texts from one to the next."""
        if self._yaml is None:
            from spacectl.output.yaml_writer import YamlWriter

            self._yaml = YamlWriter()
        return self._yaml

    def _write_names(self, rows: Iterable[Any]) -> None:
        from spacectl.output.names import names

        self._write_all(names(rows, self._layout.resource))

    def _quiet(self, rows: Iterable[Any], columns: Sequence[str] | None) -> Iterator[str]:
        """The values of the only column, one a line."""
        name = columns[0] if columns else None
        if columns is not None and len(columns) != 1:
            raise _one_column(columns)
        for batch in batches(rows):
            texts = []
            for row in as_dicts(batch):
                if name is None:
                    name = next(iter(row), None)
                if len(row) > 1 or (row and name not in row):
                    raise _one_column(list(row))
                texts.append(cell_text(row.get(name)) if name is not None else "")
            yield "\n".join(texts) + "\n"

    def _write_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._write(text)

    def _write(self, text: str) -> None:
        if not text.isascii():
            # Half of a surrogate pair has no UTF-8; its escape is the one that JSON has for it.
            text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        if self._layout.width is not None and self._layout.format in ("json", "jsonl", "csv", "quiet", "name"):
            from spacectl.output.display import visible

            text = visible(text)
        elif self._layout.width is None and self._layout.format in ("table", "csv", "quiet", "name"):
            # JSON and YAML have escapes of their own
            from spacectl.output.display import harmless

            text = harmless(text)
        self._out.write(text)


def _wrap_last(headers: Sequence[str], rows: list[list[Any]], width: int) -> None:
    """Break the texts of the last column into lines where the others leave it too little room."""
    from textwrap import wrap

    texts = [[len(str(cell)) for cell in row[:-1]] for row in rows]
    taken = [max((len(header) + 2, *column)) for header, *column in zip(headers, *texts, strict=False)]
    room = width - sum(taken) - 3 * len(taken) - 1
    if room >= LEAST_ROOM:
        for row in rows:
            row[-1] = "\n".join(wrap(str(row[-1]), room, break_long_words=False, break_on_hyphens=False))


def _one_column(names: Sequence[str]) -> UsageError:
    hint = f"the columns are {', '.join(names)}" if names else "for instance -c name"
    return UsageError("choose one column: -c NAME", hint)
