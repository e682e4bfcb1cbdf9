"""`python -m tests.documents.fill FILE...` puts what its commands print into the console blocks of a document.

What is right already, but for what differs from run to run, stays as it is.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.command import clean_environment

from documents.blocks import blocks
from documents.running import Ran, masked, run_document

ROOT = Path(__file__).parents[2]


def filled(markdown: str, ran: Sequence[Ran]) -> str:
    """The document with the outputs of its console blocks replaced by those that came of them."""
    lines = markdown.splitlines(keepends=True)
    for command, output, status in reversed(ran):
        if command.output is None:
            if status:
                print(f"line {command.line}: exit status {status}\n{command.text}{output}", file=sys.stderr)
            continue
        if masked(command.output) == masked(output):
            continue
        first = command.line - 1 + command.text.count("\n")
        text = output if output.endswith("\n") or not output else output + "\n"
        lines[first : first + command.output.count("\n")] = [text]
    return "".join(lines)


def main() -> None:
    for name in sys.argv[1:]:
        path = Path(name)
        with tempfile.TemporaryDirectory() as directory:
            place = Path(directory) / "spacectl"
            shutil.copytree(ROOT / "examples", place / "examples")
            (Path(directory) / "home").mkdir()
            environ = clean_environment(Path(directory) / "home", {"PYTHONWARNINGS": None})
            ran = run_document(blocks(path.read_text()), place, environ)
        path.write_text(filled(path.read_text(), ran))


if __name__ == "__main__":
    os.environ.setdefault("LANG", "C.UTF-8")
    main()
