from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from spacectl import config
from spacectl.errors import ConfigError, UsageError


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Three environments, of which `dev` is the current one."""
    base = tmp_path / "spaceone"
    (base / "environments").mkdir(parents=True)
    for name in ("dev", "stage", "prod"):
        text = f"api_key: key-of-{name}\nendpoints:\n  identity: grpc://{name}:1\n  cost_analysis: grpc://{name}:2\n"
        (base / "environments" / f"{name}.yml").write_text(text)
    (base / "environment.yml").write_text("environment: dev\n")
    return base


def load(base: Path, name: str | None = None, **environ: str) -> config.Environment:
    return config.load({"SPACECTL_CONFIG_DIR": str(base), **environ}, name)


def write(base: Path, text: str) -> None:
    (base / "environments" / "dev.yml").write_text(text)


@pytest.mark.parametrize(
    ("option", "variable", "file", "default", "chosen"),
    [
        ("prod", "stage", "dev", "stage", "prod"),
        (None, "stage", "dev", "prod", "stage"),
        (None, "", "dev", "prod", "dev"),
        (None, None, None, "prod", "prod"),
        (None, None, "", "prod", "prod"),
        ("prod", None, None, None, "prod"),
    ],
)
def test_option_beats_variable_beats_file_beats_default(
    base: Path, option: str | None, variable: str | None, file: str | None, default: str | None, chosen: str
) -> None:
    if file is None:
        (base / "environment.yml").unlink()
    else:
        (base / "environment.yml").write_text(f"environment: {file}\n")
    variables = {"SPACECTL_ENVIRONMENT": variable, "SPACECTL_DEFAULT_ENVIRONMENT": default}
    environment = load(base, option, **{key: value for key, value in variables.items() if value is not None})
    assert environment.name == chosen
    assert environment.endpoint("identity") == f"grpc://{chosen}:1"


def test_a_default_that_does_not_exist_is_not_chosen(base: Path) -> None:
    (base / "environment.yml").unlink()
    with pytest.raises(ConfigError, match="no environment is chosen") as raised:
        load(base, SPACECTL_DEFAULT_ENVIRONMENT="nothing")
    assert "dev, prod, stage" in " ".join(raised.value.hints)


def test_variables_overlay_the_file(base: Path) -> None:
    environment = load(base, SPACECTL_API_KEY="from-variable", SPACECTL_ENDPOINT_COST_ANALYSIS="grpc://other:9")
    assert environment.metadata() == (("token", "from-variable"),)
    assert environment.endpoints == {"identity": "grpc://dev:1", "cost_analysis": "grpc://other:9"}


def test_an_endpoint_variable_replaces_the_service_however_the_file_spells_it(base: Path) -> None:
    write(base, "endpoints: {Cost-Analysis: 'grpc://a:1'}")
    assert load(base, SPACECTL_ENDPOINT_COST_ANALYSIS="grpc://b:2").endpoints == {"Cost-Analysis": "grpc://b:2"}


def test_variables_alone_do_without_any_file(tmp_path: Path) -> None:
    environment = load(tmp_path / "none", SPACECTL_API_KEY="key", SPACECTL_ENDPOINT_IDENTITY="grpc://ci:1")
    assert environment.name is None
    assert environment.metadata() == (("token", "key"),)
    assert environment.endpoint("identity") == "grpc://ci:1"
    assert not (tmp_path / "none").exists()


def test_variables_alone_work_without_a_home(tmp_path: Path) -> None:
    environment = config.load({"SPACECTL_ENDPOINT_IDENTITY": "grpc://ci:1", "HOME": ""})
    assert environment.endpoint("identity") == "grpc://ci:1"


def test_empty_variables_count_as_unset(base: Path) -> None:
    environment = load(base, SPACECTL_API_KEY="", SPACECTL_ENDPOINT_IDENTITY="", SPACECTL_ENVIRONMENT="")
    assert (environment.name, environment.metadata()) == ("dev", (("token", "key-of-dev"),))
    assert environment.endpoint("identity") == "grpc://dev:1"


def test_without_anything_the_error_names_both_ways_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path)
    assert raised.value.exit_status == 3
    assert "spacectl config init" in raised.value.hints[0]
    assert "spacectl --environment sandbox" in raised.value.hints[1]


def test_a_caller_that_needs_no_environment_gets_an_empty_one(tmp_path: Path) -> None:
    environment = config.load({"SPACECTL_CONFIG_DIR": str(tmp_path)}, required=False)
    assert (environment.name, environment.endpoints, environment.metadata()) == (None, {}, ())


@pytest.mark.parametrize("how", ["option", "variable", "file"])
def test_an_environment_without_a_file_is_an_error_with_the_nearest_and_the_list(base: Path, how: str) -> None:
    if how == "file":
        (base / "environment.yml").write_text("environment: stagee")
    with pytest.raises(ConfigError, match="environment 'stagee' not found") as raised:
        load(base, "stagee" if how == "option" else None, SPACECTL_ENVIRONMENT="stagee" if how == "variable" else "")
    assert "did you mean stage?" in raised.value.hints
    assert "there are: dev, prod, stage, sandbox" in raised.value.hints


@pytest.mark.parametrize("name", ["../dev", "a/b", ".hidden", "", " ", "a\nb", "x" * 300, "a\0b", "-e"])
def test_a_name_that_is_no_file_name_is_refused(base: Path, name: str) -> None:
    with pytest.raises((UsageError, ConfigError)):
        load(base / "none", name)


def test_the_sandbox_is_there_without_any_file_and_takes_nothing_from_variables(tmp_path: Path) -> None:
    variables = {"SPACECTL_ENDPOINT_IDENTITY": "grpc://production:1", "SPACECTL_API_KEY": "secret"}
    environment = load(tmp_path, "sandbox", **variables)
    assert environment.is_sandbox
    assert (environment.name, environment.endpoints, environment.metadata()) == ("sandbox", {}, ())
    with pytest.raises(ConfigError, match="the embedded sandbox has no service 'nothing'"):
        environment.endpoint("nothing")


def test_a_file_named_sandbox_from_before_stays_the_users(base: Path) -> None:
    (base / "environments" / "sandbox.yml").write_text("endpoints: {identity: 'grpc://mine:1'}")
    environment = load(base, "sandbox")
    assert not environment.is_sandbox
    assert environment.endpoint("identity") == "grpc://mine:1"


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        ("api_key: a", (("token", "a"),)),
        ("token: t\napi_key: a", (("token", "t"),)),
        ("token: ''\napi_key: a", (("token", "a"),)),
        ("token: null\napi_key:", ()),
        (
            "api_key: a\nx_domain_id: d\nx_workspace_id: w",
            (("token", "a"), ("x_domain_id", "d"), ("x_workspace_id", "w")),
        ),
        ("x_domain_id: ''", ()),
        ("api_key: 012345670123", (("token", "012345670123"),)),
        ("api_key: 1.10", (("token", "1.10"),)),
        ("api_key: 123\nx_domain_id: true", (("token", "123"), ("x_domain_id", "true"))),
        ("", ()),
    ],
)
def test_metadata_are_the_texts_of_the_settings(base: Path, text: str, metadata: tuple[tuple[str, str], ...]) -> None:
    write(base, text)
    assert load(base).metadata() == metadata


@pytest.mark.parametrize("value", ['"se\\ncret"', '"se\\rcret"', '"sécret"', '"se\\0cret"', "[secret]", "{secret: x}"])
def test_a_value_that_cannot_be_a_header_is_an_error_that_does_not_show_it(base: Path, value: str) -> None:
    write(base, f"api_key: {value}")
    with pytest.raises(ConfigError) as raised:
        load(base).metadata()
    assert raised.value.message.startswith(f"{base / 'environments' / 'dev.yml'}: api_key: ")
    assert "cret" not in raised.value.message


def test_a_variable_that_cannot_be_a_header_is_named(base: Path) -> None:
    with pytest.raises(ConfigError, match=r"^SPACECTL_API_KEY: the value has more than one line$"):
        load(base, SPACECTL_API_KEY="key\n").metadata()


@pytest.mark.parametrize("service", ["cost_analysis", "cost-analysis", "Cost_Analysis", "COST-ANALYSIS"])
def test_a_service_may_be_written_with_dashes_and_in_any_case(base: Path, service: str) -> None:
    assert load(base).endpoint(service) == "grpc://dev:2"


def test_a_missing_endpoint_names_the_nearest_and_the_command_that_adds_it(base: Path) -> None:
    with pytest.raises(ConfigError, match="'dev' has no endpoint for service 'identty'") as raised:
        load(base).endpoint("identty")
    hints = " ".join(raised.value.hints)
    assert "did you mean identity?" in hints
    assert "spacectl --environment dev config endpoint add identty grpc://HOST:PORT" in hints


def test_a_missing_endpoint_without_files_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, SPACECTL_API_KEY="k").endpoint("cost-analysis")
    assert "SPACECTL_ENDPOINT_COST_ANALYSIS=grpc://HOST:PORT" in " ".join(raised.value.hints)


@pytest.mark.parametrize(
    ("variables", "origin"),
    [({}, "dev.yml: endpoints.identity: "), ({"SPACECTL_ENDPOINT_IDENTITY": "ci:1"}, "SPACECTL_ENDPOINT_IDENTITY: ")],
)
def test_a_malformed_endpoint_is_a_config_error_that_says_where_it_stands(
    base: Path, variables: Mapping[str, str], origin: str
) -> None:
    write(base, "endpoints: {identity: 'dev:1'}")
    with pytest.raises(ConfigError, match=f"{origin}malformed endpoint") as raised:
        load(base, **variables).endpoint("identity")
    assert raised.value.exit_status == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", r"dev.yml:\d+:\d+: "),
        ("- a", "dev.yml:1:1: a mapping is due"),
        ("endpoints: [a]", "dev.yml: endpoints: a mapping is due"),
        ("endpoints: {identity: [a]}", "dev.yml: endpoints.identity: a URL is due"),
    ],
)
def test_a_broken_environment_file_is_a_config_error_with_its_place(base: Path, text: str, words: str) -> None:
    write(base, text)
    with pytest.raises(ConfigError, match=words):
        load(base)


@pytest.mark.parametrize("text", ["environment: [", "- a", "environment: [a]", "environment: ../../x"])
def test_a_broken_current_environment_is_an_error_unless_something_beats_it(base: Path, text: str) -> None:
    (base / "environment.yml").write_text(text)
    with pytest.raises(ConfigError, match=r"environment.yml:"):
        load(base)
    assert load(base, "prod").name == "prod"
    assert load(base, SPACECTL_ENVIRONMENT="prod").name == "prod"


def test_a_file_that_cannot_be_read_is_a_config_error(base: Path) -> None:
    (base / "environments" / "dev.yml").unlink()
    (base / "environments" / "dev.yml").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read .*dev.yml: Is a directory"):
        load(base)


def test_loading_writes_nothing(base: Path) -> None:
    (base / "environment.yml").unlink()
    before = sorted(base.rglob("*"))
    load(base, SPACECTL_DEFAULT_ENVIRONMENT="dev")
    assert sorted(base.rglob("*")) == before


@pytest.mark.parametrize(
    ("environ", "directory"),
    [
        ({"HOME": "/h"}, "/h/.spaceone"),
        ({"HOME": "/h", "SPACECTL_CONFIG_DIR": "/c"}, "/c"),
        ({"HOME": "/h", "SPACECTL_CONFIG_DIR": "~/c"}, "/h/c"),
        ({"HOME": "/h", "SPACECTL_CONFIG_DIR": ""}, "/h/.spaceone"),
    ],
)
def test_the_directory_is_the_variables_or_in_the_home(environ: Mapping[str, str], directory: str) -> None:
    assert config.directory(environ) == Path(directory)


def test_an_environment_prints_without_its_secrets(base: Path) -> None:
    assert "key-of-dev" not in repr(load(base))


def test_configuration_is_imported_without_heavy_libraries() -> None:
    heavy = ("yaml", "grpc", "click", "tabulate", "tempfile")
    program = f"import sys, spacectl.config; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        check=False,
        args=[sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ},
        timeout=60,
    )
    assert done.stdout == "[]\n", done.stderr
