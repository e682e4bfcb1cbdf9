"""A document run in one shell, as a reader would: what each of its commands printed, and its exit status."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from documents.blocks import Block, Command

# what differs from run to run: identifiers, times, ports, durations, the place
MASKS = (
    (re.compile(r"\r\n"), "\n"),
    (re.compile(r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{12}\b"), r"\1-ID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"), "TIME"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d{4,5}\b"), r"\1:PORT"),
    (re.compile(r"\b\d+(?:\.\d+)? (ms|s|KiB|MiB)\b"), r"N \1"),
    (re.compile(r"\b[\d,]+/s\b"), "N/s"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
MARK = "\x1e"


class Ran(NamedTuple):
    """What came of a command."""

    command: Command
    output: str
    status: int


def masked(text: str) -> str:
    """The text with what differs from run to run made equal, and widths of columns that depend on it too."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return re.sub(r"-{3,}", "---", re.sub(r" {2,}", "  ", text)).strip("\n")


def run_document(blocks: Sequence[Block], cwd: Path, environ: dict[str, str], timeout: float = 170) -> list[Ran]:
    """Run the commands of all blocks, one after the other in the same bash, in `cwd`.

    Raises subprocess.TimeoutExpired, after ending the shell.
    """
    lines, commands = ["exec 2>&1 </dev/null\n", "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n"], list[Command]()
    for block in blocks:
        if block.file is not None:
            end = "END_OF_FILE"
            lines.append(f"mkdir -p {Path(block.file).parent}\ncat >{block.file} <<'{end}'\n{block.text}{end}\n")
        elif block.runs:
            for command in block.commands():
                lines.append(f"printf '{MARK}{len(commands)}{MARK}'\n{command.text}\nprintf '{MARK}%d{MARK}' $?\n")
                commands.append(command)
    script = cwd / ".document.sh"
    script.write_text("".join(lines))
    done = subprocess.run(
        ["bash", str(script)],
        cwd=cwd,
        env={**environ, "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}"},
        stdout=subprocess.PIPE,
        timeout=timeout,
        check=False,
    )
    pieces = done.stdout.decode().split(MARK)
    return [
        Ran(commands[int(number)], output, int(status))
        for number, output, status in zip(pieces[1::4], pieces[2::4], pieces[3::4], strict=False)
    ]


def wrong(ran: Sequence[Ran]) -> list[str]:
    """What is not as the document says, a text for each command; the status of commands with an output is theirs."""
    found = []
    for command, output, status in ran:
        if command.output is None and status != 0:
            found.append(f"line {command.line}: exit status {status}\n{command.text}{output}")
        elif command.output is not None and masked(output) != masked(command.output):
            found.append(
                f"line {command.line}: $ {command.text}--- printed\n{output}--- the document says\n{command.output}"
            )
    return found
