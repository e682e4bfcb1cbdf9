"""The outputs of the command that this one succeeds: read back into answers, and changed where we differ on purpose."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from typing import Any

import tabulate
import yaml

# message fields whose keys keep their declared order; every other mapping in these outputs is a Struct
MESSAGES = ("results", "repository_info")


def rows_of_table(text: str) -> list[dict[str, Any]]:
    """The rows of a presto table whose cells are texts, whole numbers or empty mappings."""
    header, _, *lines = text.partition("\n\n")[0].splitlines()
    names = [name.strip() for name in header.split("|")]
    return [
        {name: _value(cell.strip()) for name, cell in zip(names, line.split("|"), strict=True) if cell.strip()}
        for line in lines
    ]


def _value(cell: str) -> Any:
    return json.loads(cell) if re.fullmatch(r"-?\d+|\{\}", cell) else cell


def documents(text: str) -> list[Any]:
    """The documents of a stream of YAML or JSON."""
    if not text.startswith("{"):
        return [document for document in yaml.safe_load_all(text) if document is not None]
    found = []
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def whole_numbers_without_point(text: str) -> str:
    """A Struct has no integers: `4` comes back as 4.0, and is shown as it was written."""
    return re.sub(r"(?m)(?<=[: ])(-?\d+)\.0$", r"\1", text)


def sorted_structs(text: str) -> str:
    """JSON with the keys of Structs sorted: their order in the message changes from run to run."""
    return "".join(
        json.dumps(_tidy(document, "results"), indent=4, ensure_ascii=False) + "\n" for document in documents(text)
    )


def _tidy(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        keys = list(value) if name in MESSAGES else sorted(value)
        return {key: _tidy(value[key], key) for key in keys}
    if isinstance(value, list):
        return [_tidy(item, name) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def json_cells_in_csv(text: str) -> str:
    """CSV with JSON in its cells, where Python's repr was."""
    out = io.StringIO()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_json_cell(cell, name) for cell, name in zip(row, rows[0], strict=True)])
    return out.getvalue()


def json_cells_in_table(text: str) -> str:
    """A table with JSON in its cells, and with wide characters counted as two."""
    table, blank, count = text.partition("\n\n")
    header, _, *lines = table.splitlines()
    names = [name.strip() for name in header.split("|")]
    rows = [
        [_json_cell(cell.strip(), name) for cell, name in zip(line.split("|"), names, strict=True)] for line in lines
    ]
    drawn = tabulate.tabulate(rows, names, tablefmt="presto", disable_numparse=True)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + blank + count


def _json_cell(cell: str, name: str) -> str:
    if not cell.startswith(("{", "[")):
        return cell
    return json.dumps(_tidy(ast.literal_eval(cell), name), ensure_ascii=False)
