"""A terminal session with the old command that never reached its goal, typed again.

The goal: register a new identity.Provider from a file, look at it, correct it, delete it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result

Run = Callable[..., Result]
CREATE = "exec create identity.Provider -p provider=a -p name=b"
INCOMPLETE = "provider: nutanix\nname: Nutanix\nplugin_info:\n  plugin_id: plugin-nutanix\n  version: '1.0'\n"


@pytest.fixture
def run(spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A typed line, on a sandbox of its own, in a directory with the file."""
    monkeypatch.chdir(home)
    (home / "provider.yaml").write_text(INCOMPLETE)
    return lambda line, **options: spacectl_inprocess("--environment", "sandbox", *shlex.split(line), **options)


def named(result: Result) -> list[str]:
    """The commands that a message names."""
    return [line.removeprefix("spacectl ") for line in re.findall(r"`(spacectl [^`]+)`", result.err + result.out)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("exec delete -f provider.yaml", "exec delete identity.Provider -f provider.yaml"),
        ("delete -f provider.yaml", "exec delete identity.Provider -f provider.yaml"),
        ("exec delete identity.Provider provider_id=nutanix", "did you mean provider?"),
        ("exec delete identity.Provider", "provider is required"),
        ("exec delete identity.Provider key=nutanix", "the fields are {provider"),
        ("get identity.Provider", "provider is required"),
        ("delete identity.Provider -p provider=nutanix", "ERROR_NOT_FOUND"),
        ("exec create identity.Provider -f /tmp/not-here/provider.yaml", "-f -"),
        ("exec create identity.Provider -f provider.yaml", "provider.yaml:3:1: plugin_info.options is required"),
        ("exec update_plugin identity.Provider -p provider=nutanix -p plugin_id=plugin-x", "unknown field"),
    ],
)
def test_what_fails_says_what_would_have_helped(run: Run, line: str, words: str) -> None:
    result = run(line)
    assert result.status != 0
    assert words in result.err
    assert "upgradeMode" not in result.err, "names are those of the API, in snake case"


@pytest.mark.parametrize(
    "line",
    [
        "exec -h",
        "exec delete --help",
        "api-resources identity.Provider",
        f"{CREATE} -p plugin_info.plugin_id=plugin-x -p 'plugin_info.options:={{}}'",
        f"""{CREATE} -p plugin_info='{{"plugin_id":"plugin-x","options":{{}}}}'""",
        f"""{CREATE} -j plugin_info='{{"plugin_id":"plugin-x","options":{{}}}}'""",
    ],
)
def test_what_failed_with_the_old_command_works(run: Run, line: str) -> None:
    result = run(line)
    assert result.status == 0, result.err


def test_a_file_given_on_standard_input_needs_no_file_where_the_command_runs(run: Run, home: Path) -> None:
    complete = INCOMPLETE + "  options: {}\n"
    assert run("exec create identity.Provider -f -", stdin=complete).status == 0


def test_from_the_first_error_the_goal_is_three_commands_away_each_named_by_the_message_before(
    run: Run, home: Path
) -> None:
    first = run("exec create identity.Provider -f provider.yaml")
    assert first.status == 2
    assert "skeleton create identity.Provider" in named(first)
    skeleton = run("skeleton create identity.Provider")
    assert "spacectl exec create identity.Provider -f FILE" in skeleton.out
    assert "options: !fill object" in skeleton.out
    (home / "provider.yaml").write_text(INCOMPLETE + "  options: {}\n")
    created = run("exec create identity.Provider -f provider.yaml")
    assert created.status == 0, created.err
    assert run("get identity.Provider nutanix").status == 0
    corrected = run("exec update identity.Provider -p provider=nutanix -p name='Nutanix Prism'")
    assert "Nutanix Prism" in corrected.out
    assert run("delete identity.Provider -p provider=nutanix").status == 0
    assert run("get identity.Provider nutanix").status == 69
