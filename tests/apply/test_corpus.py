"""Manifests that are out there run as they are; a second run changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from peers.command import Spacectl

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "apply"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real manifests here")


def test_the_set_up_of_a_domain_runs_and_changes_nothing_the_second_time(platform: str, spacectl: Spacectl) -> None:
    parts = [
        CORPUS / "user-domain" / f"{name}.yaml" for name in ("user_domain", "create_role", "add_statistics_schedule")
    ]
    variables = ("--var-file", str(CORPUS / "user-domain" / "demo.yaml"))
    first = spacectl("apply", *map(str, parts), *variables)
    assert (first.status, first.out) == (0, ""), first.err
    assert "finished: 2 created, 6 called, 1 ran" in first.err
    settings = (spacectl.config_dir / "environments" / "test.yml").read_text()
    assert "api_key: before" not in settings
    second = spacectl("apply", *map(str, parts), *variables)
    # a token is issued and set anew: that is what the manifest asks for
    assert "finished: 7 unchanged, 1 called, 1 ran; no resource was changed" in second.err
    assert "Admin123" not in first.err + second.err


def test_the_file_that_names_all_others_runs_wherever_they_are(run) -> None:
    done = run("apply", str(CORPUS / "user-domain" / "demo.yaml"))
    assert (done.status, done.out) == (0, ""), done.err
    assert "demo.yaml:2:5: /root/user-domain/user_domain.yaml is not there; " in done.err


EXAMPLES = (
    ("test/test_shell.yaml",),
    ("test/test_nested_expression.yml",),
    ("test/test_template_function_len.yaml",),
    ("test/import/a.yaml",),
    ("test/test_multi_file_1.yaml", "test/test_multi_file_2.yaml"),
    ("test/mode/default_mode.yaml",),
    ("test/mode/read_only_mode.yaml",),
    ("test/test_if_condition.yaml",),
    ("quickstart.yaml",),
)


@pytest.mark.parametrize("names", EXAMPLES, ids=lambda names: names[0])
def test_the_examples_run_and_change_nothing_the_second_time(run, names: tuple[str, ...]) -> None:
    for again in (False, True):
        done = run("apply", *(f"--file-path={CORPUS / 'examples' / name}" for name in names))
        assert (done.status, done.out) == (0, ""), done.err
        if again:
            assert "created" not in done.err
            assert "updated" not in done.err
            assert "called" not in done.err
