from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from peers.command import Result, Spacectl
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


def test_a_descriptor_set_that_cannot_be_read_is_said_though_reflection_would_do(
    spacectl_inprocess: Callable[..., Result], kitchen: Server
) -> None:
    for name in ("gone.binpb", "."):
        result = spacectl_inprocess("--endpoint", kitchen.endpoint, "list", "kitchen.Menu", "--protoset", name)
        assert (result.status, result.out) == (2, "")
        assert result.err.startswith(f"error: cannot read the descriptor set {name}: ")
    assert kitchen.calls == []
