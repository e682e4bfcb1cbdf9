"""A line that is refused for one wrong word ends with the line to type, and that line is not refused for it again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result

Run = Callable[..., Result]


@pytest.fixture
def run(spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A typed line on a sandbox of its own."""
    monkeypatch.chdir(home)
    (home / "key.json").write_text('{"a": "b"}')
    return lambda line: spacectl_inprocess(*shlex.split(line), env={"SPACECTL_ENVIRONMENT": "sandbox"})


def lines(result: Result) -> list[str]:
    assert result.status == 2, result.err
    return [line.removeprefix("spacectl ") for line in re.findall(r"hint: `(spacectl [^`]+)`", result.err)]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (
            "exec register secret.secret -p name=a -p secret_type=CREDENTIALS -p data=@key.json",
            "exec create secret.secret -p name=a -p secret_type=CREDENTIALS -p data=@key.json",
        ),
        ("exec delet identity.Provider -p provider=a", "exec delete identity.Provider -p provider=a"),
        ("rm identity.Provider -p provider=a", "delete identity.Provider -p provider=a"),
        ("exec create secret.UserSecret -p name=a", "exec create secret.Secret -p name=a"),
        ("list server -c server_id,tags.Name", "list inventory.CloudService -c server_id,tags.Name"),
        ("get identity.Providr -p provider=aws", "get identity.Provider -p provider=aws"),
        ("exec delete identity.Provider provider_id=a", "exec delete identity.Provider provider=a"),
        (
            "exec update identity.Provider -p provider=aws -p plugin_info.plugn_id=a",
            "exec update identity.Provider -p provider=aws -p plugin_info.plugin_id=a -p plugin_info.options=VALUE",
        ),
        ("get identity.Provider", "get identity.Provider -p provider=VALUE"),
        (
            "exec create identity.Provider -p provider=a -p plugin_info.plugin_id=x",
            "exec create identity.Provider -p provider=a -p plugin_info.plugin_id=x "
            "-p name=VALUE -p plugin_info.options=VALUE",
        ),
        (
            "exec sync cost_analysis.DataSource -p data_source_id={ data_source_id } -p domain_id = { domain_id }",
            "exec sync cost_analysis.DataSource -p data_source_id=VALUE -p domain_id=VALUE",
        ),
        ("exec create -f create_schema.yaml", "exec create repository.Schema -f create_schema.yaml"),
        (
            "exec register -f register_data_source.yml",
            "exec register cost_analysis.DataSource -f register_data_source.yml",
        ),
    ],
)
def test_the_corrected_line_is_the_first_hint(run: Run, line: str, meant: str) -> None:
    assert lines(run(line))[0] == meant


def test_a_file_is_corrected_in_the_file_and_not_by_options(run: Run, home: Path) -> None:
    (home / "p.yml").write_text("provider: a\nnme: b\n")
    assert not [line for line in lines(run("exec create identity.Provider -f p.yml")) if "VALUE" in line]


def test_a_secret_is_no_part_of_a_corrected_line(run: Run) -> None:
    result = run("exec create identity.User -p user_i=a -p password=hunter22 -p auth_type=LOCAL")
    assert "user_id=a" in lines(result)[0]
    assert "hunter22" not in result.err
