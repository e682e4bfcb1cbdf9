"""A view as plain text for pipes: one line a field with its whole path, the same whatever the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spacectl.explain.view import Line, Section, View

MAX_PAD = (44, 44)


def plain(view: View) -> str:
    """The text of a view."""
    lines = [f"{view.title}  {view.words}".rstrip()]
    lines += [f"  {text}" for text in (*view.prose.splitlines(), *view.facts)]
    for section in view.sections:
        lines += ["", *_section(section)]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{section.title}: {section.words}" if section.words else section.title
    yield from (f"  {text}" for text in section.prose.splitlines())
    lines = list(_flat(section.lines))
    pads = [
        min(max((len(text) for text in column), default=0), limit)
        for column, limit in zip(([line.path for line in lines], [line.type for line in lines]), MAX_PAD, strict=True)
    ]
    for line in lines:
        yield f"  {line.path:<{pads[0]}}  {line.type:<{pads[1]}}  {line.text}".rstrip()
    if section.example:
        yield "  example:"
        yield from (f"    {text}".rstrip() for text in section.example.splitlines())


def _flat(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _flat(line.children)
