"""Shares of an input: each request in exactly one, the same on every run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from counting_server import Counter, Run, answered
from hypothesis import given
from hypothesis import strategies as st

from spacectl.batch.share import Share, read_share
from spacectl.errors import UsageError


@given(st.integers(1, 50), st.integers(0, 500))
def test_every_position_belongs_to_exactly_one_share(count: int, position: int) -> None:
    assert sum(Share(number, count).has(position) for number in range(count)) == 1


def test_the_option_beats_the_variables_and_without_either_it_is_the_whole() -> None:
    variables = {"JOB_COMPLETION_INDEX": "2", "SPACECTL_SHARDS": "3"}
    assert read_share(None, variables) == Share(2, 3)
    assert read_share("0/2", variables) == Share(0, 2)
    assert read_share(None, {"JOB_COMPLETION_INDEX": "2"}) == Share(0, 1)


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        ("4/4", {}, "--shard 4/4: shares are counted from 0"),
        ("0/0", {}, "--shard 0/0: shares are counted from 0"),
        ("1", {}, "--shard 1: not I/N"),
        ("-1/2", {}, "--shard -1/2: not I/N"),
        (None, {"SPACECTL_SHARDS": "3"}, "JOB_COMPLETION_INDEX is not set"),
        (None, {"SPACECTL_SHARDS": "3", "JOB_COMPLETION_INDEX": "3"}, "JOB_COMPLETION_INDEX=3, SPACECTL_SHARDS=3"),
    ],
)
def test_a_share_that_cannot_be_is_refused(text: str | None, environ: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_share(text, environ)
    assert words in caught.value.message


def test_the_shares_of_a_batch_together_are_the_batch(
    counter: Counter, create: Run, write_rows: Callable[..., str]
) -> None:
    names = [f"n{number}" for number in range(11)]
    rows = write_rows(names)
    parts = [
        answered(create("--from", rows, env={"SPACECTL_SHARDS": "3", "JOB_COMPLETION_INDEX": str(index)}))
        for index in range(3)
    ]
    assert parts == [names[0::3], names[1::3], names[2::3]]
    assert sorted(counter.names) == sorted(names)


def test_a_dry_run_shows_the_share_that_the_variables_name(counter: Counter, create: Run, tmp_path: Path) -> None:
    file = tmp_path / "dishes.yml"
    file.write_text("".join(f"name: dish-{number}\n---\n" for number in range(7)))
    env = {"JOB_COMPLETION_INDEX": "1", "SPACECTL_SHARDS": "3"}
    shown = create("-f", str(file), "--dry-run", env=env)
    assert answered(shown) == ["dish-1", "dish-4"]
    assert counter.names == []
    assert answered(create("-f", str(file), env=env)) == answered(shown)


def test_a_single_request_is_not_shared_out(counter: Counter, create: Run) -> None:
    result = create("-p", "name=a", env={"SPACECTL_SHARDS": "3", "JOB_COMPLETION_INDEX": "2"})
    assert (result.status, counter.names) == (0, ["a"])
