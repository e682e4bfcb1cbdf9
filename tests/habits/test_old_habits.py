"""Command lines that never worked as they were published: each works now, or says the line to type instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from peers.command import Result

from spacectl.cli import cli
from spacectl.commands import word_order

Run = Callable[..., Result]
SANDBOX = ("--environment", "sandbox")
PROVIDER = {"provider": "nutanix", "name": "Nutanix", "plugin_info": {"plugin_id": "plugin-x", "version": "1.0"}}


@pytest.fixture
def run(spacectl_inprocess: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on a sandbox of its own, in its home."""
    monkeypatch.chdir(home)
    return lambda *arguments, **options: spacectl_inprocess(*SANDBOX, *arguments, **options)


def write(home: Path, name: str, content: Any) -> None:
    (home / name).write_text(yaml.safe_dump(content))


@pytest.fixture
def provider(run: Run, home: Path) -> dict[str, Any]:
    """A provider that is there, and a file of one."""
    write(home, "provider.yaml", PROVIDER)
    created = run("exec", "create", "identity.Provider", "-p", "provider=nutanix", "-p", "name=Nutanix", "-o", "json")
    assert created.status == 0, created.err
    return PROVIDER


@pytest.mark.parametrize(
    "line",
    [
        "api_resources",
        "api-resources identity.Provider",
        "delete identity.Provider -p provider=nutanix",
        "exec delete identity.Provider provider=nutanix",
        "exec delete identity.Provider -p provider = nutanix",
        "exec get identity.Provider nutanix -o yaml",
        """exec update identity.Provider -p provider=nutanix -j tags='{"a": "b"}'""",
        "exec update identity.Provider -p provider=nutanix -p tags.a=b",
        """exec update identity.Provider -p provider=nutanix -p tags='{"a":"b"}'""",
        "exec list secret.secret",
        "exec -h",
        "list domain -o csv",
    ],
)
def test_a_line_that_was_meant_well_works(run: Run, provider: dict[str, Any], line: str) -> None:
    result = run(*shlex.split(line))
    assert result.status == 0, result.err


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        (
            "exec register repository.Plugin -c plugin.yaml",
            "spacectl {0} exec register repository.Plugin -f plugin.yaml",
        ),
        ("exec create -f provider.yaml", "spacectl {0} exec create identity.Provider -f provider.yaml"),
        ("exec delete -f provider.yaml", "spacectl {0} exec delete identity.Provider -f provider.yaml"),
        ("delete -f provider.yaml", "spacectl {0} exec delete identity.Provider -f provider.yaml"),
        ("exec list identity.Domain --query '{}'", """spacectl {0} exec list identity.Domain -j '{{"query": {{}}}}'"""),
        ("create secret nutanix_prod", "spacectl exec create secret.Secret -p name=nutanix_prod"),
        ("exec --plugin plugin-x --method Plugin/init", "exec init inventory.Collector"),
        ("config set_api_key abcdefgh", "spacectl config set api_key VALUE"),
        ("config set api_key api_key: abcdefgh", "spacectl config set api_key VALUE"),
        ("login", "spacectl config init"),
        ("configure", "spacectl config init"),
    ],
)
def test_a_line_that_cannot_work_ends_with_the_one_to_type(run: Run, line: str, corrected: str) -> None:
    result = run(*shlex.split(line))
    assert result.status == 2
    assert corrected.format(" ".join(SANDBOX)) in result.err
    assert "abcdefgh" not in result.err


def test_a_placeholder_that_nobody_filled_in_is_named(run: Run) -> None:
    line = "exec sync cost_analysis.DataSource -p data_source_id={ data_source_id } -p domain_id = { domain_id }"
    result = run(*shlex.split(line))
    assert result.status == 2
    assert "data_source_id" in result.err
    assert "placeholder" in result.err


def test_a_password_in_a_corrected_line_is_masked(run: Run) -> None:
    result = run("exec", "create", "-p", "user_id=a@example.com", "-p", "password=hunter22")
    assert result.status == 2
    assert "password=****" in result.err
    assert "hunter22" not in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("-p", "password hunter22"),
        ("-p", "password: hunter22"),
        ("password hunter22",),
        ("-p", "password=@hunter22"),
        ("-j", '{"tags": {"password": hunter22}}'),
        ("-p", 'tags:={"password": hunter22}'),
        ("-j", '{"secret_data": "hunter22hunter22hunter22hunter22hunter22hunter22hunter22\\nhunter22"}'),
        ("-f", "-", "secret_data: !hunter22 x"),
        ("-f", "-", "secret_data: {password: *hunter22}"),
        ("-f", "-", '{"password": hunter22'),
        ("-f", "-", "data: {password: 012345hunter22, tokens: [{a: 02277}]}", "--strict"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_with_a_secret_is_said_without_it(run: Run, words: tuple[str, ...]) -> None:
    given, stdin, more = (words[:2], words[2], words[3:]) if len(words) > 2 else (words, "", ())
    result = run(*SANDBOX, "exec", "create", "identity.ServiceAccount", *given, *more, stdin=stdin)
    assert result.status == 2
    assert "****" in result.err
    assert "22" not in result.err


def hints(result: Result) -> list[str]:
    """The commands that an error names, between back quotes."""
    return re.findall(r"`(spacectl [^`]+)`", result.err)


def test_a_required_field_that_is_missing_is_shown_in_the_file_and_by_its_path(run: Run, home: Path) -> None:
    (home / "provider.yaml").write_text("provider: nutanix\nname: Nutanix\nplugin_info:\n  plugin_id: plugin-x\n")
    result = run("exec", "create", "identity.Provider", "-f", "provider.yaml")
    assert result.status == 2 or result.status == 67
    assert re.search(r"provider\.yaml:[34]:\d+: plugin_info\.options", result.err)
    (home / "provider.yaml").write_text(
        "provider: nutanix\nname: Nutanix\nplugin_info:\n  plugin_id: plugin-x\n  options: {}\n"
    )
    assert run("exec", "create", "identity.Provider", "-f", "provider.yaml").status == 0


def test_the_name_of_a_field_in_camel_case_is_understood(run: Run, home: Path) -> None:
    write(home, "p.yaml", {"provider": "nutanix", "name": "N", "pluginInfo": {"pluginId": "p", "options": {}}})
    assert run("exec", "create", "identity.Provider", "-f", "p.yaml").status == 0


def test_get_without_its_key_says_what_it_wants(run: Run) -> None:
    result = run("get", "identity.Provider")
    assert result.status in (2, 67)
    assert "provider" in result.err
    assert "required" in result.err


def test_no_published_line_that_is_broken_is_forgotten() -> None:
    table = Path(__file__).parents[3] / "shared" / "compat" / "commands.tsv"
    if not table.exists():
        pytest.skip("the table of published lines is not here")
    broken = [row.split("\t")[1] for row in table.read_text().splitlines() if row.startswith("broken\t")]
    here = Path(__file__).read_text() + "apply list server"
    unknown = [line for line in broken if shlex.split(line)[1] not in here]
    assert not unknown


def test_every_option_without_a_value_is_known_as_one() -> None:
    flags = {
        name
        for command in (cli, *(cli.get_command(click.Context(cli), name) for name in ("exec", "list", "get", "stat")))
        if command is not None
        for option in command.params
        if isinstance(option, click.Option) and option.is_flag
        for name in option.opts
    }
    assert flags <= word_order._WITHOUT_VALUE
