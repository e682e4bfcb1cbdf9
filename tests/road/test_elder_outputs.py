"""What the command that this one succeeds printed is printed from the same answer; where it is not, that is meant."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import elder_outputs as elder
import pytest
from peers.command import Result
from peers.protosets import Api
from peers.recorder import Failure
from peers.server import Server

PACKAGES = {
    "repository.Plugin": "spaceone.api.repository.v1.Plugin",
    "repository.Repository": "spaceone.api.repository.v1.Repository",
    "repository.ServerInfo": "spaceone.api.core.v1.ServerInfo",
    "identity.ServerInfo": "spaceone.api.core.v1.ServerInfo",
    "repository.Health": "grpc.health.v1.Health",
    "inventory.Collector": "spaceone.api.inventory.plugin.Collector",
}
MINIMAL = ("plugin_id", "name", "image", "state", "service_type", "provider", "registry_type")
FORMATS = ("", "_table", "_yaml", "_json", "_csv")
SAME = (
    *("register_slack", "update_slack", "disable_slack", "get_slack_domain", "get_versions", "deregister_slack"),
    *("list_empty", "list_empty_cols", "list_repositories", "identity_workspace", "identity_user", "system_domain"),
    *("identity_endpoint", "identity_auth_info", "server_info", "server_info_identity", "health"),
    *("plugin_init", "plugin_verify", "quiet_one", "seed10_limit", "list_one_yaml"),
    *(f"list_one_cols{output}" for output in FORMATS),
    *(f"seed10_cols{output}" for output in ("_yaml", "_json", "_csv")),
)
# what is printed in another way, and what is done to the old text to see that nothing else is
DIFFERENT: dict[str, Callable[[str], str]] = {
    # whole numbers in a Struct are 4, not 4.0
    **dict.fromkeys(("seed10_yaml", "collect", "collect_table", "collect_yaml"), elder.whole_numbers_without_point),
    # keys of a Struct are sorted
    **dict.fromkeys(("list_one_json", "seed10_json", "collect_json"), elder.sorted_structs),
    # nested values are JSON, not Python's repr; wide characters align
    **dict.fromkeys(("list_one", "list_one_table", "seed10_table", "seed10_all"), elder.json_cells_in_table),
    **dict.fromkeys(("seed10_minimal", "seed10_cols_table"), elder.json_cells_in_table),
    **dict.fromkeys(("list_one_csv", "seed10_csv"), elder.json_cells_in_csv),
}
# errors were printed to standard output, with status 0
FAILED = {
    **dict.fromkeys(("exec_get_slack", "get_slack", "get_none", "get_versions_no_domain", "notoken_get"), 3),
    **dict.fromkeys(("register_no_name",), 3),
    **dict.fromkeys(("register_missing_image", "plugin_verify_bad", "collect_fail", "collect_fail_json"), 13),
    **{"register_slack_again": 6, "identity_domain": 7},
}
OFFLINE = {
    **dict.fromkeys(
        ("no_service", "unknown_resource", "unknown_verb", "register_bad_file", "register_unknown_field"), 2
    ),
    **dict.fromkeys(("unknown_service", "no_config"), 3),
}
ELSEWHERE = {
    "health_lower": "a verb is found in either case now",
    "seed10_sort": "sorting works now",
    "collect_csv": "it is CSV now, see golden/collect_csv.out",
    "api_resources": "of real services, see the tests of the lab",
    "api_resources_repository": "takes a filter now",
    "notoken": "the call is made without a token, and the server decides",
    "notoken_workspace": "the call is made without a token, and the server decides",
    "unreachable": "status 78, see the tests of failures",
}


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    return shared / "compat" / "golden"


def command(golden: Path, name: str) -> list[str]:
    return shlex.split((golden / f"{name}.cmd").read_text().splitlines()[0])[1:]


def method(arguments: list[str]) -> str:
    verb, resource = arguments[1:3] if arguments[0] == "exec" else arguments[:2]
    default = f"spaceone.api.identity.v2.{resource.rpartition('.')[2]}"
    return f"{PACKAGES.get(resource, default)}/{verb}"


def answers(golden: Path, name: str) -> list[Any]:
    """What the server answered, from the output that shows it best."""

    def read(other: str) -> str:
        return (golden / f"{other}.out").read_text()

    if name.startswith("list_empty"):
        return [{}]
    if name.startswith(("list_one", "seed10", "quiet")):
        [answer] = elder.documents(read("list_one_json" if name.startswith("list_one") else "seed10_json"))
        if name == "seed10_limit":
            answer["results"] = answer["results"][:3]
        if name == "seed10_minimal":
            answer["results"] = [{k: v for k, v in row.items() if k in MINIMAL} for row in answer["results"]]
        return [answer]
    text = read(name).partition("ERROR: ")[0]
    if text.startswith(("-", "{", "\n")):
        return elder.documents(text) or [{}]
    rows = elder.rows_of_table(text) if text else []
    return [{"results": rows, "total_count": len(rows)}] if rows else []


@pytest.fixture
def printed(
    golden: Path,
    cloudforet_api: Api,
    start_recorder: Callable[..., Server],
    spacectl_inprocess: Callable[..., Result],
    configure: Callable[..., None],
) -> Callable[..., Result]:
    """What our command prints for a case, from the same answers and a failure after them."""

    def run(name: str, *failure: Failure) -> Result:
        arguments = command(golden, name)
        configure(start_recorder(cloudforet_api, {method(arguments): [*answers(golden, name), *failure]}))
        return spacectl_inprocess(*arguments)

    return run


@pytest.fixture
def slack_plugin(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shared / "lab" / "examples")


@pytest.mark.usefixtures("slack_plugin")
@pytest.mark.parametrize("name", [*SAME, *DIFFERENT])
def test_the_same_answer_is_printed_as_ever(name: str, golden: Path, printed: Callable[..., Result]) -> None:
    before = (golden / f"{name}.out").read_bytes().decode()
    result = printed(name)
    assert (result.status, result.err) == (0, "")
    assert result.out == DIFFERENT.get(name, lambda text: text)(before)


@pytest.mark.usefixtures("slack_plugin")
@pytest.mark.parametrize("name", FAILED)
def test_a_failure_goes_to_standard_error_with_its_words_and_a_status(
    name: str, golden: Path, printed: Callable[..., Result]
) -> None:
    data, _, words = (golden / f"{name}.out").read_text().partition("ERROR: ")
    result = printed(name, Failure(FAILED[name], words.strip()))
    assert result.status == 64 + FAILED[name]
    assert words.strip() in result.err
    assert result.out == (elder.sorted_structs if "json" in name else elder.whole_numbers_without_point)(data)


@pytest.mark.usefixtures("slack_plugin")
@pytest.mark.parametrize("name", OFFLINE)
def test_what_is_known_to_be_wrong_sends_nothing_and_says_so(
    name: str,
    golden: Path,
    cloudforet_api: Api,
    home: Path,
    start_recorder: Callable[..., Server],
    spacectl_inprocess: Callable[..., Result],
    configure: Callable[..., None],
) -> None:
    server = start_recorder(cloudforet_api)
    if name != "no_config":
        configure(server)
    result = spacectl_inprocess(*command(golden, name))
    assert (result.status, result.out, server.calls) == (OFFLINE[name], "", [])
    assert result.err.startswith("error: ")
    assert "\nhint: " in result.err or "did you mean" in result.err


def test_every_old_output_is_accounted_for(golden: Path) -> None:
    known = {*SAME, *DIFFERENT, *FAILED, *OFFLINE, *ELSEWHERE}
    assert {path.stem for path in golden.glob("*.cmd")} == known
