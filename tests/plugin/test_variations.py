"""A correct collector passes every check; one that is broken in one way fails the check that names it, and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from collectors import Collector, resources
from peers.server import Server
from reports import Report
from variations import HANGING, VARIATIONS

Start = Callable[..., Server]


def test_a_correct_collector_passes_all_checks(
    collector: Collector, start_plugin: Start, check_plugin: Callable[..., Report], secret: str
) -> None:
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint, "--secret-data", secret)
    assert report.names("failed", "warned") == []
    assert report.names("skipped") == ["get_tasks.rpc"]
    assert report.status == 0


@pytest.mark.parametrize("name", VARIATIONS)
def test_what_is_broken_fails_exactly_the_check_that_names_it(
    name: str, collector: Collector, start_plugin: Start, check_plugin: Callable[..., Report], secret: str
) -> None:
    expected, break_it = VARIATIONS[name]
    break_it(collector)
    server = start_plugin(collector.api, collector.behaviours())
    line = ("--secret-data", secret, *(("--timeout", "2") if name in HANGING else ()))
    report = check_plugin(server.endpoint, *line, settles=name in HANGING)
    assert report.names("failed") == [expected]
    assert report.status == 1
    failed = report.check(expected)
    assert failed["reason"]
    assert failed["way_out"]


def test_a_stream_of_one_resource_has_no_middle_to_cancel_it_in(
    collector: Collector, start_plugin: Start, check_plugin: Callable[..., Report]
) -> None:
    collector.found = collector.found[:1]
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint)
    cancel = report.check("collect.cancel")
    assert (cancel["state"], cancel["detail"]) == (
        "skipped",
        "the stream had one message: there is no middle to cancel it in",
    )
    assert report.names("failed") == []
    collector.found = resources()[:2]
    assert check_plugin(server.endpoint).check("collect.cancel")["detail"] == "after 1 of 2 messages"


def test_a_collection_without_a_single_success_is_a_warning(
    collector: Collector, start_plugin: Start, check_plugin: Callable[..., Report]
) -> None:
    collector.found = [collector.found[-1]] * 3
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint)
    assert (report.status, report.names("failed", "warned")) == (0, ["collect.complete"])
    assert report.check("collect.complete")["detail"] == "it ended in order, and none of 3 resources is a SUCCESS"
