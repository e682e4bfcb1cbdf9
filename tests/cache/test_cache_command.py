"""`spacectl cache`: shows what is kept, and removes that and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from peers.command import Result
from peers.server import Server

Run = Callable[..., Result]


@pytest.fixture
def run(spacectl_inprocess: Run) -> Run:
    return spacectl_inprocess


@pytest.fixture
def filled(kitchen: Server, run: Run, cache: Path) -> Path:
    """The cache after two resources of one endpoint were used."""
    for resource in ("kitchen.Dish", "kitchen.Recipe"):
        assert run("--endpoint", kitchen.endpoint, "list", resource).status == 0
    return cache


def test_show_gives_endpoint_services_age_size_and_path(filled: Path, kitchen: Server, run: Run) -> None:
    shown = run("cache", "show", "-o", "json")
    assert (shown.status, shown.err) == (0, "")
    [row] = json.loads(shown.out)
    assert row["endpoint"] == kitchen.endpoint
    assert row["services"] == len(list(filled.rglob("*.protoset")))
    assert 0 <= row["age"] < 60
    assert row["size"] == sum(path.stat().st_size for path in filled.rglob("*.*"))
    assert {path.parent for path in filled.rglob("*.protoset")} == {Path(row["path"])}
    assert yaml.safe_load(run("cache", "show", "-o", "yaml").out)[0].keys() == row.keys()


def test_show_is_a_table_for_people(filled: Path, kitchen: Server, run: Run) -> None:
    header, _, row = run("cache", "show").out.splitlines()[:3]
    assert [cell.strip() for cell in header.split("|")] == ["Endpoint", "Services", "Age", "Size", "Path"]
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[0] == kitchen.endpoint
    assert cells[2].endswith("s")
    assert cells[3].endswith("KiB")


def test_clear_says_what_it_removed_and_the_next_call_asks_again(filled: Path, kitchen: Server, run: Run) -> None:
    count = len([path for path in filled.rglob("*") if path.is_file()])
    cleared = run("cache", "clear")
    assert (cleared.status, cleared.err) == (0, "")
    assert cleared.out.startswith(f"Removed {count} files, ")
    assert cleared.out.endswith(f"from {filled}.\n")
    assert list(filled.iterdir()) == []
    kitchen.forget()
    assert run("--endpoint", kitchen.endpoint, "list", "kitchen.Dish").status == 0
    assert kitchen.reflections != []


def test_clear_leaves_what_is_not_of_the_cache(filled: Path, run: Run, home: Path) -> None:
    folder = next(filled.iterdir())
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ("0" * 32 + ".protoset")).write_text("keep")
    strangers = [filled / "notes.txt", folder / "notes.txt", folder / ("a" * 31 + ".protoset"), elsewhere / "x"]
    for path in strangers:
        path.write_text("keep")
    (filled / "work").mkdir()
    (filled / "work" / "x.services").write_text("keep")
    (filled / ("0" * 32)).symlink_to(elsewhere)
    (folder / ("1" * 32 + ".outline")).symlink_to(elsewhere / "x")
    (folder / ("2" * 32 + ".outline")).mkdir()
    before = {path for path in home.rglob("*") if not path.name.endswith((".services", ".protoset", ".outline"))}
    assert run("cache", "clear").out.startswith("Removed ")
    assert all(path.is_symlink() or path.exists() for path in before)
    assert [path.read_text() for path in strangers] == ["keep"] * len(strangers)
    assert (filled / "work" / "x.services").exists()
    assert (elsewhere / ("0" * 32 + ".protoset")).read_text() == "keep"


def test_clear_takes_spoilt_and_temporary_files_too(filled: Path, run: Run) -> None:
    file = next(filled.rglob("*.protoset"))
    file.write_bytes(b"spoilt")
    file.with_name(f"{file.name}.{'0' * 16}.tmp").write_bytes(b"half")
    run("cache", "clear")
    assert list(filled.iterdir()) == []


@pytest.mark.parametrize("words", [("show",), ("clear",)])
def test_an_empty_cache_is_no_failure(run: Run, home: Path, words: tuple[str, ...]) -> None:
    for _ in range(2):
        done = run("cache", *words)
        assert (done.status, done.err) == (0, "")
        assert done.out in ("NO DATA\n", f"Nothing is kept in {home}/.cache/spacectl.\n")


def test_without_a_place_it_says_how_to_name_one(run: Run) -> None:
    for words in ("show", "clear"):
        failed = run("cache", words, env={"SPACECTL_CACHE_DIR": ""})
        assert failed.status == 2
        assert "hint: `export SPACECTL_CACHE_DIR=DIR`" in failed.err


def test_a_cache_in_the_environment_s_directory_is_the_one_that_is_shown(
    kitchen: Server, run: Run, tmp_path: Path
) -> None:
    for env in ({"SPACECTL_CACHE_DIR": str(tmp_path / "a")}, {"XDG_CACHE_HOME": str(tmp_path / "b")}):
        assert run("--endpoint", kitchen.endpoint, "list", "kitchen.Dish", env=env).status == 0
        [row] = json.loads(run("cache", "show", "-o", "json", env=env).out)
        assert row["path"].startswith(str(tmp_path))
