"""-V tells what goes over the wire without the secrets; --print-grpcurl prints a line that does the same."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from shlex import split as words

import pytest
from peers.command import Result
from peers.server import Server

Run = Callable[..., Result]
SECRET = "s3cret-of-the-caller"
AWKWARD = 'a"b\\c\n\t$HOME `x` \\"\r\n\n'
ECHO = "exec Echo kitchen.Kitchen"


def env(server: Server, **more: str) -> dict[str, str]:
    return {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint, "SPACECTL_API_KEY": SECRET, **more}


def test_verbose_tells_metadata_sizes_status_and_timings_on_standard_error(
    kitchen: Server, spacectl_inprocess: Run
) -> None:
    line = (*words(ECHO), "-p", "string_value=x", "-o", "json")
    quiet = spacectl_inprocess(*line, env=env(kitchen))
    result = spacectl_inprocess(*line, "-V", "--refresh", env=env(kitchen))
    assert (result.status, result.out) == (0, quiet.out)
    lines = result.err.splitlines()
    assert lines[0] == f"* endpoint {kitchen.endpoint}"
    assert "> /kitchen.v1.Kitchen/Echo" in lines
    assert "> token: ****" in lines
    assert '> message of 3 bytes: {"string_value": "x"}' in lines
    assert "< message of 3 bytes" in lines
    assert "< status OK" in lines
    assert re.fullmatch(r"\* .*reflection [\d.]+ ms, call [\d.]+ ms, rendering [\d.]+ ms, in all [\d.]+ ms", lines[-1])


@pytest.mark.parametrize(
    "line",
    [
        "exec FailStream kitchen.Kitchen -p code=5 -p after=2 -o jsonl",
        "exec Chat kitchen.Kitchen -p text=x",
        "exec Fail kitchen.Kitchen -p code=16",
        "list kitchen.Dish --all-pages",
        "exec get kitchen.Dish -p dish_id=dish-00001 --parallel 2",
    ],
)
def test_verbose_changes_no_answer_and_shows_no_secret(line: str, kitchen: Server, spacectl_inprocess: Run) -> None:
    quiet = spacectl_inprocess(*words(line), env=env(kitchen))
    result = spacectl_inprocess(*words(line), "--verbose", env=env(kitchen))
    assert (result.status, result.out) == (quiet.status, quiet.out)
    assert result.err.count("< status ") == 1
    assert SECRET not in result.err
    said = [line for line in result.err.splitlines() if line[:1] not in "*<>"]
    assert said == quiet.err.splitlines()


def test_secrets_of_a_request_are_masked(kitchen: Server, spacectl_inprocess: Run) -> None:
    secrets = {"password": "hunter22", "client_secret": "hunter22", "api_key": "hunter22", "token": "hunter22"}
    request = json.dumps({"string_map": {**secrets, "name": "public"}})
    result = spacectl_inprocess(*words(ECHO), "-j", request, "-V", "-o", "json", env=env(kitchen))
    assert result.status == 0
    assert "hunter22" not in result.err
    assert "public" in result.err


def test_what_a_server_sends_cannot_move_the_cursor(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(
        *words("exec Fail kitchen.Kitchen -V"), "-j", json.dumps({"code": 2, "details": "a\x1b[2J"}), env=env(kitchen)
    )
    assert "\x1b" not in result.err


def test_the_grpcurl_line_holds_no_secret_and_sends_nothing(kitchen: Server, spacectl_inprocess: Run) -> None:
    secrets = {
        "string_map": {"password": "hunter22"},
        "choice_struct": {"password": 735294, "secret": [{"a": "hunter22"}]},
    }
    request = json.dumps({**secrets, "string_value": "it's $HOME"})
    result = spacectl_inprocess(*words(ECHO), "-j", request, "--print-grpcurl", env=env(kitchen))
    assert (result.status, result.err, kitchen.calls) == (0, "", [])
    assert not [secret for secret in ("hunter22", "735294", SECRET) if secret in result.out]
    assert result.out.startswith("grpcurl -plaintext ")


@pytest.mark.parametrize(
    ("line", "variables"),
    [
        ((*words(ECHO), "-j", '{"string_value": "it\'s $HOME `x` \\\\ \\"", "int64_value": 9007199254740993}'), {}),
        ((*words(ECHO), "-j", '{"string_map": {"password": "hunter22"}}'), {"SPACECTL_PASSWORD": "hunter22"}),
        (
            (
                *words(ECHO),
                "-j",
                json.dumps({"string_map": {"a_token": AWKWARD, "password": "hunter22", "x": "${HOME}"}}),
            ),
            {"SPACECTL_A_TOKEN": AWKWARD, "SPACECTL_PASSWORD": "hunter22"},
        ),
        (
            (*words(ECHO), "-j", '{"string_map": {"password": "\ue000`x`\ue000"}, "string_value": "\ue000`x`\ue000"}'),
            {"SPACECTL_PASSWORD": "\ue000`x`\ue000"},
        ),
        (
            (*words("exec Chat kitchen.Kitchen -j"), '{"text": "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"}'),
            {"SPACECTL_TEXT": "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"},
        ),
        (
            (*words(ECHO), "-j", '{"choice_struct": {"a": {"password": "first1"}, "b": {"password": "second2"}}}'),
            {"SPACECTL_PASSWORD": "first1", "SPACECTL_PASSWORD_2": "second2"},
        ),
        (
            (
                *words(ECHO),
                "-j",
                '{"choice_struct": {"password": 123456, "secret_data": {"pin": [1.5], "user": "joe"}}}',
            ),
            {"SPACECTL_PASSWORD": "123456", "SPACECTL_SECRET_DATA_PIN": "1.5", "SPACECTL_SECRET_DATA_USER": "joe"},
        ),
        ((*words("exec Chat kitchen.Kitchen -f -"),), {}),
        ((*words("exec Count kitchen.Kitchen -p count=3"),), {}),
        ((*words("exec Nothing kitchen.Kitchen"),), {}),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("described", ["reflection", "protoset"])
def test_the_line_does_the_same_with_real_grpcurl(
    described: str,
    line: tuple[str, ...],
    variables: dict[str, str],
    start_kitchen: Callable[..., Server],
    kitchen_protoset: Path,
    spacectl_inprocess: Run,
) -> None:
    program = shutil.which("grpcurl")
    if program is None:
        pytest.skip("no grpcurl on the PATH")
    server = start_kitchen(reflection="both" if described == "reflection" else None)
    more = () if described == "reflection" else ("--protoset", str(kitchen_protoset))
    stdin = "text: a\n---\ntext: b\n" if "-" in line else ""
    assert spacectl_inprocess(*line, *more, stdin=stdin, env=env(server)).status == 0
    ours = server.last
    printed = spacectl_inprocess(*line, *more, "--print-grpcurl", stdin=stdin, env=env(server))
    shell = {"PATH": str(Path(program).parent) + ":/usr/bin:/bin", "SPACECTL_API_KEY": SECRET, **variables}
    done = subprocess.run(["sh", "-c", printed.out], env=shell, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    theirs = server.last
    assert theirs is not ours
    assert (theirs.method, theirs.requests) == (ours.method, ours.requests)
    assert ("token", SECRET) in theirs.metadata


def test_rare_options_have_their_own_section_of_the_help(spacectl_inprocess: Run) -> None:
    text = spacectl_inprocess("--help").out
    section = text[text.index("\nInspection:") :]
    for name in ("--verbose", "--print-grpcurl", "--emit-defaults", "--show-unknown", "--csv-safe", "--proto"):
        assert name in section
    own = spacectl_inprocess("list", "--help").out
    assert own.index("--csv-safe") > own.index("\nInspection:")
