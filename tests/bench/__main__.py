"""`python -m tests.bench [LINE ...] [-n RUNS] [--json | --markdown]`: the lines in turn, medians, ratios, limits."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
OLD = "old"
SILENT = ("click", "grpc")  # they answer nothing
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from tests.bench.lines import OURS, Limit, Line, find_tools, lines, prepare  # noqa: E402 the path comes first
from tests.bench.measure import Cost, FailedError, median, run  # noqa: E402


def main() -> None:
    """Reads the command line, runs, prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("line", nargs="*", help="names of lines; all by default")
    parser.add_argument("-n", "--runs", type=int, default=11, help="how often each command is run (11)")
    parser.add_argument("--json", action="store_true", help="the figures for programs")
    parser.add_argument("--markdown", action="store_true", help="the table of docs/speed.md")
    parser.add_argument("--spacectl", metavar="PATH", help="the command; by default the one beside this Python")
    parser.add_argument("--old", metavar="PATH", help="the command that this one succeeds, to compare with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, bench_server("many", *[name] * bool(options.old)) as ports:
        directory = Path(name)
        port, far_port, *many = ports
        environ = prepare(directory, port, far_port, many)
        every = lines(find_tools(options.spacectl, options.old), port, far_port)
        unknown = set(options.line) - {line.name for line in every}
        if unknown:
            parser.error(f"no line {', '.join(sorted(unknown))}; there are {', '.join(line.name for line in every)}")
        reports = []
        for line in every:
            if options.line and line.name not in options.line:
                continue
            report = measured(line, options.runs, environ, directory)
            reports.append(report)
            if not options.json and not options.markdown:
                print("\n".join(for_people(report)), flush=True)
    if options.json:
        print(json.dumps(reports, indent=2))
    elif options.markdown:
        print("\n".join(as_markdown(reports)))


@contextlib.contextmanager
def bench_server(*arguments: str) -> Iterator[list[int]]:
    """The server in a process of its own: its port, the port that is 20 ms away, and those of many services."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=TESTS.parent,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
    ) as process:
        assert process.stdout is not None
        try:
            yield list(map(int, process.stdout.readline().split()))
        finally:
            process.kill()


def measured(line: Line, runs: int, environ: dict[str, str], directory: Path) -> dict[str, Any]:
    """The medians of all commands of a line, run in turn, and how they stand to the limits."""
    costs: dict[str, list[Cost]] = {tool: [] for tool in line.commands}
    failures: dict[str, str] = {}
    if line.first:
        run(line.first, environ, directory)
    for number in range((line.runs or runs) + 1):
        for tool, argv in line.commands.items():
            if tool in failures:
                continue
            its = dict(environ)
            if line.home:
                its["HOME"] = str(directory / line.home)
            if tool == OURS:
                its.update(line.environ)
            elif tool == OLD:
                its["PYTHONPATH"] = str(directory)
            sign = line.sign if number == 0 and tool not in SILENT else None
            try:
                cost = run(argv, its, directory, sign=sign)
            except FailedError as error:
                failures[tool] = str(error)
                continue
            if number:  # the first run fills caches
                costs[tool].append(cost)
    medians = {tool: median(found) for tool, found in costs.items() if found and tool not in failures}
    return {
        "line": line.name,
        "work": line.work,
        "costs": {tool: asdict(cost) for tool, cost in medians.items()},
        "failures": failures,
        "limits": [checked for limit in line.limits if (checked := against(limit, medians)) is not None],
    }


def against(limit: Limit, medians: dict[str, Cost]) -> dict[str, Any] | None:
    """A limit with what was reached; None where one of the two was not measured."""
    if OURS not in medians or (limit.rival and limit.rival not in medians):
        return None
    reached = getattr(medians[OURS], limit.figure)
    if limit.rival:
        reached /= getattr(medians[limit.rival], limit.figure)
    return {**asdict(limit), "reached": reached, "kept": reached <= limit.most}


def for_people(report: dict[str, Any]) -> Iterator[str]:
    """A line's figures as text."""
    yield f"{report['line']}: {report['work']}"
    for tool, cost in report["costs"].items():
        milliseconds = f"cpu {cost['cpu'] * 1000:8.1f} ms   wall {cost['wall'] * 1000:8.1f} ms"
        yield f"  {tool:9} {milliseconds}   {cost['rss']:7.1f} MiB"
    for tool, reason in report["failures"].items():
        yield f"  {tool:9} failed: {reason}"
    for limit in report["limits"]:
        yield f"  {'ok  ' if limit['kept'] else 'MISS'} {spelled(limit)}"


def spelled(limit: dict[str, Any]) -> str:
    """A limit and what was reached, in a few words."""
    if limit["rival"]:
        return f"{limit['figure']} {limit['reached']:.2f} x {limit['rival']} (at most {limit['most']:g})"
    if limit["figure"] == "rss":
        return f"memory {limit['reached']:.0f} MiB (at most {limit['most']:g})"
    return f"{limit['figure']} {limit['reached']:.2f} s (at most {limit['most']:g})"


def as_markdown(reports: list[dict[str, Any]]) -> Iterator[str]:
    """The figures as a table."""
    yield "| work | CPU | wall | memory | rivals (CPU, wall, memory) | reached |"
    yield "| --- | ---: | ---: | ---: | --- | --- |"
    for report in reports:
        costs = dict(report["costs"])
        ours = costs.pop(OURS, None)
        mine = _figures(ours) if ours else ["-", "-", "-"]
        rivals = "<br>".join(f"{tool}: {', '.join(_figures(cost))}" for tool, cost in costs.items())
        reached = "<br>".join(("" if limit["kept"] else "**missed** ") + spelled(limit) for limit in report["limits"])
        failed = [f"{tool}: failed ({reason})" for tool, reason in report["failures"].items()]
        rivals = "<br>".join([*([rivals] if rivals else []), *failed]).replace("|", "\\|")
        yield f"| {report['work']} | {' | '.join(mine)} | {rivals} | {reached} |"


def _figures(cost: dict[str, float]) -> list[str]:
    return [f"{cost['cpu'] * 1000:,.0f} ms", f"{cost['wall'] * 1000:,.0f} ms", f"{cost['rss']:.0f} MiB"]


if __name__ == "__main__":
    main()
