"""The same answer is the same text, byte for byte, from release to release."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from golden_cases import CASES
from peers.command import Result
from peers.protosets import Api
from peers.server import Server

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_printed_byte_for_byte(
    name: str,
    cloudforet_api: Api,
    start_recorder: Callable[..., Server],
    spacectl_inprocess: Callable[..., Result],
    configure: Callable[..., None],
) -> None:
    line, answers = CASES[name]
    configure(start_recorder(cloudforet_api, answers))
    result = spacectl_inprocess(*shlex.split(line))
    assert (result.status, result.err) == (0, "")
    assert result.out_bytes == (GOLDEN / f"{name}.out").read_bytes()


def test_every_golden_file_has_a_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.out")} == set(CASES)
