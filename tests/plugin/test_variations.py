"""A correct collector passes every check; one that is broken in one way fails the check that names it, and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from collectors import Collector
from peers.server import Server
from reports import Report
from variations import VARIATIONS

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
    report = check_plugin(server.endpoint, "--secret-data", secret, "--timeout", "1")
    assert report.names("failed") == [expected]
    assert report.status == 1
    failed = report.check(expected)
    assert failed["reason"]
    assert failed["way_out"]
