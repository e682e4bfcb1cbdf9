"""TAB pressed in real shells."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from peers.command import Spacectl
from peers.terminal import Terminal

BASH = shutil.which("bash") or ""
ZSH = shutil.which("zsh") or ""
FISH = shutil.which("fish") or ""


@pytest.fixture
def scripts(filled_home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A directory with the script of the test's shell, as the command prints it."""
    shell = request.function.__name__.rpartition("_")[2]
    printed = Spacectl(filled_home)("completion", shell)
    assert (printed.status, printed.err) == (0, "")
    (tmp_path / f"completion.{shell}").write_text(printed.out)
    return tmp_path


# what is typed, then TAB, then `]` and Enter: the arguments that the command would be given
LINES = [
    ("spacectl li", ["list", "]"]),
    ("spacectl list kitchen.Rec", ["list", "kitchen.Recipe", "]"]),
    ("spacectl exec sea", ["exec", "season", "]"]),
    ("spacectl exec create kitchen.Dish -p sta", ["exec", "create", "kitchen.Dish", "-p", "state=]"]),
    ("spacectl exec create kitchen.Dish -p state=R", ["exec", "create", "kitchen.Dish", "-p", "state=RAW", "]"]),
    ("spacectl list kitchen.Dish -c dish_id,calo", ["list", "kitchen.Dish", "-c", "dish_id,calories", "]"]),
    ("spacectl list kitchen.Dish -s -calo", ["list", "kitchen.Dish", "-s", "-calories", "]"]),
    ("spacectl --environment my", ["--environment", "my company", "]"]),
    ("spacectl list --output=ya", ["list", "--output=yaml", "]"]),
    (
        "spacectl config endpoint add kitchen grpc://127.0.0.1:1",
        [*["config", "endpoint", "add", "kitchen", "grpc://127.0.0.1:1"], "]"],
    ),
]


QUOTED = [
    ('spacectl exec create kitchen.Dish -p "state=R', ["exec", "create", "kitchen.Dish", "-p", "state=RAW", "]"]),
    ("spacectl list 'kitchen.Rec", ["list", "kitchen.Recipe", "]"]),
]
FILES = [
    ("spacectl list kitchen.Dish -f my-f", ["list", "kitchen.Dish", "-f", "my-file.yml", "]"]),
    ("spacectl list kitchen.Dish -p dish_id=@my-f", [*["list", "kitchen.Dish", "-p", "dish_id=@my-file.yml"], "]"]),
]
END = "--end--"
SHOW = {
    "bash": "show() { printf '<%s>' \"$@\"; echo; }",
    "zsh": "show() { printf '<%s>' \"$@\"; echo }",
    "fish": "function show; printf '<%s>' $argv; echo; end",
}


def press_tab(shell: Terminal, name: str, scripts: Path, lines: list[tuple[str, list[str]]]) -> None:
    """Types each line and TAB; then makes it one that shows its arguments, with `]` where the cursor was."""
    (scripts / "my-file.yml").write_text("")
    shell.type(f"source completion.{name}; {SHOW[name]}; echo rea''dy\n")
    shell.wait_for("ready")
    for typed, expected in lines:
        quoted = "'" in typed or '"' in typed
        shell.type(f"{typed}\t{' ' if quoted else ''}]\x01show \n")
        shell.wait_for("<spacectl>")
        shown = shell.wait_for("\n").strip()
        assert shown == "".join(f"<{word}>" for word in expected), typed


@pytest.mark.skipif(not BASH, reason="there is no bash")
def test_tab_in_bash(scripts: Path, environment: dict[str, str]) -> None:
    shell = Terminal([BASH, "--norc", "--noprofile", "-i"], environment, scripts)
    try:
        shell.type("PS1='> '; bind 'set enable-bracketed-paste off'\n")
        press_tab(shell, "bash", scripts, [*LINES, *QUOTED, *FILES])
    finally:
        shell.close()


@pytest.mark.skipif(not ZSH, reason="there is no zsh")
def test_tab_in_zsh(scripts: Path, environment: dict[str, str]) -> None:
    shell = Terminal([ZSH, "-f", "-i"], environment, scripts)
    try:
        shell.type("PS1='> '; bindkey -e; autoload -Uz compinit; compinit -u -d ./dump; setopt interactivecomments\n")
        press_tab(shell, "zsh", scripts, [*LINES, *QUOTED, *FILES])
    finally:
        shell.close()


@pytest.mark.skipif(not FISH, reason="there is no fish")
def test_tab_in_fish(scripts: Path, environment: dict[str, str]) -> None:
    lines = [typed.replace("'", "\\'") for typed, _ in (*LINES, *QUOTED)]
    asked = "".join(f"complete --do-complete '{line}'; echo {END}; " for line in lines)
    source = f"source {scripts}/completion.fish; {asked}"
    done = subprocess.run(
        [FISH, "-c", source], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    answers = done.stdout.split(f"{END}\n")
    assert answers.pop() == ""
    for (typed, expected), answer in zip((*LINES, *QUOTED), answers, strict=True):
        offered = [one.partition("\t")[0] for one in answer.splitlines()]
        wanted = expected[-2] if expected[-1] == "]" else expected[-1].removesuffix("]")
        assert [one.replace("\\ ", " ").strip("'\"") for one in offered] == [wanted], (typed, done)
