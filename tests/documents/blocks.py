"""The fenced blocks of a Markdown document, and what a comment right above one says about it.

- ```` ```console ````: `$ ` begins a command (`> ` goes on with it), the lines below are what it prints, both streams.
- ```` ```sh ````: commands whose output is not shown; the block must succeed.
- `<!-- file: NAME -->` above any other block: its text is written to that file before what follows is run.
- `<!-- run with: THIS => THAT; ... -->`: what a reader has and a test has not. `THAT` is run in the place of `THIS`,
  and `THIS` is read again where `THAT` is printed. `$PLATFORM` and `$CHAT` are endpoints: see `stand_ins.py`.
  That is also how lines are left out which a slow machine might change.
- A port that something serves on (`--port N`) is a free one in a test, in all of the document.
- `<!-- try -->`, `<!-- tests -->`: the lines that install the package and need a package index; .ci/run runs them.

Nothing else is left out: a block of a shell that has no such comment is run as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

APART = ("try", "tests")
WITH = "run with: "
SHELLS = ("sh", "bash", "console")
FENCE = re.compile(r"^( *)```(\w*)\s*$")
COMMENT = re.compile(r"^ *<!-- *(.*?) *-->\s*$")


class Command(NamedTuple):
    """A command, and what it prints; None where that is not shown. Pairs of texts: what is run in the place of what."""

    text: str
    output: str | None
    line: int
    stand_ins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its first line of text, `comment` what stands right above it."""

    language: str
    text: str
    line: int
    comment: str

    @property
    def file(self) -> str | None:
        """The file that the block is the text of."""
        return self.comment.removeprefix("file: ") if self.comment.startswith("file: ") else None

    @property
    def runs(self) -> bool:
        """Whether it holds commands that are run."""
        return self.language in SHELLS and self.file is None and self.comment not in APART

    @property
    def stand_ins(self) -> tuple[tuple[str, str], ...]:
        """What is run in the place of what."""
        if not self.comment.startswith(WITH):
            return ()
        pairs = [part.strip().split(" => ") for part in self.comment.removeprefix(WITH).split(";")]
        return tuple((shown, run) for shown, run in pairs)

    def commands(self) -> list[Command]:
        """The commands, with what each prints."""
        if self.language != "console":
            return [Command(self.text, None, self.line, self.stand_ins)]
        found: list[Command] = []
        for number, line in enumerate(self.text.splitlines(), self.line):
            if line.startswith("$ "):
                found.append(Command(line[2:] + "\n", "", number, self.stand_ins))
            elif not found:
                raise ValueError(f"line {number}: a console block begins with `$ `")
            elif line.startswith("> ") and not found[-1].output:
                found[-1] = found[-1]._replace(text=found[-1].text + line[2:] + "\n")
            else:
                found[-1] = found[-1]._replace(output=f"{found[-1].output}{line}\n")
        return found


def blocks(markdown: str) -> list[Block]:
    """All fenced blocks of a document, in their order."""
    found: list[Block] = []
    language: str | None = None
    indent, comment, before = "", "", ""
    text: list[str] = []
    first = 0
    for number, line in enumerate(markdown.splitlines(), 1):
        fence = FENCE.match(line)
        if language is None and fence:
            indent, language, comment, text, first = fence[1], fence[2], before, [], number + 1
        elif language is not None and fence and not fence[2]:
            found.append(Block(language, "".join(text), first, comment))
            language, before = None, ""
        elif language is not None:
            text.append(line.removeprefix(indent) + "\n")
        else:
            said = COMMENT.match(line)
            before = said[1] if said else before if not line.strip() else ""
    if language is not None:
        raise ValueError(f"line {first - 1}: a block without an end")
    return found
