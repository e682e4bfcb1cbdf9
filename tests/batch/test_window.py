"""Order, the window, failures, the exit status, the summary."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from counting_server import Counter, Run, answered
from peers.command import Result, Spacectl, clean_environment, run_on_terminal
from peers.server import Server

NAMES = [f"n{number}" for number in range(24)]


def test_answers_come_in_the_order_of_the_input_whichever_is_ready_first(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    counter.slow = {"n0": 0.3, "n5": 0.2}
    result = create("--from", write_rows(NAMES), "--parallel", "8")
    assert (result.status, result.err, answered(result)) == (0, "", NAMES)
    assert counter.names.index("n7") < counter.names.index("n20")


@pytest.mark.parametrize("parallel", [1, 4, 16])
def test_as_many_as_the_window_says_are_in_flight_and_never_more(
    counter: Counter, create: Run, write_rows: Callable[..., str], parallel: int
) -> None:
    counter.seconds, counter.gathering = 0.05, parallel
    assert create("--from", write_rows(NAMES), "--parallel", str(parallel)).status == 0
    assert counter.most_at_once == parallel


def test_the_window_is_one_for_what_writes_and_sixteen_for_rows_that_read(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    counter.seconds = 0.05
    assert create("--from", write_rows(NAMES[:3])).status == 0
    assert counter.most_at_once == 1
    counter.gathering = 16
    counter.gathered.clear()
    assert create("--from", write_rows(NAMES, "dish_id"), verb="get").status == 0
    assert counter.most_at_once == 16


def test_one_slow_call_does_not_stop_the_others(counter: Counter, create: Run, write_rows: Callable[..., str]) -> None:
    counter.held, counter.frees = {"n0": threading.Event()}, {"n6": "n0"}
    assert answered(create("--from", write_rows(NAMES[:7]), "--parallel", "2")) == NAMES[:7]
    assert counter.ended[-1] == "n0"
    assert counter.most_at_once == 2


def test_the_first_failure_is_the_last_request_sent_and_gives_the_exit_status(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    result = create("--from", write_rows(["a", "refused", "b", "lost", "c"]))
    assert (result.status, answered(result), counter.names) == (67, ["a"], ["a", "refused"])
    first, last, *hints = result.err.splitlines()
    assert first.endswith("rows.jsonl:2: create kitchen.Dish: ERROR_X: no refused (INVALID_ARGUMENT)")
    assert last == "error: 5 requests: 1 done, 1 failed, 3 not sent"
    assert hints == ["hint: --continue-on-error goes on after a failure"]


def test_what_is_in_flight_at_a_failure_is_awaited_and_reported(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    counter.slow = {"a": 0.4, "b": 0.4, "lost": 0.4}
    result = create("--from", write_rows(["a", "refused", "lost", "b", *NAMES]), "--parallel", "4")
    assert (result.status, answered(result)) == (67, ["a", "b"])
    assert sorted(counter.names) == ["a", "b", "lost", "refused"]
    assert result.err.splitlines()[2] == "error: 28 requests: 2 done, 2 failed, 24 not sent"


def test_continue_on_error_sends_all_and_ends_with_the_first_failures_status(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    names = ["a", "lost", "b", "refused", "c"]
    counter.slow = {"lost": 0.2}  # the first of the input, and not the first that is known
    result = create("--from", write_rows(names), "--continue-on-error", "--parallel", "5")
    assert (result.status, answered(result)) == (66, ["a", "b", "c"])
    lines = result.err.splitlines()
    assert [line.partition(": create")[0].rpartition("/")[2] for line in lines[:2]] == ["rows.jsonl:2", "rows.jsonl:4"]
    assert lines[2:] == ["error: 5 requests: 3 done, 2 failed, 0 not sent"]


def test_failures_can_be_had_as_json_one_a_line(create: Run, write_rows: Callable[..., str]) -> None:
    result = create("--from", write_rows(["a", "refused"]), "--error-format", "json")
    errors = [json.loads(line)["error"] for line in result.err.splitlines()]
    assert [error["exit_status"] for error in errors] == [67, 67]
    assert errors[0]["status"] == "INVALID_ARGUMENT"


def test_documents_of_files_are_requests_like_rows(counter: Counter, create: Run) -> None:
    documents = "name: a\n---\nname: refused\n---\nname: b\n"
    result = create("-f", "-", "--continue-on-error", stdin=documents)
    assert (result.status, answered(result)) == (67, ["a", "b"])
    assert "<stdin>:3: create kitchen.Dish: ERROR_X" in result.err


def test_p_and_j_go_over_each_row(create: Run, kitchen: Server, write_rows: Callable[..., str]) -> None:
    more = ("-j", '{"state": "RAW"}', "-p", "cook.name=Ann")
    result = create("--from", write_rows(["a", "b"]), *more, env={"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint})
    assert result.status == 0
    assert [call.requests[0] for call in kitchen.calls] == [
        {"name": name, "state": "RAW", "cook": {"name": "Ann"}} for name in ("a", "b")
    ]


def test_all_rows_are_checked_before_the_first_is_sent(
    counter: Counter, create: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = tmp_path_factory.mktemp("rows") / "x.csv"
    rows.write_text("name,price\na,1\nb,cheap\nc,2\nd,dear\n")
    result = create("--from", str(rows))
    assert (result.status, counter.names) == (2, [])
    assert f"{rows}:3:1: price: 'cheap' where a number is due" in result.err
    assert f"{rows}:5:1: price: 'dear'" in result.err


def test_rows_of_standard_input_are_checked_as_they_come(counter: Counter, create: Run) -> None:
    lines = '{"name": "a"}\n{"nme": "b"}\n{"name": "c"}\n'
    stopped = create("--from", "-", stdin=lines)
    assert (stopped.status, counter.names) == (2, ["a"])
    assert "<stdin>:2:2: nme: unknown field; did you mean name?" in stopped.err
    assert "2 requests: 1 done, 1 failed, the rest not read" in stopped.err
    whole = create("--from", "-", "--continue-on-error", stdin=lines)
    assert (whole.status, answered(whole)) == (2, ["a", "c"])
    assert "3 requests: 2 done, 1 failed, 0 not sent" in whole.err


def test_a_dry_run_prints_the_requests_of_all_rows_and_sends_none(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    result = create("--from", write_rows(["a", "refused"]), "--dry-run")
    assert (result.status, result.err, answered(result), counter.names) == (0, "", ["a", "refused"], [])


def test_streams_of_both_kinds_take_rows(kitchen: Server, spacectl_inprocess: Callable[..., Result]) -> None:
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    numbers = "number\n1\n2\n39\n"
    total = spacectl_inprocess("exec", "Sum", "kitchen.Kitchen", "--from", "-", "-o", "jsonl", stdin=numbers, env=env)
    assert (total.status, json.loads(total.out)) == (0, {"number": 42})
    counts = "count\n2\n1\n"
    each = spacectl_inprocess("exec", "Count", "kitchen.Kitchen", "--from", "-", "-o", "jsonl", stdin=counts, env=env)
    assert [json.loads(line)["number"] for line in each.out.splitlines()] == [1, 2, 1]


def test_a_bar_and_the_summary_are_for_terminals(spacectl: Spacectl, kitchen: Server) -> None:
    (spacectl.home / "waits.jsonl").write_text('{"seconds": 0.4}\n' * 4)
    line = ("exec", "Hang", "kitchen.Kitchen", "--from", "waits.jsonl", "-o", "jsonl")
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    shown = spacectl(*line, env=env, tty=("stderr",))
    assert shown.out == '{"number":1}\n' * 4
    assert "Hang kitchen.Kitchen" in shown.err
    assert "3/4" in shown.err
    assert shown.err.endswith("4 requests: 4 done, 0 failed, 0 not sent\n")
    assert spacectl(*line, env=env).err == ""


# on a clock of its own: the work itself may take longer on a busy machine
ON_A_CLOCK = """
import sys
from types import SimpleNamespace
from spacectl.output import progress
seconds, looks = float(sys.argv.pop(1)), iter((0.0,))
progress.time = SimpleNamespace(monotonic=lambda: next(looks, seconds))
from spacectl.__main__ import main
main()
"""


@pytest.mark.parametrize(("seconds", "bar"), [("0.999", False), ("1.0", True)])
def test_work_of_less_than_a_second_has_no_bar(home: Path, kitchen: Server, seconds: str, bar: bool) -> None:
    (home / "waits.jsonl").write_text('{"seconds": 0.01}\n' * 4)
    line = [seconds, *("exec", "Hang", "kitchen.Kitchen", "--from", "waits.jsonl", "-o", "jsonl")]
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint, "COLUMNS": None, "TERM": "xterm-256color"}
    argv = [sys.executable, "-c", ON_A_CLOCK, *line]
    result = run_on_terminal(argv, b"", clean_environment(home, env), home, on_terminal=("stderr",))
    assert result.err.endswith("4 requests: 4 done, 0 failed, 0 not sent\n")
    assert (result.err.count("\n") > 1 or "Hang kitchen.Kitchen" in result.err) == bar


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--resume",), "--resume needs the journal"),
        (("--journal", "j", "--retry-failed"), "--retry-failed is for a run that goes on"),
        (("--from", "x.csv", "-f", "x.yml"), "--from and -f both say"),
        (("--from", "nowhere.csv"), "--from nowhere.csv: No such file or directory"),
        (("--parallel", "0", "--from", "x.csv"), "0 is not in the range"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    counter: Counter, create: Run, options: tuple[str, ...], words: str
) -> None:
    result = create(*options)
    assert result.status == 2
    assert words in result.err
    assert counter.names == []
