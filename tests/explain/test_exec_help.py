from __future__ import annotations

from collections.abc import Callable

from peers.command import Result
from peers.server import Server


def test_the_help_of_exec_with_a_verb_and_a_resource_shows_the_fields_of_that_method(
    spacectl_inprocess: Callable[..., Result], kitchen: Server
) -> None:
    result = spacectl_inprocess("exec", "create", "kitchen.Dish", "--help", "--endpoint", kitchen.endpoint)
    assert result.status == 0, result.err
    assert result.out.startswith("kitchen.Dish.create\n")
    assert "request: CreateDishRequest" in result.out
    explained = spacectl_inprocess("explain", "kitchen.Dish.create", "--endpoint", kitchen.endpoint)
    assert result.out.startswith(explained.out)
    assert "-p KEY=VALUE" in result.out.removeprefix(explained.out)


def test_the_help_of_exec_without_a_resource_is_that_of_the_command(spacectl_inprocess: Callable[..., Result]) -> None:
    for arguments in (("exec", "--help"), ("exec", "-h"), ("exec", "create", "-h")):
        result = spacectl_inprocess(*arguments)
        assert result.status == 0
        assert result.out.startswith("Usage: spacectl exec")


def test_the_help_of_a_method_that_is_not_there_names_the_nearest(
    spacectl_inprocess: Callable[..., Result], kitchen: Server
) -> None:
    result = spacectl_inprocess("--endpoint", kitchen.endpoint, "exec", "crate", "kitchen.Dish", "-h")
    assert result.status == 2
    assert "create" in result.err
