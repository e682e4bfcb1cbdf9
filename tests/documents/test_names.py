"""The distribution's name stands in setup.cfg alone: the program looks it up, the documents are held to it."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from spacectl.distribution import distribution_name, installing

ROOT = Path(__file__).parents[2]
INSTALLS = re.compile(r"(?:pip\"?|pipx|uvx?) install ['\"]?([A-Za-z][\w.-]*)(?:\[[\w,-]+\])?")
READ = [
    path
    for folder in ("docs", "examples", "share", "spacectl", ".github")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".md", ".yml", ".yaml", ".sh", ".tmpl", ".1", ".py")
]


def declared() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def installed(path: Path) -> set[str]:
    """What a file tells people to install, without the installers themselves."""
    return {name for name in INSTALLS.findall(path.read_text(encoding="utf-8")) if "spacectl" in name}


def test_documents_and_examples_install_what_setup_cfg_names() -> None:
    name = declared()["metadata"]["name"]
    wrong = {str(path.relative_to(ROOT)) for path in [*READ, *ROOT.glob("*.md")] if installed(path) - {name}}
    assert wrong == set()
    assert installed(ROOT / "docs" / "scripting.md") == {name}


def test_no_source_knows_the_name() -> None:
    sources = [path for path in READ if "spacectl" in path.relative_to(ROOT).parts[0] and path.suffix != ".md"]
    assert [path for path in sources if installed(path)] == []


def test_a_hint_names_the_distribution_that_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "another_name-3.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: another-name\nVersion: 3.0\n")
    (folder / "top_level.txt").write_text("spacectl\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert distribution_name() == "another-name"
    assert installing("proto") == "pip install 'another-name[proto]'"


def test_both_command_names_are_installed() -> None:
    scripts = declared()["options.entry_points"]["console_scripts"].split("\n")
    assert [line.partition(" = ")[0] for line in scripts if line] == ["spacectl", "sctl"]
