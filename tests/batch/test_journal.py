"""The journal: nothing that was done is sent again, whenever and however a run ended."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable
from pathlib import Path

import pytest
from counting_server import Counter, Run, answered
from peers.command import Spacectl
from peers.server import serve

from spacectl.batch.journal import Entry, Header, Journal
from spacectl.errors import UsageError

NAMES = [f"n{number}" for number in range(30)]
ABOUT = Header("/a.B/c", "t")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def lines_of(journal: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def test_what_is_done_is_not_sent_again(
    counter: Counter, create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    rows = write_rows(NAMES)
    assert answered(create("--from", rows, "--journal", str(journal), "--parallel", "4")) == NAMES
    again = create("--from", rows, "--journal", str(journal), "--resume")
    assert (again.status, again.out, again.err) == (0, "", "")
    assert sorted(counter.names) == sorted(NAMES)


def test_a_resumed_run_needs_no_earlier_one(create: Run, write_rows: Callable[..., str], journal: Path) -> None:
    result = create("--from", write_rows(["a"]), "--journal", str(journal), "--resume")
    assert (result.status, answered(result)) == (0, ["a"])


def test_a_run_stopped_by_a_failure_goes_on_behind_it(
    counter: Counter, create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    batch = ("--from", write_rows(["a", "refused", "b"]), "--journal", str(journal))
    assert create(*batch).status == 67
    second = create(*batch, "--resume")
    assert (second.status, answered(second), counter.names) == (67, ["b"], ["a", "refused", "b"])
    assert "it was refused before, and is not sent again" in second.err
    assert "3 requests: 1 done, 1 done before, 0 failed, 1 failed before, 0 not sent" in second.err
    third = create(*batch, "--resume", "--retry-failed")
    assert (third.status, counter.names[3:]) == (67, ["refused"])


def test_a_refused_row_may_be_put_right(
    counter: Counter, create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    create("--from", write_rows(["a", "refused"]), "--journal", str(journal))
    right = create("--from", write_rows(["a", "b"]), "--journal", str(journal), "--resume", "--retry-failed")
    assert (right.status, answered(right), counter.names) == (0, ["b"], ["a", "refused", "b"])


def test_a_write_of_unknown_outcome_is_left_out_unless_asked_for(
    counter: Counter, create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    batch = ("--from", write_rows(["a", "lost", "b"]), "--journal", str(journal))
    assert create(*batch).status == 66
    left_out = create(*batch, "--resume")
    assert (left_out.status, answered(left_out), counter.names) == (66, ["b"], ["a", "lost", "b"])
    assert "nobody knows whether it was done" in left_out.err
    assert "--retry-unknown sends it again" in left_out.err
    assert "1 of unknown outcome" in left_out.err
    assert create(*batch, "--resume", "--retry-unknown").status == 66
    assert counter.names[3:] == ["lost"]


def test_reads_are_simply_repeated(
    counter: Counter, create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    batch = ("--from", write_rows(["a", "lost", "b"], "dish_id"), "--journal", str(journal), "--parallel", "1")
    assert create(*batch, verb="get").status == 66
    assert create(*batch, "--resume", "--continue-on-error", verb="get").status == 66
    assert counter.names == ["a", "lost", "lost", "b"]


def test_what_never_reached_a_server_is_sent_when_there_is_one(
    counter: Counter, create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    batch = ("--from", write_rows(["a", "b"]), "--journal", str(journal))
    header = {"journal": "spacectl-journal-1", "method": "/kitchen.v1.Dish/create", "target": "x"}
    assert create(*batch, "-p", "price=1").status == 0
    first, *rest = lines_of(journal)
    unsent = [line | {"state": "unsent", "code": 14} if "state" in line else line for line in rest]
    journal.write_text("".join(json.dumps(line) + "\n" for line in [first | header, *unsent]))
    again = create(*batch, "-p", "price=1", "--resume")
    assert (again.status, counter.names) == (0, ["a", "b"] * 2)
    assert "it was begun with another endpoint" in again.err


def test_a_journal_holds_hashes_and_no_values_and_is_its_owners_alone(
    create: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    env = {"SPACECTL_API_KEY": "sesame-key"}
    assert create("--from", write_rows(["secret-name"]), "--journal", str(journal), env=env).status == 0
    text = journal.read_text()
    assert "secret-name" not in text
    assert "sesame" not in text
    assert "127.0.0.1" not in text
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("rows", "more", "words"),
    [
        (["x", "b"], ("--resume",), "is the journal of another input: request 1 was another one"),
        (["a", "b"], ("--resume", "-p", "price=2"), "is the journal of another input"),
        (["a", "b"], (), "there is one already"),
    ],
)
def test_a_journal_of_another_batch_is_refused_before_anything_is_sent(
    counter: Counter,
    create: Run,
    write_rows: Callable[..., str],
    journal: Path,
    rows: list[str],
    more: tuple[str, ...],
    words: str,
) -> None:
    assert create("--from", write_rows(["a", "b"]), "--journal", str(journal)).status == 0
    before = journal.read_bytes()
    result = create("--from", write_rows(rows), "--journal", str(journal), *more)
    assert result.status == 2
    assert words in result.err
    assert (journal.read_bytes(), len(counter.names)) == (before, 2)


@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_what_is_no_journal_is_refused_and_stays_as_it_is(
    counter: Counter,
    create: Run,
    spacectl_inprocess: Run,
    write_rows: Callable[..., str],
    tmp_path: Path,
    resume: tuple[str, ...],
) -> None:
    (tmp_path / "m.yml").write_text("tasks: [{uses: '@modules/print', spec: {data: 1}}]")
    (tmp_path / "notes").write_bytes(b"a line that nobody ended")
    (tmp_path / "notes").chmod(0o644)
    os.mkfifo(tmp_path / "pipe", 0o644)
    rows = write_rows(["a"])
    for name, words in {
        "notes": "line 1 is no line of a journal" if resume else "there is one already",
        "pipe": "it is not a regular file",
        "none/j": "there is no directory",
        ".": "Is a directory",
    }.items():
        journal = ("--journal", str(tmp_path / name), *resume)
        for result in (
            create("--from", rows, *journal),
            spacectl_inprocess("apply", str(tmp_path / "m.yml"), *journal),
        ):
            assert (result.status, result.out, counter.names) == (2, "", [])
            assert words in result.err
    assert (tmp_path / "notes").read_bytes() == b"a line that nobody ended"
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("notes", "pipe")} == {0o644}


def test_the_sandbox_is_the_same_endpoint_in_every_process(
    spacectl_inprocess: Run, write_rows: Callable[..., str], journal: Path
) -> None:
    batch = ("exec", "say_hello", "sample.HelloWorld", "--from", write_rows(["a"]), "--journal", str(journal))
    for more in ((), ("--resume",)):
        result = spacectl_inprocess("--environment", "sandbox", *batch, *more)
        assert (result.status, result.err) == (0, "")


def test_input_that_is_wrong_leaves_no_journal(create: Run, journal: Path) -> None:
    result = create("-f", "-", "--journal", str(journal), stdin="nme: a\n")
    assert (result.status, journal.exists()) == (2, False)


def test_a_torn_last_line_is_as_if_it_had_never_been(journal: Path) -> None:
    with_two = Journal(journal, ABOUT, resume=False)
    with_two.start()
    with_two.intend([(0, "h0"), (1, "h1")])
    with_two.ended(0, "h0", "done", 0)
    with_two.close()
    whole = journal.read_bytes()
    states = set()
    for length in range(len(whole) + 1):
        journal.write_bytes(whole[:length])
        torn = Journal(journal, ABOUT, resume=True)
        torn.start()
        states.add(tuple(sorted(torn.entries.items())))
        torn.close()
        assert whole.startswith(journal.read_bytes()) or length == 0
        assert journal.read_bytes().endswith(b"\n")
    one, two = Entry("h0", "unknown"), Entry("h1", "unknown")
    done = Entry("h0", "done")
    assert states == {(), ((0, one),), ((0, one), (1, two)), ((0, done), (1, two))}


@pytest.mark.parametrize("text", ["hello\n", "{}\n", '{"journal":"spacectl-journal-2"}\n', "[1]\n"])
def test_another_file_is_no_journal_and_stays_as_it_is(journal: Path, text: str) -> None:
    journal.write_text(text)
    with pytest.raises(UsageError, match="line 1 is no line of a journal"):
        Journal(journal, ABOUT, resume=True)
    assert journal.read_text() == text


def test_two_runs_never_share_a_journal(journal: Path) -> None:
    first = Journal(journal, ABOUT, resume=False)
    first.start()
    with pytest.raises(UsageError, match="another run is using it"):
        Journal(journal, ABOUT, resume=True)
    first.close()
    Journal(journal, ABOUT, resume=True).close()


def start(spacectl: Spacectl, counter: Counter, *more: str) -> subprocess.Popen[bytes]:
    line = ("exec", "create", "kitchen.Dish", "-o", "jsonl", "--from", "rows.jsonl", "--journal", "journal.jsonl")
    return spacectl.start(*line, *more, env=counter.env)


def wait_for(counter: Counter, count: int) -> None:
    until = time.monotonic() + 60
    while len(counter.names) < count:
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.parametrize("parallel", ["1", "4"])
def test_killed_at_any_moment_and_resumed_no_write_is_ever_repeated(
    spacectl: Spacectl, counter: Counter, parallel: str
) -> None:
    counter.seconds = 0.01
    chance = random.Random(int(parallel))
    (spacectl.home / "rows.jsonl").write_text("".join(json.dumps({"name": name}) + "\n" for name in NAMES))
    for _ in range(4):
        before = len(counter.names)
        process = start(spacectl, counter, "--resume", "--parallel", parallel)
        wait_for(counter, before + chance.randrange(2, 6))
        time.sleep(chance.random() / 50)
        process.kill()
        process.communicate(timeout=30)
    last = start(spacectl, counter, "--resume", "--parallel", parallel)
    err = last.communicate(timeout=60)[1].decode()
    assert Tally(counter.names).most_common(1)[0][1] == 1
    states: dict[int, object] = {}
    for line in lines_of(spacectl.home / "journal.jsonl")[1:]:
        states[int(str(line["i"]))] = line.get("state", "unknown")
    assert sorted(states) == list(range(len(NAMES)))
    unknown = [NAMES[number] for number, state in sorted(states.items()) if state == "unknown"]
    # each kill leaves no more than the window in doubt, and each doubt is said
    assert len(unknown) <= 4 * int(parallel)
    assert err.count("nobody knows whether it was done") == len(unknown)
    assert set(NAMES) - set(counter.names) <= set(unknown)
    assert last.returncode == (66 if unknown else 0)


def test_an_interrupted_run_ends_with_130_and_can_go_on(spacectl: Spacectl, counter: Counter) -> None:
    # it is interrupted while the fourth is waited for and the third is printed, however long it took to get there
    counter.held["n3"] = threading.Event()
    (spacectl.home / "rows.jsonl").write_text("".join(json.dumps({"name": name}) + "\n" for name in NAMES))
    process = start(spacectl, counter, "--parallel", "1")
    try:
        wait_for(counter, 4)
        assert process.stdout
        printed = [process.stdout.readline() for _ in range(3)]
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        counter.held["n3"].set()
        process.kill()
    assert process.returncode == 130
    assert err.decode().splitlines() == [
        "interrupted: 30 requests: 3 done, 0 failed, 1 of unknown outcome, 26 not sent"
    ]
    assert ([json.loads(line)["name"] for line in printed], out) == (NAMES[:3], b"")
    start(spacectl, counter, "--resume", "--retry-unknown").communicate(timeout=60)
    assert Tally(counter.names).most_common(2) == [("n3", 2), ("n0", 1)]  # the one in flight was asked for again
    assert set(counter.names) == set(NAMES)


def test_a_server_that_dies_in_the_middle_leaves_a_journal_to_go_on_with(spacectl: Spacectl, counter: Counter) -> None:
    (spacectl.home / "rows.jsonl").write_text("".join(json.dumps({"name": name}) + "\n" for name in NAMES))
    env = {"SPACECTL_TIMEOUT": "60"}
    line = ("exec", "create", "kitchen.Dish", "-o", "jsonl", "--from", "rows.jsonl", "--journal", "journal.jsonl")
    counter.held[NAMES[5]] = threading.Event()  # the middle lasts until the server is dead
    assert counter.server is not None
    with serve(counter.server.api, {"kitchen.v1.Dish/create": counter.answer}) as dying:
        process = spacectl.start(*line, env={**env, "SPACECTL_ENDPOINT_KITCHEN": dying.endpoint})
        wait_for(counter, 6)
    counter.held[NAMES[5]].set()
    err = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 78, err
    assert "error: 30 requests: " in err
    last = spacectl(*line, "--resume", env={**env, **counter.env})
    unknown = last.err.count("nobody knows")
    assert unknown <= 1
    assert Tally(counter.names).most_common(1)[0][1] == 1
    assert len(counter.names) >= len(NAMES) - unknown


def test_a_reader_that_goes_away_ends_it_in_silence_with_all_outcomes_written(
    spacectl: Spacectl, counter: Counter
) -> None:
    counter.seconds = 0.05
    (spacectl.home / "rows.jsonl").write_text("".join(json.dumps({"name": name}) + "\n" for name in NAMES))
    process = start(spacectl, counter, "--parallel", "3")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr.read() == b""
    process.stderr.close()
    if process.stdin is not None:
        process.stdin.close()
    lines = lines_of(spacectl.home / "journal.jsonl")[1:]
    assert len(counter.names) < len(NAMES)
    assert sum("state" in line for line in lines) == len(counter.names) == len(lines) / 2
