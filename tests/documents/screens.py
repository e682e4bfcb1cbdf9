"""Pictures of the program at a terminal, made from what it really prints there.

`python -m tests.documents.screens` writes docs/screens/ anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from html import unescape
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.command import clean_environment, run_on_terminal
from peers.terminal import Terminal
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from documents.running import masked

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "docs" / "screens"
PLUGIN = "examples/plugin_slack_notification_protocol.yml"
WRONG = "name: Example\nservce_type: inventory.Collector\nimage: example/plugin-x\ntags: 7\n"


class Screen(NamedTuple):
    """A terminal, `width` columns wide, and what is typed there on a fresh sandbox.

    `PLUGIN` in a line is the endpoint of a plugin with a fault; `meanwhile` is done while the one line goes on, until
    `shows` is there.
    """

    title: str
    width: int
    lines: tuple[str, ...]
    meanwhile: tuple[str, ...] = ()
    shows: str = ""


SCREENS = {
    "guide": Screen(
        "register and list plugins on the sandbox",
        110,
        (
            f"spacectl exec register repository.Plugin -f {PLUGIN} -o name",
            "spacectl list repository.Plugin -c plugin_id,name",
        ),
    ),
    "help": Screen("spacectl --help", 100, ("spacectl --help",)),
    "errors": Screen(
        "every mistake at once",
        100,
        (
            "spacectl exec register repository.Plugin -f wrong.yml",
            "spacectl get repository.Plgin -p plugin_id=plugin-x",
        ),
    ),
    "explain": Screen("the fields of a request", 100, ("spacectl explain repository.Plugin.get_versions",)),
    "narrow": Screen("a table that fits the terminal", 100, ("spacectl list repository.Plugin -l 4",)),
    "apply": Screen(
        "a manifest: plan and run",
        100,
        ("spacectl apply examples/domain.yml --dry-run", "spacectl apply examples/domain.yml"),
    ),
    "watch": Screen(
        "watching a list: new, changed, gone",
        100,
        ("spacectl list repository.Plugin -p provider=aws -c plugin_id,state --watch --interval 0.5",),
        (
            "spacectl exec disable repository.Plugin -p plugin_id=plugin-aws-ec2-inven-collector",
            f"spacectl exec register repository.Plugin -f {PLUGIN} -p provider=aws",
            "spacectl exec deregister repository.Plugin -p plugin_id=plugin-aws-cloudwatch-mon-datasource",
        ),
        " -  | ",
    ),
    "plugin": Screen("testing a faulty plugin", 110, ("spacectl plugin test --endpoint PLUGIN --dir plugin/test",)),
}
SHOWN_ENDPOINT = "localhost:50051"


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
    environ = clean_environment(home, env)
    if screen.meanwhile:
        return _typed(screen.lines[0], _watched(screen, environ, place))
    parts = []
    with _faulty_plugin(place, environ) if "PLUGIN" in screen.lines[0] else nullcontext("") as address:
        for line in screen.lines:
            argv = ["bash", "-c", line.replace("PLUGIN", f"grpc://{address}")]
            done = run_on_terminal(argv, b"", environ, place, timeout=60, size=(screen.width, 50))
            parts.append(_typed(line, settled(done.out)).replace("PLUGIN", f"grpc://{address}"))
    text = "\n".join(parts)
    return text.replace(address, SHOWN_ENDPOINT) if address else text


def settled(text: str) -> str:
    """What stays on a terminal of a text that has drawn lines again, as progress does; colours stay in it."""
    lines, row = [""], 0
    for piece in re.split(r"(\x1b\[\??\d*[AKhl]|\r|\n)", text):
        if piece == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif piece.startswith("\x1b[") and piece.endswith("A"):
            row = max(0, row - int(piece[2:-1] or 1))
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif not re.fullmatch(r"\x1b\[\??\d*[Khl]|\r", piece):
            lines[row] += piece
    return "\n".join(lines)


def _typed(line: str, text: str) -> str:
    return f"\x1b[1;32m$\x1b[0m {line}\n{text}"


def _watched(screen: Screen, environ: dict[str, str], place: Path) -> str:
    """The last picture of a line that goes on."""
    terminal = Terminal(["bash", "-c", screen.lines[0]], environ, place, (screen.width, 20))
    try:
        terminal.wait_for(", every ")
        for line in screen.meanwhile:
            subprocess.run(["bash", "-c", line], env=environ, cwd=place, check=True, timeout=60, capture_output=True)
        drawn = terminal.wait_for(screen.shows) + terminal.wait_for("\x1b[J")
    finally:
        terminal.close()
    return re.sub(r"\x1b\[[KJ]|\r", "", drawn.rpartition("\x1b[H")[2])


@contextmanager
def _faulty_plugin(place: Path, environ: dict[str, str]) -> Iterator[str]:
    """Serves what `plugin init` writes, with a word of it misspelled; its address."""
    name = "plugin"
    words = ("plugin-example-inven-collector", "--interface", "inventory.Collector", "--directory", str(place / name))
    line = ["spacectl", "plugin", "init", *words]
    subprocess.run([sys.executable, "-m", *line], env=environ, check=True, timeout=60, capture_output=True)
    source = place / name / "plugin.py"
    source.write_text(source.read_text().replace('"root_path": "data.disks"', '"root_path": "data.volumes"'))
    serve = [sys.executable, "server.py", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(serve, cwd=place / name, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"127.0.0.1:{process.stdout.readline().split()[-1]}"
        finally:
            process.terminate()


def picture(screen: Screen, text: str) -> str:
    """The terminal as an SVG."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=screen.width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(text), end="")
        # no fonts from elsewhere: a picture that loads something is one that somebody may watch being looked at
        drawing = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
        # there are viewers that would drop the spaces at both ends of a piece of text
        drawing = drawing.replace("<svg ", '<svg xml:space="preserve" ', 1)
        return console.export_svg(title=screen.title, unique_id="screen", code_format=drawing)


def words(svg: str) -> str:
    """The text of a picture, with what differs from run to run made equal; not how it is drawn."""
    lines = re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)
    return re.sub(
        r"\b\d\d:\d\d:\d\d\b", "CLOCK", masked("\n".join(unescape(line).replace("\xa0", " ") for line in lines))
    )


def main() -> None:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name, screen in SCREENS.items():
        with tempfile.TemporaryDirectory() as home:
            (DIRECTORY / f"{name}.svg").write_text(picture(screen, shown(screen, Path(home))), encoding="utf-8")


if __name__ == "__main__":
    main()
