from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from peers.command import Spacectl
from peers.server import Server


def test_a_descriptor_set_stands_in_for_reflection(
    spacectl: Spacectl, start_kitchen: Callable[..., Server], kitchen_protoset: Path
) -> None:
    server = start_kitchen(reflection=None)
    line = ("--endpoint", server.endpoint, "exec", "create", "kitchen.Dish", "-p", "name=x")
    refused = spacectl(*line)
    assert refused.status == 76
    assert "--protoset" in refused.err
    done = spacectl(*line, "--protoset", str(kitchen_protoset))
    assert (done.status, done.err) == (0, "")
    assert "name: x" in done.out
    for more in (("list", "kitchen.Dish"), ("api-resources",)):
        done = spacectl("--endpoint", server.endpoint, *more, "--protoset", str(kitchen_protoset))
        assert done.status == 0, done.err
