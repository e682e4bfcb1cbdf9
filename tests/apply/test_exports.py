"""Exports by the libraries of their extras, each to a stand-in for the service that it is for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from peers.exports import Request, http_server, mysql_server

ROWS = """\
    var: {rows: [{name: "a,b", n: 1}, {name: 한글, tags: {x: 1}}]}
    tasks:
"""


def test_rows_become_an_object_in_a_bucket(apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with http_server(lambda _: (200, b"")) as (url, requests):
        done = apply(
            ROWS
            + f"""\
      - uses: "@modules/export-s3"
        spec:
          aws_access_key_id: AKIAEXAMPLE
          aws_secret_access_key: secret-of-aws
          region_name: us-east-1
          endpoint_url: {url}
          bucket: books
          path: reports/rows.csv
          data: ${{{{ var.rows }}}}
      - uses: "@modules/export-s3"
        spec:
          aws_access_key_id: AKIAEXAMPLE
          aws_secret_access_key: secret-of-aws
          region_name: us-east-1
          endpoint_url: {url}
          bucket: books
          path: rows.json
          output: json
          data: ${{{{ var.rows }}}}
        """
        )
    assert done.status == 0, done.err
    assert [(request.method, request.path.partition("?")[0]) for request in requests] == [
        ("PUT", "/books/reports/rows.csv"),
        ("PUT", "/books/rows.json"),
    ]
    assert 'name,n,tags\n"a,b",1,\n한글,,"{""x"": 1}"\n'.encode() in requests[0].body
    assert '"name": "한글"'.encode() in requests[1].body
    assert "secret-of-aws" not in done.err


def test_a_refusal_of_the_bucket_is_the_failure_of_the_task(apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    refusal = b"<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"
    with http_server(lambda _: (404, refusal)) as (url, _):
        done = apply(
            ROWS
            + f"""\
      - name: out
        uses: "@modules/export-s3"
        spec: {{aws_access_key_id: AKIAEXAMPLE, aws_secret_access_key: secret-of-aws, region_name: us-east-1,
          endpoint_url: "{url}", bucket: gone, path: x, data: "${{{{ var.rows }}}}"}}
        """
        )
    assert done.status == 1
    assert "task 'out' (m.yml:3:5): @modules/export-s3: An error occurred (NoSuchBucket)" in done.err


def mysql(port: int, table: str) -> str:
    return (
        ROWS
        + f"""\
      - name: out
        id: out
        uses: "@modules/export-mysql"
        spec:
          host: 127.0.0.1
          port: {port}
          user: root
          password: word-of-mysql
          db: db
          table: {table}
          data: ${{{{ var.rows }}}}
        """
    )


def test_rows_are_inserted_all_or_none(apply) -> None:
    with mysql_server() as (port, statements):
        done = apply(mysql(port, "db.books"), "-o", "json")
    assert done.status == 0, done.err
    assert json.loads(done.out)["tasks"]["out"]["output"] == {"table": "db.books", "rows": 2}
    inserted = next(statement for statement in statements if statement.startswith("INSERT"))
    assert inserted.startswith("INSERT INTO `db`.`books` (`name`, `n`, `tags`) VALUES ('a,b', 1, NULL),('한글', NULL,")
    assert statements[-1] == "COMMIT"
    with mysql_server(b"gone") as (port, statements):
        failed = apply(mysql(port, "gone"))
    assert failed.status == 1
    assert "@modules/export-mysql: (1146, \"Table 'db.gone' doesn't exist\")" in failed.err
    assert "COMMIT" not in statements
    assert "word-of-mysql" not in done.out + done.err + failed.err


class Google:
    """Google's token, Drive and Sheets services, as far as exports use them."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.sheets: dict[str, list[str]] = {}
        self.values: dict[str, Any] = {}

    def answer(self, request: Request) -> tuple[int, Any]:
        path, query = unquote(urlsplit(request.path).path), parse_qs(urlsplit(request.path).query)
        body = json.loads(request.body) if request.body[:1] == b"{" else {}
        if path == "/token":
            return 200, {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
        if path == "/drive/v3/files" and request.method == "GET":
            asked = query["q"][0]
            there = [
                (file, f"name = '{one['name']}' and mimeType = '{one['mimeType']}' and '{one['parents'][0]}' in")
                for file, one in self.files.items()
                if not one.get("trashed")
            ]
            return 200, {"files": [{"id": file} for file, words in there if asked.startswith(words)]}
        if request.method == "PATCH":
            self.files[path.rpartition("/")[2]].update(body)
            return 200, {}
        if path.startswith("/drive/v3/files"):
            made = {"id": f"id-{len(self.files)}", "mimeType": "application/vnd.google-apps.spreadsheet", **body}
            self.files[made["id"]] = made
            self.sheets[made["id"]] = ["Sheet1"]
            return 200, made
        book = path.removeprefix("/v4/spreadsheets/").partition("/")[0].partition(":")[0]
        return 200, self.of_book(book, path, request.method, body)

    def of_book(self, book: str, path: str, method: str, body: dict[str, Any]) -> Any:
        names = self.sheets.setdefault(book, ["Sheet1"])
        if path.endswith(":batchUpdate"):
            asked = body["requests"][0]
            if "addSheet" in asked:
                names.append(asked["addSheet"]["properties"]["title"])
                return {"replies": [{"addSheet": {"properties": self.properties(book)[-1]}}]}
            names[asked["deleteSheet"]["sheetId"]] = ""
            return {"replies": [{}]}
        if "/values/" in path and method == "PUT":
            self.values[f"{book} {path.rpartition('/')[2]}"] = body["values"]
        return {"sheets": [{"properties": one} for one in self.properties(book)], "properties": {"title": "t"}}

    def properties(self, book: str) -> list[dict[str, Any]]:
        return [
            {"sheetId": index, "title": name, "index": index, "gridProperties": {"rowCount": 9, "columnCount": 9}}
            for index, name in enumerate(self.sheets[book])
            if name
        ]


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Google on a loopback port, with the key of a service account in key.json."""
    import requests
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    stand_in = Google()
    with http_server(stand_in.answer) as (url, _):
        key = {"client_email": "a@example.com", "token_uri": f"{url}/token", "private_key": pem.decode()}
        (tmp_path / "key.json").write_text(json.dumps({"type": "service_account", **key}))
        send = requests.adapters.HTTPAdapter.send

        def to_loopback(adapter: Any, request: Any, **options: Any) -> Any:
            parts = urlsplit(request.url)
            if (parts.hostname or "").endswith("googleapis.com"):
                request.url = f"{url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
            return send(adapter, request, **options)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", to_loopback)
        yield stand_in


def test_rows_are_written_to_a_sheet_that_has_an_id(apply, google: Google) -> None:
    done = apply(
        ROWS
        + """\
      - uses: "@modules/export-google-sheets"
        spec:
          service_account_json: key.json
          sheet_id: book
          header_start_at: B2
          data: {input_data: "${{ var.rows }}"}
        """
    )
    assert done.status == 0, done.err
    assert google.values == {"book 'Sheet1'!B2": [["name", "n", "tags"], ["a,b", 1, ""], ["한글", "", '{"x": 1}']]}


def test_results_of_tasks_become_worksheets_of_a_book_that_is_made_where_its_path_says(apply, google: Google) -> None:
    manifest = (
        ROWS
        + """\
      - {id: one, name: First, uses: "@modules/concat", spec: {data: "${{ var.rows }}"}}
      - {id: none, uses: "@modules/concat", spec: {data: []}}
      - name: out
        uses: "@modules/export-google-sheets"
        spec:
          service_account_json: key.json
          folder_id: top
          path: reports/2024/book
          reset: true
          copy: old/book
          data: ["${{ tasks.one }}", {input: "${{ tasks.none }}"}]
        """
    )
    for _ in range(2):
        done = apply(manifest)
        assert done.status == 0, done.err
    made = [(one["name"], *one["parents"], one.get("trashed", False)) for one in google.files.values()]
    assert made == [
        ("reports", "top", False),
        ("2024", "id-0", False),
        ("book", "id-1", False),
        ("old", "top", False),
        ("book", "id-3", True),
        ("book", "id-3", False),
    ]
    assert google.sheets["id-2"] == ["", "First"]
    assert google.values == {"id-2 'First'!A1": [["name", "n", "tags"], ["a,b", 1, ""], ["한글", "", '{"x": 1}']]}
