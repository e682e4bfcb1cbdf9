"""Colours: on terminals that show them, unless somebody said otherwise; the option beats every variable."""

from __future__ import annotations

import pytest
from peers.command import Spacectl

RED = "\x1b[31merror:\x1b[0m "


@pytest.mark.parametrize(
    ("arguments", "env", "on_terminal", "coloured"),
    [
        ((), {}, True, True),
        ((), {}, False, False),
        ((), {"NO_COLOR": "1"}, True, False),
        ((), {"NO_COLOR": ""}, True, True),
        ((), {"TERM": "dumb"}, True, False),
        ((), {"FORCE_COLOR": "1"}, False, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, True, False),
        (("--color=always",), {"NO_COLOR": "1"}, False, True),
        (("--color", "auto"), {}, False, False),
    ],
)
def test_an_error_is_red_where_colours_are_shown(
    spacectl: Spacectl, arguments: tuple[str, ...], env: dict[str, str], on_terminal: bool, coloured: bool
) -> None:
    for line in ((*arguments, "get", "nope"), ("get", "nope", *arguments)):
        done = spacectl(*line, env=env, tty=["stderr"] if on_terminal else False)
        assert done.status == 2
        assert done.err.startswith(RED if coloured else "error: ")
        assert done.err.count("\x1b") == (2 if coloured else 0)


def test_no_other_colour_is_taken(spacectl: Spacectl) -> None:
    done = spacectl("--color", "blue", "get", "nope")
    assert done.status == 2
    assert "'auto', 'always', 'never'" in done.err
