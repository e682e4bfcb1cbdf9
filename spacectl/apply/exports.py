"""`@modules/export-…`: rows to a workbook, a bucket, a table or a Google sheet, each by a library of its own extra."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spacectl.apply.google_sheets import export_sheets
from spacectl.distribution import installing
from spacectl.errors import SpacectlError, UsageError

# module: (library, extra)
EXTRAS: Mapping[str, tuple[str, str]] = {
    "export-excel": ("openpyxl", "excel"),
    "export-s3": ("boto3", "s3"),
    "export-google-sheets": ("gspread", "google-sheets"),
    "export-mysql": ("pymysql", "mysql"),
}
LONGEST_SHEET_NAME = 31


def missing_extra(name: str) -> str:
    """What to install for a module, nothing where its library is there or it needs none."""
    library, extra = EXTRAS.get(name, ("", ""))
    return f"`{installing(extra)}`" if library and find_spec(library) is None else ""


def export(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the rows of a spec; what was written where. Raises SpacectlError, for whatever a library complains of."""
    if hint := missing_extra(name):
        raise UsageError(f"@modules/{name} needs an extra that is not installed", hint)
    library: Any = importlib.import_module(EXTRAS[name][0])
    exporter = {"export-excel": _excel, "export-s3": _s3, "export-mysql": _mysql}.get(name, _google_sheets)
    try:
        return exporter(library, spec)
    except (SpacectlError, KeyboardInterrupt):
        raise
    except Exception as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise SpacectlError(f"@modules/{name}: {words}") from error


def _rows(data: Any, fill_na: Any = None) -> tuple[list[str], list[list[Any]]]:
    """The names of all columns, and the rows; a cell that is no single value is JSON, an empty one `fill_na`."""
    rows = data if isinstance(data, list) else [data]
    if not all(isinstance(row, dict) for row in rows):
        raise UsageError("data: rows are due, mappings of column names to values")
    names = list(dict.fromkeys(str(key) for row in rows for key in row))
    return names, [[_cell(row.get(name), fill_na) for name in names] for row in rows]


def _cell(value: Any, fill_na: Any) -> Any:
    if value is None:
        return fill_na
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _excel(openpyxl: Any, spec: Mapping[str, Any]) -> dict[str, Any]:
    given = spec["path"]
    path = Path(*map(str, given)) if isinstance(given, list) else Path(str(given))
    path.parent.mkdir(parents=True, exist_ok=True)
    names, rows = _rows(spec["data"], spec.get("fill_na"))
    title = str(spec["sheet"])[:LONGEST_SHEET_NAME]
    old = path.exists() and not spec.get("reset")
    book = openpyxl.load_workbook(path) if old else openpyxl.Workbook()
    if not old:
        book.remove(book.active)
    elif title in book.sheetnames:
        # a second run writes the same sheet, and not one beside it
        del book[title]
    sheet = book.create_sheet(title)
    for row in (names, *rows):
        sheet.append([_text_cell(value) for value in row])
    book.save(path)
    return {"path": str(path), "sheet": title, "rows": len(rows)}


def _text_cell(value: Any) -> Any:
    """A value that a spreadsheet takes for data: a text that begins with `=` would be a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith("=") else value


def _s3(boto3: Any, spec: Mapping[str, Any]) -> dict[str, Any]:
    keys = {key: str(spec[key]) for key in ("aws_access_key_id", "aws_secret_access_key")}
    if spec.get("region_name"):
        keys["region_name"] = str(spec["region_name"])
    if spec.get("role_arn"):
        asked = {"RoleArn": spec["role_arn"], "RoleSessionName": "spacectl"}
        asked |= {"ExternalId": spec["external_id"]} if spec.get("external_id") else {}
        found = boto3.client("sts", **keys).assume_role(**asked)["Credentials"]
        keys |= {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
    if spec.get("output", "csv") == "csv":
        names, rows = _rows(spec["data"])
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows([names, *rows])
        body = out.getvalue()
    else:
        body = json.dumps({"data": spec["data"]}, ensure_ascii=False, indent=4)
    at = {"endpoint_url": str(spec["endpoint_url"])} if spec.get("endpoint_url") else {}
    boto3.client("s3", **keys, **at).put_object(Bucket=spec["bucket"], Key=spec["path"], Body=body.encode())
    return {"bucket": spec["bucket"], "path": spec["path"]}


def _mysql(pymysql: Any, spec: Mapping[str, Any]) -> dict[str, Any]:
    names, rows = _rows(spec.get("data") or [])
    tls = {"ssl_ca": spec["pem"]} if spec.get("pem") else {}
    connection = pymysql.connect(
        host=spec["host"],
        port=int(spec.get("port") or 3306),
        user=spec["user"],
        password=str(spec["password"]),
        database=spec["db"],
        charset="utf8mb4",
        **tls,
    )
    try:
        if rows:
            connection.cursor().executemany(insert_statement(str(spec["table"]), names), rows)
            # all of them or none
            connection.commit()
    finally:
        connection.close()
    return {"table": spec["table"], "rows": len(rows)}


def insert_statement(table: str, names: Sequence[str]) -> str:
    """The statement that inserts a row; names are quoted, values are left to the library."""
    quoted = [".".join(f"`{part.replace('`', '``')}`" for part in name.split(".")) for name in (table,)]
    columns = ", ".join(f"`{name.replace('`', '``')}`".replace("%", "%%") for name in names)
    return f"INSERT INTO {quoted[0].replace('%', '%%')} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608


def _google_sheets(gspread: Any, spec: Mapping[str, Any]) -> dict[str, Any]:
    return export_sheets(gspread, spec, _rows)
