from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml


def settings(base: Path, name: str = "default") -> dict[str, object]:
    return yaml.safe_load((base / "environments" / f"{name}.yml").read_text())


def make(base: Path, name: str, text: str = "{}\n") -> Path:
    path = base / "environments" / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if not (base / "environment.yml").exists():
        (base / "environment.yml").write_text(f"environment: {name}\n")
    return path


def test_init_makes_the_default_environment_and_switches_to_it(run, base: Path) -> None:
    assert run("config", "init").out == "'default' environment has been created.\n"
    assert yaml.safe_load((base / "environment.yml").read_text()) == {"environment": "default"}
    assert settings(base) == {}


def test_every_file_that_is_written_is_private(run, base: Path) -> None:
    run("config", "init")
    run("config", "set", "api_key", "x")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (base, base / "environments")] == [0o700, 0o700]
    for path in (base / "environment.yml", base / "environments" / "default.yml"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "option", "environ", "name"),
    [
        (["-e", "dev"], "stage", {"SPACECTL_ENVIRONMENT": "prod"}, "dev"),
        ([], "stage", {"SPACECTL_ENVIRONMENT": "prod"}, "stage"),
        ([], None, {"SPACECTL_ENVIRONMENT": "prod"}, "prod"),
    ],
)
def test_init_takes_the_name_from_option_then_variable(run, base: Path, arguments, option, environ, name) -> None:
    run("config", "init", *arguments, option=option, environ=environ)
    assert (base / "environments" / f"{name}.yml").exists()


def test_init_of_an_existing_environment_keeps_its_settings_and_says_so(run, base: Path) -> None:
    make(base, "dev", "api_key: keep\n")
    make(base, "other")
    (base / "environment.yml").write_text("environment: other")
    assert run("config", "init", "-e", "dev").out == "Switched to 'dev' environment.\n"
    assert settings(base, "dev") == {"api_key": "keep"}


def test_init_with_a_file_replaces_the_settings_by_its_very_text(run, base: Path, tmp_path: Path) -> None:
    make(base, "dev", "api_key: old\n")
    text = "# from the console\ntoken: 'new'\nendpoints:\n  identity: grpc://localhost:1\n"
    (tmp_path / "f.yml").write_text(text)
    assert (
        run("config", "init", "-e", "dev", "-f", str(tmp_path / "f.yml")).out
        == "'dev' environment has been replaced.\n"
    )
    assert (base / "environments" / "dev.yml").read_text() == text
    assert run("config", "init", "-e", "two", "-f", "-", stdin=text).out == "'two' environment has been created.\n"
    assert (base / "environments" / "two.yml").read_text() == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a", ["a mapping is due"]),
        ("a: [", ["stdin:"]),
        ("endpoints: [a]", ["endpoints: a mapping is due"]),
        (
            "endpoints: {identity: 'localhost:1', cost: 'grpc://x'}",
            ["endpoints.identity: malformed", "endpoints.cost: malformed"],
        ),
        ('api_key: "a\\nb"\nendpoints: {identity: x}', ["api_key: the value has more", "endpoints.identity"]),
        ("api_key: '****abcd'", ["api_key: the value is masked"]),
    ],
)
def test_init_refuses_a_wrong_file_with_every_problem_and_changes_nothing(run, base: Path, text: str, words) -> None:
    outcome = run("config", "init", "-f", "-", stdin=text)
    assert outcome.status == 2
    assert all(word in outcome.message for word in words)
    assert not base.exists()


def test_init_refuses_a_file_that_is_not_there(run, base: Path) -> None:
    outcome = run("config", "init", "-f", "/nowhere.yml")
    assert (outcome.status, outcome.message) == (2, "cannot read /nowhere.yml: No such file or directory")
    assert not base.exists()


