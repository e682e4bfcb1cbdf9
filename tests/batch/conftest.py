"""A server that counts what it is asked, and command lines that send it many requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from counting_server import Counter, Run
from peers.command import Result
from peers.protosets import Api
from peers.server import serve


@pytest.fixture
def counter(kitchen_api: Api) -> Iterator[Counter]:
    made = Counter()
    verbs = dict.fromkeys(("kitchen.v1.Dish/create", "kitchen.v1.Dish/get"), made.answer)
    with serve(kitchen_api, verbs) as made.server:
        yield made


@pytest.fixture
def create(counter: Counter, spacectl_inprocess: Callable[..., Result]) -> Run:
    """Runs `exec create kitchen.Dish -o jsonl` with more arguments."""

    def run(*arguments: str, verb: str = "create", env: dict[str, str] | None = None, **options: Any) -> Result:
        line = ("exec", verb, "kitchen.Dish", "-o", "jsonl", *arguments)
        return spacectl_inprocess(*line, env={**counter.env, **(env or {})}, **options)

    return run


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., str]:
    """Writes JSON lines with these names; the file's name."""

    def write(names: list[str], field: str = "name", file: str = "rows.jsonl") -> str:
        path = tmp_path / file
        path.write_text("".join(json.dumps({field: name}) + "\n" for name in names))
        return str(path)

    return write
