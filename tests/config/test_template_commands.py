from __future__ import annotations

from pathlib import Path

import pytest

import spacectl
from spacectl.errors import ConfigError, UsageError
from spacectl.templates import load_template, load_template_file

TEMPLATE = "# mine\ntemplate:\n  list:\n  - domain_id|ID\n  - name\n  - plugin_info.version|Version\n"


def test_a_template_that_was_set_gives_the_columns_of_list(run, base: Path, tmp_path: Path) -> None:
    file = tmp_path / "t.yml"
    file.write_text(TEMPLATE)
    assert run("template", "set", "identity.Domain", "-f", str(file)).status == 0
    assert (base / "template" / "identity.Domain.yml").read_text() == TEMPLATE
    assert load_template(base, "identity", "Domain") == ["domain_id|ID", "name", "plugin_info.version|Version"]
    assert load_template(base, "identity", "User") is None


def test_a_short_name_means_its_resource(run, base: Path) -> None:
    assert run("template", "set", "domain", "-f", "-", stdin=TEMPLATE).status == 0
    assert load_template(base, "identity", "Domain") is not None
    assert run("template", "show", "domain").out.startswith("---\ntemplate:\n  list:\n  - domain_id|ID\n")
    assert run("template", "remove", "domain").status == 0
    assert load_template(base, "identity", "Domain") is None


@pytest.mark.parametrize("verb", ["show", "remove"])
def test_a_missing_template_names_the_command_that_sets_it(run, verb: str) -> None:
    outcome = run("template", verb, "domain")
    assert (outcome.status, outcome.message) == (2, "identity.Domain has no template")
    assert "spacectl template set identity.Domain -f FILE" in outcome.hints


@pytest.mark.parametrize(
    "text",
    ["", "template: {}", "template: {list: []}", "template: {list: x}", "template: {list: [{a: b}]}", "- a", "a: ["],
)
def test_what_is_no_template_is_refused_and_nothing_is_kept(run, base: Path, text: str) -> None:
    outcome = run("template", "set", "domain", "-f", "-", stdin=text)
    assert outcome.status == 2
    assert outcome.message.startswith("stdin:")
    assert not base.exists()


def test_a_broken_template_is_a_config_error_and_a_named_one_a_usage_error(base: Path) -> None:
    path = base / "template" / "identity.Domain.yml"
    path.parent.mkdir(parents=True)
    path.write_text("template: [")
    with pytest.raises(ConfigError, match=f"{path}:"):
        load_template(base, "identity", "Domain")
    with pytest.raises(UsageError, match=f"{path}:"):
        load_template_file(path)
    with pytest.raises(UsageError, match="No such file"):
        load_template_file(base / "none.yml")


def test_what_names_no_resource_is_refused(run) -> None:
    assert run("template", "show", "../identity.Domain").status == 2


def test_version_is_printed_as_yaml(run) -> None:
    assert run("version").out == f"---\nversion: {spacectl.__version__}\n\n"
