"""A document run in one shell, as a reader would: what each of its commands printed, and its exit status."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from documents.blocks import Block, Command
from documents.stand_ins import stand_ins

# what differs from run to run, and is as long each time: identifiers and times
MASKS = (
    (re.compile(r"\r\n"), "\n"),
    (re.compile(r"(?<=-)[0-9a-f]{12}\b"), "IDENTIFIER.."),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?!\d)"), "TIME AND CLOCK OF IT"),
    (re.compile(r"(?<=TIME AND CLOCK OF IT)\.\d{3}Z"), ".000Z"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
# and is not: ports, durations, sizes, the version, and where the home really is
WIDE = (
    (re.compile(r"/home/me\b"), "/home/me"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d{4,5}\b"), r"\1:PORT"),
    (re.compile(r"\b(?:\d+\.\d+ s|\d+ ms|\d+ min|\d h|[\d.]+ [KM]iB)(?!\w)"), "N"),
    (re.compile(r"\b[\d,]+/s\b"), "N/s"),
    (re.compile(r"\b\d+\.\d+\.\d+(?:\.?(?:dev|rc)\d+)\b"), "VERSION"),
)
MARK = "\x1e"
HOME = "/home/me"  # the home of a reader


class Ran(NamedTuple):
    """What came of a command."""

    command: Command
    output: str
    status: int


def masked(text: str) -> str:
    """The text with what differs from run to run made equal; widths of columns only where they depend on it."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    for pattern, replacement in WIDE:
        text, found = pattern.subn(replacement, text)
        if found:
            text = re.sub(r"-{3,}", "---", re.sub(r" +(?=\|)", " ", re.sub(r" {2,}", "  ", text)))
    return text.strip("\n")


def run_document(blocks: Sequence[Block], cwd: Path, environ: dict[str, str], timeout: float = 170) -> list[Ran]:
    """Run the commands of all blocks, one after the other in the same bash, in `cwd`.

    Raises subprocess.TimeoutExpired, after ending the shell.
    """
    ports = _free_ports(blocks)
    with stand_ins(blocks, cwd.parent, environ) as variables:
        ran = _run_in_one_shell(blocks, cwd, {**environ, **variables}, ports, timeout)
    shown = {free: port for port, free in ports.items()}
    return [one._replace(output=_replaced(_as_shown(one, variables, environ["HOME"]), shown)) for one in ran]


def _free_ports(blocks: Sequence[Block]) -> dict[str, str]:
    """A free port for each that a document serves on, below those that connections and other servers are given."""
    served = sorted(set(re.findall(r"--port (\d{4,5})", "".join(block.text for block in blocks))))
    free = iter(random.sample(range(20_000, 32_000), 200))
    return {port: str(next(one for one in free if _is_free(one))) for port in served}


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def _as_shown(ran: Ran, variables: Mapping[str, str], home: str) -> str:
    """The output as a reader has it, whose platform and home have other names."""
    output = _renamed(ran.output, home, HOME)
    for shown, run in ran.command.stand_ins:
        url = variables.get(run.removeprefix("$"))
        if url is not None:
            output = _renamed(output, url, shown)
            output = _renamed(output, url.partition("://")[2], shown.partition("://")[2])
    return output


def _renamed(text: str, old: str, new: str) -> str:
    """The text with another name in it, and the cells of its tables as wide as they were."""

    def put(found: re.Match[str]) -> str:
        cell, end = found[1].replace(old, new), found[2]
        return f"{cell.rstrip():<{len(found[1]) - 1}} |" if end else cell

    return re.sub(rf"({re.escape(old)}[^|\n]*)(\||$)", put, text, flags=re.MULTILINE)


def _run_in_one_shell(
    blocks: Sequence[Block], cwd: Path, environ: dict[str, str], ports: Mapping[str, str], timeout: float
) -> list[Ran]:
    lines, commands = ["exec 2>&1 </dev/null\n", "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n"], list[Command]()
    for block in blocks:
        if block.file is not None:
            end = "END_OF_FILE"
            lines.append(f"mkdir -p {Path(block.file).parent}\ncat >{block.file} <<'{end}'\n{block.text}{end}\n")
        elif block.runs:
            for command in block.commands():
                text = _replaced(command.text, ports)
                for shown, run in command.stand_ins:
                    text = text.replace(shown, run)
                # of a block whose output is not shown, each line is to succeed
                before, status = ("", "$?") if block.language == "console" else ("W=0; trap 'W=$?' ERR\n", "$W")
                lines += [f"printf '{MARK}{len(commands)}{MARK}'\n{before}{text}\n"]
                lines += [f"printf '{MARK}%d{MARK}' {status}\ntrap - ERR\n"]
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
