"""`list --watch` marks what changed, on a terminal and in a pipe; a wait shows a sign of life."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.command import Spacectl, clean_environment
from peers.protosets import Api
from peers.server import Exchange, Server, serve
from peers.terminal import Terminal

from spacectl.output.display import display_width
from spacectl.output.watching import ADDED, DELETED, MODIFIED, WatchScreen, changes, look

LIST = "kitchen.v1.Dish/list"
ROWS = st.dictionaries(st.text(max_size=3), st.integers(), max_size=6)


def looked(rows: dict[str, int]) -> Any:
    return look([(key, {"id": key, "n": n}) for key, n in rows.items()], None)


@given(ROWS, ROWS)
def test_every_row_is_what_it_was_new_changed_or_gone(before: dict[str, int], now: dict[str, int]) -> None:
    found = changes(looked(before), looked(now))
    kinds = {change.row["id"]: change.kind for change in found}
    assert len(kinds) == len(found) == len({*before, *now})
    assert kinds == {
        key: (ADDED if key not in before else MODIFIED if before[key] != now[key] else "") if key in now else DELETED
        for key in {*before, *now}
    }


def test_the_first_look_marks_nothing() -> None:
    assert {change.kind for change in changes(None, looked({"a": 1}))} == {""}


@pytest.mark.parametrize("width", [1, 2, 7, 20])
def test_a_line_is_no_wider_than_a_narrow_terminal(width: int) -> None:
    out = io.StringIO()
    found = changes(looked({"one-of-a-long-name": 1}), looked({"another-long-name": 10**9, "값이 긴 이름": 2}))
    WatchScreen(out, ["id", "n"], colours=False).draw(found, "3 of 3, every 1 s", (width, 20))
    lines = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", out.getvalue()).split("\r\n")
    assert len(lines) == 7
    assert max(map(display_width, lines)) <= width


@pytest.fixture
def dishes(kitchen_api: Api) -> Iterator[tuple[Server, list[dict[str, str]]]]:
    """A server of dishes, and the list of them, which the test may change."""
    rows = [{"dish_id": "d1", "name": "soup"}, {"dish_id": "d2", "name": "stew"}]

    def answer(exchange: Exchange) -> Iterator[Any]:
        list(exchange.requests)
        yield exchange.reply(results=list(rows), total_count=len(rows))

    with serve(kitchen_api, {LIST: answer}) as server:
        yield server, rows


WATCH = ("list", "kitchen.Dish", "-c", "dish_id,name", "--watch", "--interval", "0.1")


def test_a_terminal_shows_changed_rows_marked(dishes: tuple[Server, list[dict[str, str]]], spacectl: Spacectl) -> None:
    server, rows = dishes
    argv = [sys.executable, "-m", "spacectl", "--endpoint", server.endpoint, *WATCH]
    environ = clean_environment(spacectl.home, {"COLUMNS": None, "TERM": "xterm-256color"})
    terminal = Terminal(argv, environ, spacectl.home, (80, 12))
    try:
        assert "~" not in terminal.wait_for("2 of 2")
        rows[0]["name"] = "broth"
        assert "\x1b[33m ~  | d1" in terminal.wait_for("broth")
        rows.append({"dish_id": "d3", "name": "pie"})
        assert "\x1b[32m +  | d3" in terminal.wait_for("pie")
        del rows[1]
        terminal.wait_for("\x1b[31m -  | d2")
        terminal.wait_for("2 of 2")
        terminal.interrupt()
        assert terminal.ended() == 130
    finally:
        terminal.close()


def test_a_terminal_of_few_lines_shows_what_changed(
    dishes: tuple[Server, list[dict[str, str]]], spacectl: Spacectl
) -> None:
    server, rows = dishes
    rows += [{"dish_id": f"e{n}", "name": "x"} for n in range(40)]
    argv = [sys.executable, "-m", "spacectl", "--endpoint", server.endpoint, *WATCH]
    environ = clean_environment(spacectl.home, {"COLUMNS": None, "TERM": "xterm-256color"})
    terminal = Terminal(argv, environ, spacectl.home, (80, 12))
    try:
        terminal.wait_for("42 of 42")
        rows[-1]["name"] = "last"
        screen = terminal.wait_for("last") + terminal.wait_for("42 of 42")
        assert screen.rpartition("\x1b[H")[2].count("\n") == 11
    finally:
        terminal.close()


def test_a_pipe_gets_an_object_for_each_change(dishes: tuple[Server, list[dict[str, str]]], spacectl: Spacectl) -> None:
    server, rows = dishes
    process = spacectl.start("--endpoint", server.endpoint, *WATCH, "-o", "jsonl")
    assert process.stdout is not None

    def event() -> tuple[str, str]:
        found = json.loads(process.stdout.readline())
        return found["type"], found["object"]["dish_id"]

    try:
        assert [event(), event()] == [("ADDED", "d1"), ("ADDED", "d2")]
        rows[1] = {"dish_id": "d2", "name": "pie"}
        assert event() == ("MODIFIED", "d2")
        del rows[0]
        assert event() == ("DELETED", "d1")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
        assert process.communicate(timeout=20)[1] == b""


def test_a_table_cannot_be_watched_in_a_pipe(spacectl: Spacectl) -> None:
    done = spacectl("--endpoint", "grpc://127.0.0.1:1", *WATCH)
    assert (done.status, done.out) == (2, "")
    assert "hint: -o jsonl prints an object for each change" in done.err


def test_a_long_wait_shows_a_sign_of_life_and_takes_it_away(kitchen: Server, spacectl: Spacectl) -> None:
    slow = ("--endpoint", kitchen.endpoint, "exec", "Count", "kitchen.Kitchen", "-p", "count=1", "-p")
    done = spacectl(*slow, "delay=1.6", tty=["stderr"])
    assert (done.status, done.out) == (0, "---\nnumber: 1\n\n")
    assert "Count kitchen.Kitchen" in done.err
    # the line is empty at the end
    assert "\x1b[2K" in done.err.rpartition("Kitchen")[2]
    quick = spacectl(*slow, "delay=0", tty=["stderr"])
    assert (quick.status, quick.err) == (0, "")
    piped = spacectl(*slow, "delay=1.6")
    assert (piped.status, piped.err) == (0, "")
