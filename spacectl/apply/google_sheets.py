"""`@modules/export-google-sheets`: rows to a spreadsheet that has an id, or a path below a folder of Google Drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spacectl.errors import UsageError

FILES = "https://www.googleapis.com/drive/v3/files"
FOLDER, SHEET = "application/vnd.google-apps.folder", "application/vnd.google-apps.spreadsheet"
ROOT = "root"
SHARED = {"supportsAllDrives": True}
# of a new worksheet; it grows with what is written
ROWS, COLUMNS = 1000, 26

Table = Callable[[Any, Any], tuple[list[str], list[list[Any]]]]


def export_sheets(gspread: Any, spec: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """Writes the rows of a spec; where, and how many. `table` makes a header and rows of them. Raises UsageError."""
    client = gspread.service_account(filename=str(spec["service_account_json"]))
    fill_na = spec.get("fill_na", "")
    if spec.get("sheet_id"):
        data = spec["data"]
        rows = data["input_data"] if isinstance(data, dict) and "input_data" in data else data
        book = client.open_by_key(str(spec["sheet_id"]))
        sheet = book.get_worksheet(int(spec.get("worksheet_index") or 0))
        names, cells = table(rows, fill_na)
        if spec.get("reset"):
            sheet.clear()
        sheet.update(range_name=str(spec.get("header_start_at") or "A3"), values=[names, *cells])
        return {"sheet_id": book.id, "rows": len(cells)}
    *folders, title = _parts(spec.get("path"), "path")
    folder = _folder(client, spec.get("folder_id"), folders)
    book = _book(client, title, folder)
    count = 0
    kept = []
    for name, content in _named(spec["data"]):
        names, cells = table(content, fill_na)
        sheet = _worksheet(gspread, book, name)
        kept.append(sheet.id)
        if spec.get("reset"):
            sheet.clear()
        sheet.update(range_name=str(spec.get("header_start_at") or "A1"), values=[names, *cells])
        count += len(cells)
    if spec.get("reset") and kept:
        for sheet in book.worksheets():
            if sheet.id not in kept:
                book.del_worksheet(sheet)
    if spec.get("copy"):
        *folders, title = _parts(spec["copy"], "copy")
        _copy(client, book.id, title, _folder(client, spec.get("folder_id"), folders))
    return {"sheet_id": book.id, "rows": count}


def _parts(path: Any, key: str) -> list[str]:
    parts = [str(part) for part in path] if isinstance(path, list) else str(path or "").strip("/").split("/")
    if not all(parts):
        raise UsageError(f"{key}: the path of a spreadsheet below folder_id is due", "FOLDER/NAME, or its `sheet_id`")
    return parts


def _named(data: Any) -> list[tuple[str, Any]]:
    """The worksheets: each is the result of a task, by itself or as `input`; those without rows are left out."""
    found = []
    for one in data if isinstance(data, list) else [data]:
        task = one.get("input") if isinstance(one, dict) and "input" in one else one
        if task is None:
            continue
        if not isinstance(task, dict) or "output" not in task:
            raise UsageError("data: results of tasks are due", "data: ['${{ tasks.ID }}']")
        if task["output"]:
            found.append((str(task.get("name") or task.get("id") or "Sheet1"), task["output"]))
    return found


def _folder(client: Any, parent: Any, names: Sequence[str]) -> str:
    """The folder at a path below another; those that are not there are made."""
    at = str(parent) if parent else ROOT
    for name in names:
        there = _find(client, name, FOLDER, at)
        if not there:
            asked = {"name": name, "mimeType": FOLDER, "parents": [at]}
            there = [client.http_client.request("post", FILES, json=asked, params=SHARED).json()["id"]]
        at = there[0]
    return at


def _find(client: Any, name: str, kind: str, folder: str) -> list[str]:
    """The ids of the files of a name in a folder, but for those in the bin."""
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    query = f"name = '{quoted}' and mimeType = '{kind}' and '{folder}' in parents and trashed = false"
    asked = {"q": query, "fields": "files(id)", "includeItemsFromAllDrives": True, **SHARED}
    answer = client.http_client.request("get", FILES, params=asked).json()
    return [str(file["id"]) for file in answer.get("files") or ()]


def _book(client: Any, title: str, folder: str) -> Any:
    there = _find(client, title, SHEET, folder)
    return client.open_by_key(there[0]) if there else client.create(title, folder_id=folder)


def _copy(client: Any, book: str, title: str, folder: str) -> None:
    """Copies a spreadsheet; older copies go to the bin."""
    for old in _find(client, title, SHEET, folder):
        if old != book:
            client.http_client.request("patch", f"{FILES}/{old}", json={"trashed": True}, params=SHARED)
    client.copy(book, title=title, folder_id=folder, copy_comments=False)


def _worksheet(gspread: Any, book: Any, title: str) -> Any:
    try:
        return book.worksheet(title)
    except gspread.WorksheetNotFound:
        return book.add_worksheet(title=title, rows=ROWS, cols=COLUMNS)
