"""What `plugin init` writes, with one line of it broken as authors break it: the check that names it fails, alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result
from reports import Report
from test_plugin_init import served_here, write

BROKEN = {
    "a mapping for a name": ("inventory.Collector", '"group": "Example"', '"group": {"a": 1}', "collect.resource"),
    "a text for data": (
        "inventory.Collector",
        '"data": {"size": "small"',
        '"data": "small", "x": {"y": ""',
        "collect.resource",
    ),
    "init without its provider": (
        "inventory.Collector",
        "def init(request):\n",
        'def init(request):\n    raise PluginError(grpc.StatusCode.UNAVAILABLE, "not yet")\n',
        "init.answers",
    ),
    "keys of the clock": (
        "inventory.Collector",
        '"region_code": "somewhere-1", "provider"',
        '"region_code": str(__import__("time").time_ns()), "provider"',
        "collect.repeat",
    ),
    "no query of a resource": ("monitoring.DataSource", '["data.example"]', "[]", "init.required_keys"),
    "a text for numbers": ("monitoring.DataSource", "[12.5]", '"12.5"', "metric.get_data.data"),
    "more numbers than labels": ("monitoring.DataSource", "[12.5]", "[12.5, 13]", "metric.get_data.lengths"),
    "no labels": ("monitoring.DataSource", '"labels": ["2026-01-01T00:00:00Z"], ', "", "metric.get_data.lengths"),
    "a metric without its query": (
        "monitoring.DataSource",
        '"metric_query": {"name": "cpu"}',
        '"group": "cpu"',
        "metric.list.metrics",
    ),
    "a month for a day": ("cost_analysis.DataSource", "2026-01-31", "2026-01", "cost.get_data.billed_date"),
    "an empty row": (
        "monitoring.DataSource",
        '{"time": "2026-01-01T00:00:00Z", "message": "Something happened"}',
        "{}",
        "log.list.rows",
    ),
    "a day that there is not": ("cost_analysis.DataSource", "2026-02-01", "2026-02-30", "cost.get_data.billed_date"),
    "a kind of data that nobody knows": ("notification.Protocol", '"PLAIN_TEXT"', '"TEXT"', "init.data_type"),
    "an event that nobody knows": ("monitoring.Webhook", '"ALERT"', '"FIRING"', "event.parse.events"),
    "an account twice": (
        "identity.AccountCollector",
        '"results": [\n',
        '"results": [{"name": "b", "data": {"a": "b"}, "resource_id": "123456789012"},\n',
        "sync.unique",
    ),
    "a user without an identifier": (
        "identity.Auth",
        '"user_id": "somebody", "name": "Somebody", "state": "ENABLED"}]',
        '"name": "x"}]',
        "find.users",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_by_hand_fails_exactly_the_check_that_names_it(
    name: str, check_plugin: Callable[..., Report], spacectl_inprocess: Callable[..., Result], home: Path
) -> None:
    interface, right, broken, check = BROKEN[name]
    folder = write(spacectl_inprocess, home, interface)
    text = (folder / "plugin.py").read_text()
    assert right in text
    (folder / "plugin.py").write_text(text.replace(right, broken, 1))
    with served_here(folder) as endpoint:
        report = check_plugin(endpoint, "--dir", str(folder / "test"))
    assert report.names("failed", "warned") == [check]
