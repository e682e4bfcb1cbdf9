"""The reference, the manual pages and the completion scripts say what the program says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from documents.reference import ROOT, files
from spacectl.connection_settings import DESCRIPTIONS, READERS
from spacectl.errors import GRPC_STATUS_NAMES

WRITE = "python -m tests.documents.reference"
MADE = files()


@pytest.mark.parametrize("path", MADE, ids=str)
def test_it_is_what_the_program_says(path: Path) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == MADE[path], WRITE


def test_there_is_no_page_of_a_command_that_is_no_more() -> None:
    there = {path.relative_to(ROOT) for path in (ROOT / "share").rglob("*") if path.is_file()}
    assert there <= set(MADE), WRITE


def test_every_exit_status_of_a_failed_call_is_in_it() -> None:
    text = MADE[Path("docs/reference.md")]
    assert [name for name in GRPC_STATUS_NAMES[1:] if name not in text] == []


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man")
def test_the_manual_pages_are_pages_for_man() -> None:
    pages = [str(ROOT / path) for path in MADE if path.suffix == ".1"]
    done = subprocess.run(["man", "--warnings", "-l", *pages], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert len(re.findall(r"^SYNOPSIS$", re.sub(".\b", "", done.stdout), flags=re.MULTILINE)) == len(pages)


def test_every_variable_that_the_program_reads_is_in_the_document_of_the_configuration() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "spacectl").rglob("*.py"))
    known = set(re.findall(r"\bSPACECTL_[A-Z]+(?:_[A-Z]+)*", sources))
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [name for name in sorted(known) if name not in text] == []


def test_every_setting_of_a_connection_is_in_a_document() -> None:
    text = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("connections.md", "any-server.md"))
    assert [name for name in ("headers", *READERS, *DESCRIPTIONS) if f"`{name}`" not in text] == []


def test_every_source_of_a_credential_is_in_a_document() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [
        name for name in ("token", "api_key", "token_command", "token_file", "keyring") if f"`{name}" not in text
    ] == []


def test_every_room_is_in_the_document_of_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.parent.name for path in (ROOT / "spacectl").glob("*/__init__.py")]
    assert [name for name in rooms if f"`{name}/`" not in text] == []


def test_every_picture_is_shown_in_a_document() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")))
    assert [path.name for path in (ROOT / "docs" / "screens").iterdir() if f"screens/{path.name})" not in text] == []


def test_the_speed_in_the_readme_is_that_of_the_document_of_speed() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| 10,000 rows to JSON.*$", readme, flags=re.MULTILINE)
    speed = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    measured = re.search(
        r"^\| 10,000 rows, `-o json` \| ([\d,]+) ms \| [^|]* \| (\d+) MiB "
        r"\| grpcurl: ([\d,]+) ms, [\d,]+ ms, (\d+) MiB",
        speed,
        flags=re.MULTILINE,
    )
    assert measured
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    cpu, memory, its_cpu, its_memory = (int(figure.replace(",", "")) for figure in measured.groups())
    assert cells[0] == f"{cpu / 1000:.1f} s, {memory} MiB"
    assert cells[3] == f"{its_cpu / 1000:.1f} s, {its_memory} MiB"
