"""A view as a tree for a terminal: fitted to its width, in colours where they are wanted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spacectl.explain.view import Line, Section, View
from spacectl.terminal import painted

BOLD, DIM, CYAN, YELLOW = "1", "2", "36", "33"
NARROW = 64
GAP = 2
MIN_TEXT = 16


@dataclass(frozen=True)
class Screen:
    """Columns of the terminal, and whether it shows colours."""

    width: int
    colours: bool

    def paint(self, text: str, code: str) -> str:
        """The text in a colour or weight."""
        return painted(text, code, colours=self.colours)


@dataclass(frozen=True)
class _Row:
    """A line of the tree: the branches drawn before it, those before its further lines, and the line itself."""

    lead: str
    follow: str
    line: Line

    @property
    def head(self) -> int:
        return display_width(f"{self.lead}{self.line.name}") + GAP + display_width(self.line.type)


def tree(view: View, screen: Screen) -> str:
    """The text of a view, no line wider than the screen as far as words can be broken."""
    lines = list(_title(view.title, view.words, screen))
    for text in view.prose.splitlines():
        lines += wrapped(text, screen.width)
    lines += [screen.paint(text, DIM) for fact in view.facts for text in wrapped(fact, screen.width)]
    for section in view.sections:
        lines += ["", *_section(section, screen)]
    if view.hint:
        lines += ["", *(screen.paint(text, DIM) for text in wrapped(view.hint, screen.width))]
    return "\n".join(lines) + "\n"


def display_width(text: str) -> int:
    """The columns that a text takes: two for a wide character, none for one that combines with another."""
    if text.isascii():
        return len(text)
    wide = sum(1 for c in text if unicodedata.east_asian_width(c) in "WF")
    return len(text) + wide - sum(1 for c in text if unicodedata.combining(c))


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of so many columns: broken at spaces, after `|` and `.`, inside words only where it must be."""
    lines = [""]
    for piece in re.findall(r"\s*[^\s|]+\|?|\s*\|", text):
        whole = piece if lines[-1] else piece.lstrip()
        if display_width(lines[-1] + whole) <= width:
            lines[-1] += whole
            continue
        rest = piece.lstrip()
        if lines[-1]:
            lines.append("")
        while display_width(rest) > max(width, 1):
            cut = _fitting(rest, max(width, 1))
            lines[-1] = rest[:cut]
            lines.append("")
            rest = rest[cut:]
        lines[-1] = rest
    return lines


def _fitting(text: str, width: int) -> int:
    """How many characters fit, one at least."""
    count = 1
    while count < len(text) and display_width(text[: count + 1]) <= width:
        count += 1
    return count


def _title(title: str, words: str, screen: Screen) -> Iterator[str]:
    if display_width(title) + GAP + display_width(words) <= screen.width:
        yield screen.paint(title, BOLD) + (f"{' ' * GAP}{screen.paint(words, CYAN)}" if words else "")
        return
    yield from (screen.paint(text, BOLD) for text in wrapped(title, screen.width))
    yield from (screen.paint(text, CYAN) for text in wrapped(words, screen.width) if text)


def _section(section: Section, screen: Screen) -> Iterator[str]:
    yield from _title(section.title, section.words, screen)
    for paragraph in section.prose.splitlines():
        yield from (screen.paint(text, DIM) for text in wrapped(paragraph, screen.width))
    rows = list(_rows(section.lines, "", ""))
    column = _text_column(rows, screen.width)
    for row in rows:
        yield from _row(row, column, screen)
    if section.example:
        yield screen.paint("example", DIM)
        for line in section.example.splitlines():
            margin = len(line) - len(line.lstrip())
            yield from (f"  {' ' * margin}{text}" for text in wrapped(line, max(screen.width - 2 - margin, 20)))


def _rows(lines: Sequence[Line], lead: str, follow: str) -> Iterator[_Row]:
    for index, line in enumerate(lines):
        last = index == len(lines) - 1
        below = follow + ("   " if last else "│  ")
        yield _Row(follow + ("└─ " if last else "├─ "), below + ("│  " if line.children else ""), line)
        yield from _rows(line.children, lead, below)


def _text_column(rows: Sequence[_Row], width: int) -> int:
    """Where the prose begins: right of the names where there is room for it, 0 for on lines of its own."""
    if width < NARROW:
        return 0
    limit = width // 2
    return max((row.head for row in rows if row.head <= limit), default=limit) + GAP


def _row(row: _Row, column: int, screen: Screen) -> Iterator[str]:
    line = row.line
    name = screen.paint(line.name, BOLD) if line.required else line.name
    head = f"{screen.paint(row.lead, DIM)}{name}{' ' * GAP if line.type else ''}{_type(line, screen)}"
    if row.head > screen.width:
        yield f"{screen.paint(row.lead, DIM)}{name}"
        inner = f"{row.follow}  "
        if screen.width - len(inner) < MIN_TEXT:
            inner = " " * min(len(inner), max(screen.width - MIN_TEXT, 0))
        for text in wrapped(line.type, max(screen.width - len(inner), MIN_TEXT)):
            yield screen.paint(inner, DIM) + screen.paint(text, CYAN)
    elif column and line.text and row.head + GAP <= column:
        first, *more = wrapped(line.text, screen.width - column)
        yield head + " " * (column - row.head) + first
        for text in more:
            yield screen.paint(f"{row.follow:<{column}}", DIM) + text
        return
    else:
        yield head
    if line.text:
        margin = max(column, len(row.follow) + GAP)
        lead = f"{row.follow:<{margin}}"
        if screen.width - margin < MIN_TEXT:
            # so deep on so narrow a screen that the branches give way
            lead = " " * min(margin, max(screen.width - MIN_TEXT, 0))
        for text in wrapped(line.text, max(screen.width - len(lead), MIN_TEXT)):
            yield screen.paint(lead, DIM) + text


def _type(line: Line, screen: Screen) -> str:
    words, comma, mark = line.type.partition(", ")
    if mark == "required":
        return screen.paint(words, CYAN) + comma + screen.paint(mark, YELLOW)
    return screen.paint(words, CYAN) + screen.paint(comma + mark, DIM)
