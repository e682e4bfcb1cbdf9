"""Command lines that people publish and type become the requests that they mean."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result
from peers.protosets import Api
from peers.server import Server
from published_cloudforet import CLOUDFORET_LINES
from published_elder import ELDER_LINES
from published_files import FILES, SUBSTITUTES
from published_line import Line

from spacectl.resource_type import parse

LINES = (*CLOUDFORET_LINES, *ELDER_LINES)
CALLING = ("exec", "list", "get", "stat", "analyze")


@pytest.mark.parametrize("published", LINES, ids=lambda published: published.line[9:60])
def test_a_published_line_becomes_the_request_that_it_means(
    published: Line,
    request: pytest.FixtureRequest,
    start_recorder: Callable[..., Server],
    spacectl_inprocess: Callable[..., Result],
    configure: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api: Api = request.getfixturevalue(f"{published.api}_api")
    server = start_recorder(api)
    configure(server, api_key="secret", x_domain_id="domain-1", x_workspace_id="workspace-1")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    typed = published.line
    for text, value in SUBSTITUTES.items():
        typed = typed.replace(text, value)
    result = spacectl_inprocess(*shlex.split(typed)[1:])
    assert (result.status, result.err) == (0, "")
    [call] = server.calls
    assert (call.method, call.requests) == (published.method, [published.request])
    sent = {"token": "secret", "x_domain_id": "domain-1", "x_workspace_id": "workspace-1"}
    assert sent.items() <= dict(call.metadata).items()


def test_every_published_line_that_works_is_in_the_table(shared: Path) -> None:
    with (shared / "compat" / "commands.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    lines = [row["command"] for row in rows if row["class"] == "ok"]
    calling = [line for line in lines if line.split()[0] == "spacectl" and line.split()[1] in CALLING]
    assert len(calling) > 50
    assert set(calling) - {published.line for published in LINES} == set()


def test_every_short_name_stands_for_its_resource(shared: Path) -> None:
    with (shared / "compat" / "aliases.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 70
    for row in rows:
        meant = parse(row["short_name"])
        assert (meant.service, meant.name) == (row["service"], row["resource"])
