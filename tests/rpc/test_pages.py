"""Lists that do not hold still while their pages are fetched, and servers that page in ways of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import pytest
from google.protobuf.message import Message
from peers.command import Result
from peers.protosets import Api
from peers.server import Exchange, serve

Run = Callable[..., Result]
Rows = Sequence[str]
Listed = tuple[list[str], str]
TEN = [f"dish-{number:02}" for number in range(10)]


class Shelf:
    """A list of names whose content may depend on how many pages were asked for before."""

    def __init__(
        self, content: Callable[[int], Rows], *, cap: int = 1000, total: bool = True, starts: bool = True
    ) -> None:
        self.content, self.cap, self.total, self.starts = content, cap, total, starts
        self.asked: list[tuple[int, int]] = []

    def answer(self, exchange: Exchange) -> Iterator[Message]:
        page = next(exchange.requests).query.page
        rows = self.content(len(self.asked))
        self.asked.append((page.start, page.limit))
        start = max(page.start, 1) - 1 if self.starts else 0
        shown = rows[start : start + min(page.limit or len(rows), self.cap)]
        total = {"total_count": len(rows)} if self.total else {}
        yield exchange.reply(results=[{"dish_id": name} for name in shown], **total)


@pytest.fixture
def listed(kitchen_api: Api, spacectl_inprocess: Run) -> Callable[..., Listed]:
    """What `list --all-pages` with pages of 4 shows of a shelf."""

    def run(shelf: Shelf, *more: str) -> Listed:
        with serve(kitchen_api, {"kitchen.v1.Dish/list": shelf.answer}) as server:
            line = ("list", "kitchen.Dish", "--all-pages", "--page-size", "4", "-o", "jsonl", *more)
            result = spacectl_inprocess(*line, env={"SPACECTL_ENDPOINT_KITCHEN": server.endpoint})
        assert result.status == 0
        return [json.loads(row)["dish_id"] for row in result.out.splitlines()], result.err

    return run


def test_a_list_that_holds_still_is_whole_and_nothing_is_said(listed: Callable[..., Listed]) -> None:
    shelf = Shelf(lambda asked: TEN)
    assert listed(shelf) == (TEN, "")
    assert shelf.asked == [(1, 4), (5, 4), (9, 4)]


def test_a_row_that_is_added_comes_twice_at_the_edge_and_is_said(
    listed: Callable[..., Listed],
) -> None:
    rows, err = listed(Shelf(lambda asked: TEN if asked == 0 else ["dish-new", *TEN]))
    assert rows.count("dish-03") == 2
    assert "the total changed from 10 to 11" in err
    assert "1 row came twice" in err


def test_a_row_that_is_taken_away_is_said_as_another_is_passed_over(
    listed: Callable[..., Listed],
) -> None:
    rows, err = listed(Shelf(lambda asked: TEN if asked == 0 else TEN[1:]))
    assert "dish-04" not in rows
    assert "the total changed from 10 to 9" in err


def test_rows_that_a_server_counts_and_does_not_give_are_said_to_be_missing(
    kitchen_api: Api, spacectl_inprocess: Run
) -> None:
    def answer(exchange: Exchange) -> Iterator[Message]:
        start = next(exchange.requests).query.page.start
        yield exchange.reply(results=[{"dish_id": "dish-1"}, {"dish_id": "dish-2"}][start - 1 :], total_count=5)

    with serve(kitchen_api, {"kitchen.v1.Dish/list": answer}) as server:
        env = {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint}
        result = spacectl_inprocess("list", "kitchen.Dish", "--all-pages", "-o", "jsonl", env=env)
    assert result.out.count("\n") == 2
    assert "3 of 5 rows did not come" in result.err


@pytest.mark.parametrize("total", [True, False])
def test_a_server_that_gives_smaller_pages_than_it_was_asked_for_gives_all_the_same(
    total: bool, listed: Callable[..., Listed]
) -> None:
    assert listed(Shelf(lambda asked: TEN, cap=3, total=total)) == (TEN, "")


def test_a_server_that_knows_no_pages_and_no_total_is_not_asked_for_ever(
    listed: Callable[..., Listed],
) -> None:
    shelf = Shelf(lambda asked: TEN, total=False, starts=False)
    rows, err = listed(shelf)
    assert rows == TEN[:4]
    assert len(shelf.asked) == 2
    assert "the same page again" in err


def test_rows_that_look_alike_are_no_rows_that_came_twice(
    listed: Callable[..., Listed],
) -> None:
    alike = ["same"] * 10
    assert listed(Shelf(lambda asked: alike), "-c", "dish_id") == (alike, "")
