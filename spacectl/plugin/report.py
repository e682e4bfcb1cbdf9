"""Results as text for people, as plain values, and as JUnit's XML for CI."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from spacectl.plugin.reading import amount
from spacectl.plugin.results import Result, State, Tally

MARKS: dict[State, str] = {"passed": "ok", "failed": "FAIL", "warned": "warn", "skipped": "skip"}
COLOURS: dict[State, str] = {"passed": "32", "failed": "31;1", "warned": "33", "skipped": "2"}
NAME_WIDTH = 30
MOST_COUNTED = 8


def lines_of(result: Result, *, colours: bool) -> list[str]:
    """A line for a check, and where it failed its offences, its reason and the way out."""
    mark = MARKS[result.state]
    shown = f"\x1b[{COLOURS[result.state]}m{mark:<4}\x1b[0m" if colours else f"{mark:<4}"
    lines = [f"{shown} {result.check.name:<{NAME_WIDTH}} {_visible(result.detail)}".rstrip()]
    if result.state not in ("failed", "warned"):
        return lines
    for offence in result.offences:
        lines.append(f"       {_visible(offence.where)}: {_visible(offence.message)}")
        if offence.part not in (None, [], {}):
            lines.append(f"         {_visible(json.dumps(offence.part, ensure_ascii=False))}")
        if offence.command:
            lines.append(f"         see it: {_visible(offence.command)}")
    if result.number > len(result.offences) > 0:
        lines.append(f"       … and {result.number - len(result.offences):,} more")
    lines.append(f"       why:    {result.check.reason}")
    lines.append(f"       do:     {result.check.way_out}")
    return lines


def tally_lines(tally: Tally) -> list[str]:
    """What a stream brought: how much, how fast, and how many of each."""
    rate = f", {tally.rows / tally.seconds:,.0f}/s" if tally.seconds > 0 else ""
    noun = "resources" if tally.resources else "rows"
    line = f"{tally.step}: {tally.rows:,} {noun} in {tally.seconds:.1f} s{rate}"
    if tally.messages:
        line += f", {amount(tally.size)}, largest message {amount(tally.largest)}, slowest gap {tally.slowest:.2f} s"
    return [line] + [f"  {name:<9} {_counted(counter)}" for name, counter in tally.counts.items() if counter]


def summary(results: Sequence[Result]) -> str:
    """How many checks ended how."""
    states = Counter(result.state for result in results)
    parts = [f"{states['passed']} passed", f"{states['failed']} failed"]
    parts += [f"{states[state]} {state}" for state in ("warned", "skipped") if states[state]]
    return ", ".join(parts)


def document(interface: str, address: str, results: Sequence[Result], tallies: Sequence[Tally]) -> dict[str, Any]:
    """The test of an interface as plain values."""
    states = Counter(result.state for result in results)
    return {
        "interface": interface,
        "endpoint": address,
        "passed": not states["failed"],
        "counts": {state: states[state] for state in MARKS},
        "checks": [result.as_dict() for result in results],
        "streams": [tally.as_dict() for tally in tallies],
    }


def junit(suites: Sequence[tuple[str, Sequence[Result], float]]) -> str:
    """JUnit's XML: a suite an interface, with its results and the seconds that it took; a case a check."""
    from xml.etree import ElementTree as Tree

    root = Tree.Element("testsuites")
    for name, results, seconds in suites:
        states = Counter(result.state for result in results)
        suite = Tree.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(results)),
            failures=str(states["failed"]),
            errors="0",
            skipped=str(states["skipped"]),
            time=f"{seconds:.3f}",
        )
        for result in results:
            case = Tree.SubElement(suite, "testcase", classname=name, name=result.check.name)
            if result.state == "failed":
                failure = Tree.SubElement(case, "failure", message=_of_xml(result.detail))
                failure.text = _of_xml("\n".join(lines_of(result, colours=False)[1:]))
            elif result.state == "skipped":
                Tree.SubElement(case, "skipped", message=_of_xml(result.detail))
            elif result.detail:
                Tree.SubElement(case, "system-out").text = _of_xml(result.detail)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _counted(counter: Counter[str]) -> str:
    common = counter.most_common(MOST_COUNTED)
    words = [f"{_visible(name)} {count:,}" for name, count in common]
    if len(counter) > MOST_COUNTED:
        words.append(f"… {len(counter) - MOST_COUNTED:,} more")
    return ", ".join(words)


def _visible(text: str) -> str:
    """The text on one line, with what would command a terminal written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _of_xml(text: str) -> str:
    """The text without the characters that XML does not have."""
    return "".join(
        c
        if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000 and ord(c) not in (0xFFFE, 0xFFFF))
        else "\ufffd"
        for c in text
    )
