"""What somebody who knows kubectl, gh or grpcurl types first."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result, Spacectl
from peers.server import Server

Run = Callable[..., Result]


@pytest.fixture
def run(spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A typed line on a sandbox of its own."""
    monkeypatch.chdir(home)
    return lambda line, **options: spacectl_inprocess("--environment", "sandbox", *shlex.split(line), **options)


def test_what_o_name_prints_is_taken_by_get_and_delete(run: Run) -> None:
    named = run("exec create identity.Provider provider=nutanix name=Nutanix -o name").out.strip()
    assert named == "identity.Provider/nutanix"
    assert json.loads(run(f"get {named} -o json").out)["name"] == "Nutanix"
    assert run(f"delete {named}").status == 0
    assert run(f"get {named}").status == 69


def test_rows_are_sorted_by_several_columns_and_columns_may_be_given_one_by_one(run: Run) -> None:
    request = json.loads(run("list repository.Plugin -s provider -s -name -c name -c provider --dry-run -o json").out)
    assert request["query"]["sort"] == [{"key": "provider"}, {"key": "name", "desc": True}]
    assert request["query"]["only"] == ["name", "provider"]
    assert json.loads(run("list plugin -s provider,-name --dry-run -o json").out)["query"]["sort"] == [
        {"key": "provider"},
        {"key": "name", "desc": True},
    ]


def test_a_query_given_as_text_keeps_its_filter_beside_list_options(run: Run) -> None:
    line = """list repository.Plugin -p 'query={"filter":[{"k":"name","v":"AWS","o":"contain"}]}' -c name -o quiet"""
    names = run(line).out.splitlines()
    assert names
    assert all("AWS" in name for name in names)


def test_a_dry_run_of_all_pages_shows_the_request_for_the_first_one(run: Run) -> None:
    for options, page in (
        ("--all-pages", {"start": 1, "limit": 1000}),
        ("-l 5 --page-size 2", {"start": 1, "limit": 2}),
        ('--all-pages -j \'{"query": {"page": {"start": 3}}}\'', {"start": 3, "limit": 1000}),
    ):
        request = json.loads(run(f"list repository.Plugin {options} --dry-run -o json").out)
        assert request["query"]["page"] == page


@pytest.mark.parametrize("order", [("-p tags.b=2", "-p 'tags={\"a\":1}'"), ("-p 'tags={\"a\":1}'", "-p tags.b=2")])
def test_a_field_given_whole_and_in_parts_is_refused_in_any_order(run: Run, order: tuple[str, str]) -> None:
    result = run(f"exec update identity.Provider provider=aws {' '.join(order)}")
    assert result.status == 2
    assert "tags" in result.err


def test_a_stray_document_mark_makes_no_request(run: Run, home: Path) -> None:
    (home / "x.yml").write_text("---\n# a comment\n---\nname: a\n---\n")
    result = run("exec say_hello sample.HelloWorld -f x.yml -o jsonl")
    assert (result.status, result.out) == (0, '{"message":"Hello, a!"}\n')


def test_a_field_that_an_update_does_not_take_is_an_error_where_it_was_typed(run: Run) -> None:
    result = run("exec update identity.Provider provider=aws -p created_at=now")
    assert result.status == 2
    assert "created_at: unknown field" in result.err


def test_help_is_a_command_too(run: Run) -> None:
    assert run("help").out == run("--help").out
    assert run("help list").out.startswith("Usage: spacectl list")
    assert "Of which resource?" in run("delete --help").out


def test_on_a_given_endpoint_a_resource_needs_no_service(spacectl_inprocess: Run, kitchen: Server) -> None:
    result = spacectl_inprocess("--endpoint", kitchen.endpoint, "list", "Menu")
    assert result.status == 0, result.err


@pytest.mark.parametrize(
    "line",
    [
        "explain Kitchen",
        "explain Kitchen.Echo",
        "explain Kitchen.Echo.inner.name",
        "skeleton Echo Kitchen",
        "validate Echo Kitchen -p string_value=a",
        "exec Echo Kitchen --help",
        "exec get Dish/dish-1 --help",
    ],
)
def test_on_a_given_endpoint_a_bare_resource_is_explained_and_checked(
    spacectl_inprocess: Run, kitchen: Server, line: str
) -> None:
    result = spacectl_inprocess("--endpoint", kitchen.endpoint, *line.split())
    assert (result.status, result.err) == (0, "")
    assert result.out


def test_no_secret_of_the_command_line_is_echoed_in_a_hint(run: Run) -> None:
    result = run("""exec create secret.Secret -p 'data={"password":"SEKRET"}' -c x.yml""")
    assert result.status == 2
    assert "SEKRET" not in result.err


def test_the_exit_status_survives_closed_and_full_standard_streams(spacectl: Spacectl) -> None:
    import os
    import subprocess
    import sys

    environment = {"HOME": str(spacectl.home), "PATH": os.environ["PATH"]}
    command = f"{shlex.quote(sys.executable)} -m spacectl"
    for redirection, line, status in ((">&-", "--version", 0), (">&-", "lst", 2), ("2>/dev/full", "lst", 2)):
        done = subprocess.run(
            ["sh", "-c", f"{command} {line} {redirection}"], env=environment, capture_output=True, check=False
        )
        assert done.returncode == status, done.stderr
        assert b"Traceback" not in done.stderr


def test_variables_alone_do_where_the_home_cannot_be_read(
    spacectl_inprocess: Run, home: Path, kitchen: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spacectl import environments

    locked = home / ".spaceone"
    locked.mkdir()
    exists = Path.exists

    def refused(path: Path, **options: bool) -> bool:
        if locked in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path, **options)

    monkeypatch.setattr(Path, "exists", refused)  # root can read everything, so no mode can stop the test itself
    assert environments.current(locked) is None
    for line, env in (
        ("list kitchen.Menu", {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}),
        ("--environment sandbox list repository.Plugin", {"SPACECTL_SANDBOX_DB": str(home / "sandbox.db")}),
    ):
        result = spacectl_inprocess(*line.split(), env=env)
        assert result.status == 0, result.err


def test_a_directory_that_cannot_be_read_is_bad_input(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refused)  # as above
    (home / "d").mkdir()
    for line in ("apply d", "apply -f d"):
        result = run(line)
        assert (result.status, result.err) == (2, "error: -f d: Permission denied\n")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="words are UTF-8 there in any case")
def test_words_and_names_of_files_are_utf_8_in_a_locale_that_is_ascii(spacectl: Spacectl) -> None:
    (spacectl.home / "값.yml").write_text("provider: a\n", encoding="utf-8")
    line = "sandbox exec -- spacectl exec create identity.Provider -p name=이름 -f 값.yml --dry-run -o jsonl"
    ascii_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = spacectl(*line.split(), env=ascii_locale)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == {"provider": "a", "name": "이름"}


def test_an_option_goes_over_a_file_in_another_spelling(run: Run, home: Path) -> None:
    (home / "p.yml").write_text("provider: a\nname: b\npluginInfo: {plugin_id: p, options: {}}\n")
    shown = run("exec create identity.Provider -f p.yml -p plugin_info.plugin_id=q --dry-run -o json")
    assert shown.status == 0, shown.err
    assert json.loads(shown.out)["plugin_info"] == {"plugin_id": "q", "options": {}}


def test_a_secret_of_the_wrong_type_is_not_echoed(run: Run) -> None:
    result = run("exec create identity.User user_id=a -p 'password:=[\"hunter22\"]'")
    assert result.status == 2
    assert "hunter22" not in result.err