def test_set_writes_a_text_that_stays_a_text_and_keeps_every_other_key(run, base: Path) -> None:
    path = make(base, "dev", "unknown:\n  nested: [1, 2022-01-01]\nflag: yes\napi_key: old\n")
    assert run("config", "set", "api_key", "0123").out == ""
    assert path.read_text() == "unknown:\n  nested: [1, 2022-01-01]\nflag: yes\napi_key: '0123'\n"


def test_set_of_an_empty_value_sends_no_header(run, base: Path) -> None:
    make(base, "dev", "x_domain_id: domain-1\n")
    run("config", "set", "x_domain_id", "")
    assert settings(base, "dev") == {"x_domain_id": ""}


def test_set_reads_a_secret_from_stdin(run, base: Path) -> None:
    make(base, "dev")
    assert run("config", "set", "api_key", "-", stdin="s3cret\n").status == 0
    assert settings(base, "dev") == {"api_key": "s3cret"}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("api_key", "a\nb", "api_key: the value has more than one line"),
        ("token", "é", "token: the value has characters other than printable ASCII"),
        ("endpoints", "x", "endpoints have their own command"),
        ("endpoints.identity", "grpc://x:1", "endpoints have their own command"),
        ("", "x", "cannot be the name of a setting"),
        ("note", "\udcff", "note: the value is not UTF-8"),
    ],
)
def test_set_refuses_what_no_call_could_use(run, base: Path, key: str, value: str, words: str) -> None:
    path = make(base, "dev", "a: 1\n")
    outcome = run("config", "set", key, value)
    assert (outcome.status, words in outcome.message) == (2, True)
    assert path.read_text() == "a: 1\n"


def test_remove_takes_one_key_away_and_refuses_an_unknown_one(run, base: Path) -> None:
    path = make(base, "dev", "api_key: x\nother: 0123\n")
    assert run("config", "remove", "api_key").status == 0
    assert path.read_text() == "other: 0123\n"
    outcome = run("config", "remove", "othre")
    assert (outcome.status, outcome.message) == (2, "environment 'dev' has no setting 'othre'; did you mean other?")


def test_show_masks_secrets_until_asked(run, base: Path) -> None:
    long = "abcdefghijklmnopqrstuvwxyz"
    jwt = "eyJhbGciOi.eyJzdWIiOi.c2ln"
    text = {
        "token": long,
        "api_key": "short",
        "refresh_token": "",
        "note": jwt,
        "db": {"password": "hunter2", "user": "me"},
    }
    make(base, "dev", yaml.safe_dump({**text, "x_domain_id": "domain-1", "endpoints": {"secret": "grpc://x:1"}}))
    shown = yaml.safe_load(run("config", "show").out)
    assert shown["token"] == "****wxyz"
    assert shown["api_key"] == "****"
    assert shown["refresh_token"] == ""
    assert shown["note"] == "****c2ln"
    assert shown["db"] == {"password": "****", "user": "me"}
    assert shown["x_domain_id"] == "domain-1"
    assert shown["endpoints"] == {"secret": "grpc://x:1"}
    assert json.loads(run("config", "show", "-o", "json", "--show-secrets").out)["token"] == long


def test_show_prints_what_calls_use_variables_included(run, base: Path) -> None:
    make(base, "dev", "token: t\nendpoints: {identity: 'grpc://file:1'}\n")
    environ = {"SPACECTL_API_KEY": "from-variable", "SPACECTL_ENDPOINT_IDENTITY": "grpc://variable:1"}
    shown = yaml.safe_load(run("config", "show", "--show-secrets", environ=environ).out)
    assert shown == {"api_key": "from-variable", "endpoints": {"identity": "grpc://variable:1"}}


def test_what_show_prints_can_be_given_back_to_init(run, base: Path) -> None:
    make(base, "dev", "api_key: 0123\nnote: 1.10\nendpoints: {identity: 'grpc://x:1'}\n")
    shown = run("config", "show", "--show-secrets").out
    assert run("config", "init", "-e", "copy", "-f", "-", stdin=shown).status == 0
    assert run("config", "show", "--show-secrets", "-e", "copy").out == shown


