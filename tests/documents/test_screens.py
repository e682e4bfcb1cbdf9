"""The pictures of the documents show what the program shows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from documents.screens import DIRECTORY, SCREENS, picture, settled, shown, words

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what is shown is typed at a POSIX shell")


@pytest.mark.parametrize("name", SCREENS)
def test_it_shows_what_the_program_shows(name: str, tmp_path: Path) -> None:
    made = picture(SCREENS[name], shown(SCREENS[name], tmp_path))
    kept = (DIRECTORY / f"{name}.svg").read_text(encoding="utf-8")
    assert words(kept) == words(made), "python -m tests.documents.screens"


def test_a_word_that_changes_is_noticed() -> None:
    kept = (DIRECTORY / "guide.svg").read_text(encoding="utf-8")
    assert "presto" not in words(kept)
    assert words(kept) != words(kept.replace("Slack", "Slick"))


def test_lines_that_were_drawn_again_are_there_once() -> None:
    drawn = "one\nwait 1\r\x1b[2Kwait 2\n\r\x1b[1A\x1b[2K\x1b[?25h\x1b[32mtwo\x1b[0m\n"
    assert settled(drawn) == "one\n\x1b[32mtwo\x1b[0m\n"


@pytest.mark.parametrize("name", SCREENS)
def test_it_loads_nothing_from_elsewhere(name: str) -> None:
    text = (DIRECTORY / f"{name}.svg").read_text(encoding="utf-8")
    links = [part.split('"')[0] for part in text.split("http")[1:]]
    assert [link for link in links if "www.w3.org" not in link and "www.textualize.io" not in link] == []
