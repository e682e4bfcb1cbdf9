"""Every command of the documents is run, and prints what they say."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from peers.command import clean_environment

from documents.blocks import SHELLS, blocks
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
    text = "```console\n$ echo 'one two'\none three\n$ echo right\nright\n```\n```sh\nfalse\ntrue || false\ntrue\n```\n"
    problems = wrong(run_document(blocks(text), tmp_path, clean_environment(tmp_path)))
    assert [problem.partition(":")[0] for problem in problems] == ["line 2", "line 8"]


def test_no_word_of_an_output_may_change(tmp_path: Path) -> None:
    """A table of names and a message, in which each word in turn is another."""
    shown = " name  | state\n-------+---------\n Slack | ENABLED\n\n Count: 1 / 8\nhint: wait 10 s (3 times)\n"
    (tmp_path / "shown").write_text(shown)
    words = [found.span() for found in re.finditer(r"\S+", shown)]
    others = [shown[:first] + "x" * (last - first) + shown[last:] for first, last in words]
    others += [shown.replace(" state", "state"), shown.replace(" | E", "  | E")]
    for other in others:
        assert masked(shown) != masked(other)
    (ran,) = run_document(blocks(f"```console\n$ cat shown\n{shown}```\n"), tmp_path, clean_environment(tmp_path))
    assert wrong([ran]) == []
    assert all(len(wrong([ran._replace(command=ran.command._replace(output=other))])) == 1 for other in others)


def test_no_block_of_commands_is_left_out() -> None:
    """But for the lines that install the package; what stands in for a platform is said right above the block."""
    found = [(named(path), block) for path in DOCUMENTS for block in blocks(path.read_text()) if block.file is None]
    apart = [(name, block.comment) for name, block in found if block.language in SHELLS and not block.runs]
    assert apart == [("CONTRIBUTING.md", "tests"), ("README.md", "try"), ("README.md", "tests")]
    # commands in a block of another kind, or of none
    pattern = re.compile(r"^(?: {4,}|\$ )?(?:spacectl|sctl|pip|python3?) .*", flags=re.MULTILINE)
    assert {name for name, block in found if block.language not in SHELLS and pattern.search(block.text)} == set()
    written = [path for path in DOCUMENTS if path.name != "reference.md"]
    indented = re.compile(r"^ {4,}(?:spacectl|sctl|pip|python3?) .*", flags=re.MULTILINE)
    assert [named(path) for path in written if indented.search(path.read_text())] == []


def test_the_lines_that_install_the_package_are_those_that_ci_runs() -> None:
    """.ci/run takes the README's two lines; a contributor's is the second, editable."""
    readme = {block.comment: block.text for block in blocks((ROOT / "README.md").read_text())}
    (contributing,) = [block for block in blocks((ROOT / "CONTRIBUTING.md").read_text()) if block.comment == "tests"]
    assert contributing.text == readme["tests"].replace("install -q ", "install -q -e ")
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = declared["options.extras_require"]["test"]
    assert "'.[test]' && .venv/bin/pytest -n 2\n" in contributing.text
    assert all(f"\n{name} >" in wanted for name in ("pytest", "pytest-xdist"))  # -n is of the latter
    for line in (readme["try"], contributing.text):
        assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_the_modules_and_files_that_its_words_name_are_there(path: Path) -> None:
    text = path.read_text()
    modules = re.findall(r"python3? -m ((?:spacectl|tests)[\w.]*)", text)
    places = [ROOT / name.replace(".", "/") for name in modules]
    assert [
        place for place in places if not (place / "__main__.py").exists() and not place.with_suffix(".py").exists()
    ] == []
    files = re.findall(r"`((?:spacectl|tests|examples|docs|\.ci)/[\w./-]+)`", text)
    assert [name for name in files if not (ROOT / name).exists() and "INTERFACE" not in name] == []


STOOD_IN = """\
<!-- run with: grpc://far.example.com:50051 => $PLATFORM -->
```console
$ spacectl --endpoint grpc://far.example.com:50051 list identity.Domain -c name -o quiet; echo "grpc://far.example.com:50051"
acme
sandbox
grpc://far.example.com:50051
```
```sh
test -z "$CHAT" && test -n "$PASSWORD"
```
"""


def test_a_server_that_stands_in_is_shown_by_the_name_of_the_other(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    assert wrong(run_document(blocks(STOOD_IN), place, clean_environment(tmp_path))) == []


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
    first, second = (
        "pg-7d2547abfb14 at 2026-11-25T16:27:03.071Z, 0.12 s",
        "pg-0123456789ab at 2027-01-02T03:04:05.678Z, 1.3 s",
    )
    assert masked(first) == masked(second) != masked(first.replace("pg", "px"))
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