def test_environments_are_listed_with_the_current_one_and_the_sandbox_last(run, base: Path) -> None:
    assert run("config", "environment").out == "sandbox\n"
    for name in ("zeta", "alpha"):
        make(base, name)
    assert run("config", "environment").out == "alpha\nzeta (current)\nsandbox\n"
    assert run("config", "environment", option="alpha").out == "alpha (current)\nzeta\nsandbox\n"
    assert run("config", "environment", "-s", "sandbox").out == "Switched to 'sandbox' environment.\n"
    assert run("config", "environment").out == "alpha\nzeta\nsandbox (current)\n"


def test_switching_changes_the_current_environment(run, base: Path) -> None:
    make(base, "dev")
    make(base, "prod")
    assert run("config", "environment", "-s", "prod").out == "Switched to 'prod' environment.\n"
    assert (base / "environment.yml").read_text() == "environment: prod\n"
    outcome = run("config", "environment", "-s", "prd")
    assert (outcome.status, "did you mean prod?" in outcome.hints) == (3, True)


def test_removing_the_current_environment_switches_and_says_so(run, base: Path) -> None:
    for name in ("dev", "alpha", "beta"):
        make(base, name)
    assert run("config", "environment", "-r", "beta").out == "'beta' environment has been removed.\n"
    assert run("config", "environment", "-r", "dev").out == (
        "'dev' environment has been removed.\nSwitched to 'alpha' environment.\n"
    )
    assert run("config", "environment", "-r", "alpha").out == "'alpha' environment has been removed.\n"
    assert not (base / "environment.yml").exists()


@pytest.mark.parametrize(("name", "status"), [("sandbox", 2), ("nothing", 3), ("../environment", 2)])
def test_what_cannot_be_removed_is_refused(run, base: Path, name: str, status: int) -> None:
    path = make(base, "dev")
    assert run("config", "environment", "-r", name).status == status
    assert path.exists()
    assert (base / "environment.yml").exists()


def test_endpoints_are_added_shown_and_removed_as_ever(run, base: Path) -> None:
    make(base, "dev", "{}\n")
    assert run("config", "endpoint", "show").out == "NO DATA\n"
    added = run("config", "endpoint", "add", "identity", "grpc://localhost:8083")
    assert added.out == "'identity: grpc://localhost:8083' endpoint has been added.\n"
    run("config", "endpoint", "add", "cost_analysis", "grpc+ssl://cost/v1")
    assert run("config", "endpoint", "show").out == (
        " Service       | Endpoint\n"
        "---------------+-----------------------\n"
        " identity      | grpc://localhost:8083\n"
        " cost_analysis | grpc+ssl://cost/v1\n"
    )
    assert json.loads(run("config", "endpoint", "show", "-o", "json").out)[0] == {
        "service": "identity",
        "endpoint": "grpc://localhost:8083",
    }
    assert run("config", "endpoint", "remove", "cost-analysis").out == "'cost_analysis' endpoint has been removed.\n"
    assert settings(base, "dev") == {"endpoints": {"identity": "grpc://localhost:8083"}}


def test_an_existing_endpoint_is_replaced_only_by_force(run, base: Path) -> None:
    make(base, "dev", "endpoints: {cost_analysis: 'grpc://old:1'}\n")
    outcome = run("config", "endpoint", "add", "cost-analysis", "grpc://new:1")
    assert (outcome.status, "already exists" in outcome.message, "--force" in outcome.hints) == (2, True, True)
    assert run("config", "endpoint", "add", "--force", "cost-analysis", "grpc://new:1").status == 0
    assert settings(base, "dev") == {"endpoints": {"cost_analysis": "grpc://new:1"}}


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "identity", "localhost:1"],
        ["add", "identity", "grpc://x"],
        ["add", "a/b", "grpc://x:1"],
        ["remove", "idenity"],
    ],
)
def test_a_wrong_endpoint_command_changes_nothing(run, base: Path, arguments: list[str]) -> None:
    path = make(base, "dev", "endpoints:\n  identity2: grpc://old:1\n")
    assert run("config", "endpoint", *arguments).status == 2
    assert path.read_text() == "endpoints:\n  identity2: grpc://old:1\n"


