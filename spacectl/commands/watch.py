"""`list --watch`: the same list again and again, with what changed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from spacectl import columns as column_names
from spacectl.commands.road import Call, asked_again
from spacectl.errors import CallError, UsageError

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.output.watching import Look

MARKED_SECONDS = 10.0


def watch(app: App, asked: Call, seconds: float) -> None:
    """Lists again every so many seconds, until it is interrupted. Raises UsageError, ConfigError, CallError.

    A terminal shows the table, and in it what changed since the last time; a pipe gets an object for each change.
    """
    on_terminal = app.stdout.isatty() and asked.output == "table"
    if not on_terminal and asked.output != "jsonl":
        raise UsageError(
            f"--watch prints no {asked.output} in a pipe" if asked.output == "table" else "--watch shows a table",
            "-o jsonl prints an object for each change",
        )
    if asked.dry_run or asked.many.wanted:
        raise UsageError("--watch is for one list", "leave out --dry-run and --from")
    ask = _looker(app, asked)
    if on_terminal:
        _show(app, asked, ask, seconds)
    else:
        _report(app, ask, seconds)


def _looker(app: App, asked: Call) -> Callable[[], Look]:
    again, limit = asked_again(app, asked)
    projected = column_names.projection(asked.columns)

    def ask() -> Look:
        found: list[tuple[Any, Any]] = []
        total = None
        for answer in again():
            if answer.rows is None:
                raise UsageError(f"{asked.verb} {asked.resource} gives no rows to watch")
            key = answer.fields[0] if answer.fields else ""
            for row in islice(answer.rows, limit()):
                identity = row.get(key) if isinstance(row, dict) else None
                found.append((identity, projected(row) if asked.columns else row))
            total = answer.value.get("total_count")
        return app.look(found, total if isinstance(total, int) else None)

    return ask


def _show(app: App, asked: Call, ask: Callable[[], Look], seconds: float) -> None:
    screen = app.watch_screen([column.title for column in asked.columns] or None)
    now, trouble = ask(), ""
    # changes stay marked for a while: nobody looks all the time
    looks = deque([(time.monotonic(), now)])
    try:
        while True:
            while len(looks) > 1 and looks[1][0] < time.monotonic() - MARKED_SECONDS:
                looks.popleft()
            marked = app.changes(looks[0][1], now)
            total = f" of {now.total:,}" if now.total is not None else ""
            clock = time.strftime("%H:%M:%S")
            status = f" {len(now.rows):,}{total}, every {seconds:g} s, {clock}{trouble}"
            screen.draw(marked, status, app.terminal_size())
            time.sleep(seconds)
            try:
                now, trouble = ask(), ""
                looks.append((time.monotonic(), now))
            except CallError as error:
                # a server that is started again is what people watch for
                trouble = f": {error.message}"
    finally:
        screen.end()


def _report(app: App, ask: Callable[[], Look], seconds: float) -> None:
    printer = app.printer("jsonl")
    before: Look | None = None
    while True:
        now = ask()
        for change in app.changes(before, now):
            if before is None or change.kind:
                printer.document({"type": change.kind or "ADDED", "object": change.row})
        app.stdout.flush()
        before = now
        time.sleep(seconds)
