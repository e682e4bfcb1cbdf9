"""Pictures of the program at a terminal, made from what it really prints there.

`python -m tests.documents.screens` writes docs/screens/ anew.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from html import unescape
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.command import clean_environment, run_on_terminal
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from documents.running import masked

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "docs" / "screens"
PLUGIN = "examples/plugin_slack_notification_protocol.yml"
WRONG = "name: Example\nservce_type: inventory.Collector\nimage: example/plugin-x\ntags: 7\n"


class Screen(NamedTuple):
    """A terminal, `width` columns wide, and what is typed there on a fresh sandbox."""

    title: str
    width: int
    lines: tuple[str, ...]


SCREENS = {
    "guide": Screen(
        "the guide's example, on the sandbox",
        100,
        (
            f"spacectl exec register repository.Plugin -f {PLUGIN} -o name",
            "spacectl list repository.Plugin -c plugin_id,name",
        ),
    ),
    "help": Screen("spacectl --help", 100, ("spacectl --help",)),
    "errors": Screen(
        "what is wrong, all at once",
        100,
        (
            "spacectl exec register repository.Plugin -f wrong.yml",
            "spacectl get repository.Plgin -p plugin_id=plugin-x",
        ),
    ),
    "explain": Screen("what a request takes", 100, ("spacectl explain repository.Plugin.get_versions",)),
    "narrow": Screen("a table that fits", 100, ("spacectl list repository.Plugin -l 4",)),
    "apply": Screen(
        "a manifest: the plan, the run",
        100,
        ("spacectl apply examples/domain.yml --dry-run", "spacectl apply examples/domain.yml"),
    ),
}


def shown(screen: Screen, home: Path) -> str:
    """What the terminal shows, with its escape sequences, prompts and typed lines among it."""
    place = home / "spacectl"
    shutil.copytree(ROOT / "examples", place / "examples")
    (place / "wrong.yml").write_text(WRONG)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    env = {
        "SPACECTL_ENVIRONMENT": "sandbox",
        "TERM": "xterm-256color",
        "PATH": path,
        "PYTHONWARNINGS": None,
        "COLUMNS": None,
    }
    parts = []
    for line in screen.lines:
        done = run_on_terminal(
            ["bash", "-c", line], b"", clean_environment(home, env), place, timeout=60, size=(screen.width, 50)
        )
        parts.append(f"\x1b[1;32m$\x1b[0m {line}\n{done.out}")
    return "\n".join(parts)


def picture(screen: Screen, text: str) -> str:
    """The terminal as an SVG."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=screen.width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(text), end="")
        # no fonts from elsewhere: a picture that loads something is one that somebody may watch being looked at
        drawing = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
        return console.export_svg(title=screen.title, unique_id="screen", code_format=drawing)


def words(svg: str) -> str:
    """The text of a picture, with what differs from run to run made equal; not how it is drawn."""
    lines = re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)
    return masked("\n".join(unescape(line).replace("\xa0", " ") for line in lines))


def main() -> None:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name, screen in SCREENS.items():
        with tempfile.TemporaryDirectory() as home:
            (DIRECTORY / f"{name}.svg").write_text(picture(screen, shown(screen, Path(home))), encoding="utf-8")


if __name__ == "__main__":
    main()
