"""A wheel and an sdist hold what they need, and nothing else; .ci/run holds those that are built to the same list."""

from __future__ import annotations

import configparser
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from documents.packages import PACKAGE, SDIST, WHEEL, main, problems

ROOT = Path(__file__).parents[2]
NEEDED = {kinds: [kind.replace("*", "x") for kind in kinds] for kinds in (WHEEL, SDIST)}


def test_what_setup_cfg_declares_is_what_the_wheel_is_to_hold() -> None:
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg", encoding="utf-8")
    package = ROOT / "spacectl"
    globs = declared["options.package_data"]["spacectl"].split()
    found = {path.relative_to(ROOT).as_posix() for glob in globs for path in package.glob(glob)}
    found |= {path.relative_to(ROOT).as_posix() for path in package.rglob("*.py")}
    assert problems(found, PACKAGE) == []
    there = {path.relative_to(ROOT).as_posix() for path in package.rglob("*") if path.is_file()}
    assert {name for name in there - found if "__pycache__" not in name and not name.endswith(".proto")} == set()


def archives(folder: Path, wheel: list[str], sdist: list[str]) -> list[str]:
    made = [folder / "spacectl-3.0.0-py3-none-any.whl", folder / "spacectl-3.0.0.tar.gz"]
    with zipfile.ZipFile(made[0], "w") as archive:
        for name in wheel:
            archive.writestr(name.replace("DIST-INFO", "spacectl-3.0.0.dist-info"), "")
    with tarfile.open(made[1], "w:gz") as archive:
        for name in sdist:
            archive.addfile(tarfile.TarInfo(f"spacectl-3.0.0/{name}"), io.BytesIO())
    return [str(path) for path in made]


def test_archives_with_all_of_it_and_nothing_else_are_right(tmp_path: Path) -> None:
    assert main(archives(tmp_path, NEEDED[WHEEL], NEEDED[SDIST])) is None


@pytest.mark.parametrize(
    "foreign", ["spacectl/sandbox/proto/a.proto", "tests/test_a.py", "README.md", "spacectl/__pycache__/a.pyc", "x.txt"]
)
def test_a_file_that_a_wheel_does_not_need_is_noticed(tmp_path: Path, foreign: str) -> None:
    found = main(archives(tmp_path, [*NEEDED[WHEEL], foreign], NEEDED[SDIST]))
    assert found is not None and found.endswith(f"is no part of it: {foreign}")


@pytest.mark.parametrize("foreign", ["spacectl/a.pyc", "docs/a.png", "tests/.env", "venv/bin/python", ".github/a.yml"])
def test_a_file_that_an_sdist_does_not_need_is_noticed(tmp_path: Path, foreign: str) -> None:
    found = main(archives(tmp_path, NEEDED[WHEEL], [*NEEDED[SDIST], foreign]))
    assert found is not None and found.endswith(f"is no part of it: {foreign}")


def test_what_is_missing_is_noticed(tmp_path: Path) -> None:
    for kinds in (WHEEL, SDIST):
        for kind, name in zip(kinds, NEEDED[kinds], strict=True):
            assert problems([other for other in NEEDED[kinds] if other != name], kinds) == [f"is missing: {kind}"]
    assert main(archives(tmp_path, NEEDED[WHEEL], NEEDED[SDIST])[:1]) is not None