@pytest.mark.parametrize(
    "command",
    [["set", "k", "v"], ["remove", "k"], ["endpoint", "add", "s", "grpc://x:1"], ["endpoint", "remove", "s"]],
)
def test_every_change_honours_the_environment_option_in_both_places(run, base: Path, command: list[str]) -> None:
    text = "k: old\nendpoints: {}\n" if "add" in command else "k: old\nendpoints: {s: 'grpc://o:1'}\n"
    current, other, third = make(base, "dev", text), make(base, "other", text), make(base, "third", text)
    assert run("config", *command, option="other").status == 0
    assert run("config", *command, "-e", "third", option="other").status == 0
    assert current.read_text() == text
    assert other.read_text() == third.read_text() != text


@pytest.mark.parametrize(
    "command", [["set", "k", "v"], ["remove", "k"], ["endpoint", "add", "s", "grpc://x:1"], ["endpoint", "remove", "s"]]
)
def test_the_embedded_sandbox_takes_no_settings(run, base: Path, command: list[str]) -> None:
    outcome = run("config", *command, option="sandbox")
    assert (outcome.status, "embedded" in outcome.message) == (2, True)
    assert run("config", "init", "-e", "sandbox", "-f", "-", stdin="a: b").status == 2
    assert not base.exists()


@pytest.mark.parametrize("command", [["set", "k", "v"], ["remove", "k"], ["show"], ["endpoint", "show"]])
def test_without_an_environment_every_command_names_both_ways_on(run, command: list[str]) -> None:
    outcome = run("config", *command)
    assert outcome.status == 3
    assert "spacectl config init" in outcome.hints
    assert "--environment sandbox" in outcome.hints


def test_a_broken_file_is_named_with_its_line_and_left_alone(run, base: Path) -> None:
    path = make(base, "dev", "a: 1\nb: [\n")
    for command in (["set", "k", "v"], ["remove", "a"], ["show"], ["endpoint", "add", "s", "grpc://x:1"]):
        outcome = run("config", *command)
        assert outcome.status == 3
        assert outcome.message.startswith(f"{path}:3:1: ")
    assert path.read_text() == "a: 1\nb: [\n"


def test_a_world_readable_file_becomes_private_with_the_next_set(run, base: Path) -> None:
    path = make(base, "dev")
    path.chmod(0o644)
    run("config", "set", "api_key", "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_where_nothing_can_be_written_is_one_clear_error(run) -> None:
    outcome = run("config", "init", environ={"SPACECTL_CONFIG_DIR": "/proc/self/spaceone"})
    assert outcome.status == 1
    assert outcome.message.startswith("cannot make /proc/self/spaceone: ")


def test_processes_that_set_at_the_same_time_lose_nothing(base: Path) -> None:
    path = make(base, "dev", "kept: 0123\n")
    program = (
        "import sys; from pathlib import Path; from spacectl import environments\n"
        "for i in range(15): environments.change(Path(sys.argv[1]), 'dev', [f'{sys.argv[2]}{i}'], str(i))\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(base), letter]) for letter in "abc"]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    expected = {f"{letter}{i}": str(i) for letter in "abc" for i in range(15)}
    assert settings(base, "dev") == {"kept": 0o123, **expected}
    assert [p.name for p in path.parent.iterdir()] == ["dev.yml"]


def test_the_variable_that_chose_the_sandbox_is_named_where_it_takes_no_settings(run, base: Path) -> None:
    make(base, "default")
    line = ("config", "endpoint", "add", "identity", "grpc://h:1")
    assert "SPACECTL_ENVIRONMENT=sandbox chose it" in run(*line, environ={"SPACECTL_ENVIRONMENT": "sandbox"}).hints
    assert "SPACECTL_ENVIRONMENT" not in run(*line, option="sandbox").hints
