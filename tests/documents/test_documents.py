"""Every command of the documents is run, and prints what they say."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from peers.command import clean_environment

from documents.blocks import blocks
from documents.running import masked, run_document, wrong

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what is shown is typed at a POSIX shell")
ROOT = Path(__file__).parents[2]
# that of the example's plugin is made by `plugin init`
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])
OWN_SITES = ("https://cloudforet.io", "https://github.com/cloudforet-io/spacectl")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_documents() -> None:
    assert {"README.md", "CHANGELOG.md"} <= {named(path) for path in DOCUMENTS}


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if any(b.runs for b in blocks(path.read_text()))], ids=named
)
def test_its_commands_print_what_it_says(path: Path, tmp_path: Path) -> None:
    """In one shell, in a copy of the examples, with a home and a sandbox of its own."""
    place = tmp_path / "spacectl"
    shutil.copytree(ROOT / "examples", place / "examples")
    (tmp_path / "home").mkdir()
    found = blocks(path.read_text())
    ran = run_document(found, place, clean_environment(tmp_path / "home", {"PYTHONWARNINGS": None}))
    assert len(ran) == sum(len(block.commands()) for block in found if block.runs)
    assert wrong(ran) == []


def test_a_word_that_changes_is_noticed(tmp_path: Path) -> None:
    found = blocks("```console\n$ echo 'one two'\none three\n$ echo right\nright\n```\n```sh\nfalse\n```\n")
    problems = wrong(run_document(found, tmp_path, clean_environment(tmp_path)))
    assert [problem.partition(":")[0] for problem in problems] == ["line 2", "line 8"]


STATEFUL = """\
<!-- file: a/b.yml -->
```yaml
x: $1
```
```sh
V=1; cd a
```
```console
$ cat b.yml; echo $V \\
> 2
x: $1
1 2
```
"""


def test_a_block_of_a_file_is_written_and_state_stays_from_block_to_block(tmp_path: Path) -> None:
    ran = run_document(blocks(STATEFUL), tmp_path, clean_environment(tmp_path))
    assert wrong(ran) == []
    assert [(one.output, one.status) for one in ran] == [("", 0), ("x: $1\n1 2\n", 0)]


def test_only_what_differs_from_run_to_run_is_made_equal() -> None:
    assert masked("pg-7d2547abfb14 at 2026-11-25T16:27:03.071Z, 0.12 s") == "pg-ID at TIME, N s"
    assert masked("plugin-aws-ec2 4 rows") == "plugin-aws-ec2 4 rows"


def links(text: str) -> list[str]:
    prose = re.sub(r"^( *)```.*?^\1```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [*re.findall(r"\]\(([^)\s]+)\)", prose), *re.findall(r"(?:src|href)=\"([^\"]+)\"", prose)]


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_its_links_lead_somewhere(path: Path) -> None:
    lost = []
    for link in links(path.read_text()):
        if "://" in link:
            if not link.startswith((*OWN_SITES, "https://keepachangelog.com/", "https://github.com/cloudforet-io/")):
                lost.append(link)
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    assert links("[a](b.md#c) `x` ![p](d.svg)\n```sh\n[no](link)\n```\n") == ["b.md#c", "d.svg"]
