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


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("-o json list plugin -l 1", "list plugin -l 1 -o json"),
        ("-p name=a exec register plugin", "exec register plugin -p name=a"),
        ("exec plugin list -c name", "list plugin -c name"),
        ("exec repository.Plugin register -p name=a", "exec register repository.Plugin -p name=a"),
        ("exec list plugin -c name -l 2", "list plugin -c name -l 2"),
        ("repository.Plugin list -l 1", "list repository.Plugin -l 1"),
        ("--timeout 9 repository.Plugin register", "--timeout 9 exec register repository.Plugin"),
        ("plugin list -l 2", "list plugin -l 2"),
        ("skeleton repository.Plugin register", "skeleton register repository.Plugin"),
        ("skeleton repository.Plugin.register", "skeleton register repository.Plugin"),
        ("validate repository.Plugin register -f x.yml", "validate register repository.Plugin -f x.yml"),
        ("explain repository.Plugin register", "explain repository.Plugin.register"),
        ("explain register repository.Plugin", "explain repository.Plugin.register"),
        ("explain repository.Plugin register tags -o json", "explain repository.Plugin.register.tags -o json"),
    ],
)
def test_words_in_the_wrong_order_are_put_in_the_right_one(run: Run, line: str, meant: str) -> None:
    assert lines(run(line))[0] == meant


def test_a_value_without_its_field_is_corrected_with_all_that_was_typed_beside_it(run: Run) -> None:
    corrected = lines(run("update plugin plugin-x tags.a=1 -p name=b"))[0]
    assert corrected == "exec update repository.Plugin -p plugin_id=plugin-x -p name=b -p tags.a=1"


@pytest.mark.parametrize(
    "line", ["LIST plugin -c name -l 1", "Get plugin plugin-azure-inven-collector", "EXEC LIST pg"]
)
def test_commands_match_in_any_case(run: Run, line: str) -> None:
    result = run(line)
    assert (result.status, result.err) == (0, "")
    assert result.out


def test_an_option_without_its_value_is_named_as_typed_with_the_help_of_its_command(run: Run) -> None:
    result = run("list plugin -p")
    assert (result.status, result.err.splitlines()) == (
        2,
        ["error: Option '-p' requires an argument", "hint: `spacectl list --help` shows how"],
    )


@pytest.mark.parametrize("value", ["-m", "-p", "--", "-l"])
def test_the_value_of_an_option_may_look_like_an_option(run: Run, value: str) -> None:
    result = run(f"register plugin -p {value}=x -p name=a -p image=b -p service_type=c --dry-run")
    assert f"error: -p {value}: unknown field" in result.err


@pytest.mark.parametrize("line", ["get repository.Plugin/", "get /plugin", "get /"])
def test_half_a_name_with_a_slash_is_refused_before_anything_is_sent(run: Run, line: str) -> None:
    result = run(line)
    assert (result.status, result.err.splitlines()[0]) == (2, f"error: {line.split()[1]!r} is no RESOURCE/ID")


def test_a_filter_of_api_resources_that_nothing_matches_is_an_error_with_the_nearest(run: Run) -> None:
    result = run("api-resources repositry")
    assert (result.status, result.out) == (2, "")
    assert "hint: did you mean `spacectl api-resources repository`?" in result.err


def test_the_empty_name_of_a_file_is_refused(run: Run) -> None:
    assert run("register plugin -f ''").err.startswith("error: -f '': the name of a file is due\n")


def test_a_name_is_made_of_the_id_whichever_columns_are_chosen(run: Run) -> None:
    result = run("list plugin -c name -p provider=azure -o name")
    assert (result.status, result.out) == (0, "repository.Plugin/plugin-azure-inven-collector\n")


def test_all_files_that_cannot_be_read_are_named_at_once(run: Run, home: Path) -> None:
    (home / "several").mkdir()
    for name, text in {"a.yml": "a: [", "b.yml": "- x", "c.json": '{"a": 1', "d.yml": "name: a"}.items():
        (home / "several" / name).write_text(text)
    result = run("register plugin -f several -f none.yml")
    assert result.status == 2
    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    for name in ("several/a.yml:", "several/b.yml:", "several/c.json:", "-f none.yml:"):
        assert sum(line.startswith(f"error: {name}") for line in errors) == 1
    assert len(errors) == 4


@pytest.mark.parametrize("index", ["[-1]", "[+1]", "[9999999]"])
def test_a_position_that_there_cannot_be_is_no_hint_to_replace_the_list(run: Run, index: str) -> None:
    result = run(f"register plugin -p labels{index}=a")
    assert result.status == 2
    assert result.err.startswith(f"error: -p labels{index}=a: {index} is no position, which counts from 0, in the path")
    assert "labels=a" not in result.err


@pytest.mark.parametrize("line", ["lis\udcff plugin", "list plugin\udcff", "register plugin -p registry_type=\udcff"])
def test_bytes_that_are_no_text_are_a_wrong_word_and_no_bug(run: Run, line: str) -> None:
    result = run(line)
    assert result.status == 2
    assert result.err.startswith("error: ")
    assert "internal error" not in result.err
