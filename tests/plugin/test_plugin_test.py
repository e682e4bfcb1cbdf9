"""`plugin test`: what a person and a script see of it, what it keeps, and what it never shows."""

from __future__ import annotations

import json
import os
import random
import stat
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as Tree

import pytest
from collectors import SERVICE, Collector, api_of, machine
from google.protobuf import json_format
from google.protobuf.message import Message
from peers.command import Result, Spacectl
from peers.protosets import Api
from peers.server import Exchange, Server
from reports import Report

from spacectl.plugin.interfaces import interface_named
from spacectl.plugin.reading import Keeping, Run, read_keys
from spacectl.plugin.recording import KeptItem
from spacectl.plugin.results import Tally
from spacectl.plugin.rows import Keys
from spacectl.rpc.decode import Decoder
from spacectl.rpc.item import Item
from spacectl.rpc.scanned import Scanner
from spacectl.sandbox.server import start

Start = Callable[..., Server]
Check = Callable[..., Report]
Command = Callable[..., Result]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[str]:
    """The endpoint of a sandbox."""
    serving = start(str(tmp_path / "sandbox.db"), address="127.0.0.1:0")
    yield serving.endpoint
    serving.stop()


def test_the_collector_of_the_sandbox_passes(sandbox: str, check_plugin: Check) -> None:
    report = check_plugin(sandbox)
    assert (report.status, report.names("failed", "warned")) == (0, [])
    assert report.document["interface"] == "inventory.Collector"
    assert "collect.match_rules" in report.names("passed")
    assert report.document["streams"][0]["counts"] == {
        "type": {"inventory.CloudService": 3},
        "provider": {"aws": 3},
        "region": {"ap-northeast-2": 3},
        "state": {"SUCCESS": 3},
    }


def test_the_sandbox_environment_is_tested_without_an_endpoint(spacectl_inprocess: Command) -> None:
    result = spacectl_inprocess("--environment", "sandbox", "plugin", "test", "-o", "json")
    assert (result.status, json.loads(result.out)["passed"]) == (0, True)


def test_a_server_without_reflection_is_tested_with_a_descriptor_set(
    collector: Collector, start_plugin: Start, check_plugin: Check, tmp_path: Path
) -> None:
    server = start_plugin(collector.api, collector.behaviours(), reflection=None)
    assert check_plugin(server.endpoint).status == 64 + 12
    (tmp_path / "api.protoset").write_bytes(collector.api.files.SerializeToString())
    report = check_plugin(server.endpoint, "--protoset", str(tmp_path / "api.protoset"))
    assert (report.status, report.names("failed")) == (0, [])


def test_each_check_is_a_line_and_a_failure_says_what_why_and_what_to_do(
    collector: Collector, start_plugin: Start, spacectl_inprocess: Command
) -> None:
    del collector.found[5]["resource"]["reference"]
    server = start_plugin(collector.api, collector.behaviours())
    result = spacectl_inprocess("plugin", "test", "--endpoint", server.endpoint)
    lines = result.out.splitlines()
    assert result.status == 1
    assert lines[0] == f"inventory.Collector at {server.address}"
    at = next(number for number, line in enumerate(lines) if line.startswith("FAIL"))
    assert [line.strip() for line in lines[at : at + 6]] == [
        "FAIL collect.match_rules            1 of 11 resources",
        "resource 6: match_rules.1 names reference.resource_id, which the resource does not carry",
        '{"match_rules": {"1": ["reference.resource_id", "provider"], "2": ["name"]}, "resource_type": '
        '"inventory.CloudService", "name": "vm-3", "provider": "aws", "region_code": "ap-northeast-2"}',
        f"see it: spacectl --endpoint {server.endpoint} exec collect {SERVICE} -o jsonl | sed -n 6p",
        "why:    the core service looks for the resource of the last run by these fields; "
        "a rule whose field is empty matches anything",
        'do:     match_rules: {"1": [reference.resource_id, provider]}, with paths that every resource carries',
    ]
    assert lines[-1].startswith("3")
    assert "1 failed" in lines[-1]
    assert [line for line in lines if line.startswith("collect: 11 resources in ")]
    assert "  state     SUCCESS 10, FAILURE 1" in lines
    assert result.err == ""


def test_the_command_that_is_shown_prints_the_resource_whole(
    collector: Collector, start_plugin: Start, check_plugin: Check, spacectl_inprocess: Command
) -> None:
    collector.found[7]["state"] = "IDLE"
    server = start_plugin(collector.api, collector.behaviours())
    command = check_plugin(server.endpoint).check("collect.state")["offences"][0]["command"]
    line, _, number = command.removeprefix("spacectl ").partition(" | sed -n ")
    shown = spacectl_inprocess(*line.split()).out.splitlines()[int(number.removesuffix("p")) - 1]
    assert json.loads(shown)["resource"] == collector.found[7]["resource"]


def test_files_named_after_the_calls_are_what_is_sent(
    collector: Collector, start_plugin: Start, check_plugin: Check, home: Path
) -> None:
    folder = home / "test"
    folder.mkdir()
    (folder / "verify.yml").write_text("options: {count: 5}\nsecret_data: {token: right-token}\n")
    (folder / "collect.yaml").write_text("options: {count: 7}\nfilter: {region: [a]}\n")
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint)
    assert report.names("failed") == []
    assert "verify.refuses" in report.names("passed")
    calls = {name: [c.requests[0] for c in server.calls if c.method.endswith(name)] for name in ("verify", "collect")}
    assert calls["verify"][0] == {"options": {"count": 5.0}, "secret_data": {"token": "right-token"}}
    assert calls["collect"][0] == {"options": {"count": 7.0}, "filter": {"region": ["a"]}, "secret_data": {}}


def test_options_beat_the_files_and_what_a_schema_requires_is_filled_in(
    collector: Collector, start_plugin: Start, check_plugin: Check, tmp_path: Path
) -> None:
    collector.metadata["options_schema"]["required"] = ["count"]
    collector.metadata["options_schema"]["properties"]["count"]["minimum"] = 4
    server = start_plugin(collector.api, collector.behaviours())
    assert check_plugin(server.endpoint).status == 0
    sent = [call.requests[0]["options"] for call in server.calls if call.method.endswith("collect")]
    assert sent[0] == {"count": 4.0}
    server.forget()
    (tmp_path / "options.json").write_text('{"count": 6}')
    assert check_plugin(server.endpoint, "--options", str(tmp_path / "options.json")).status == 0
    assert next(c.requests[0]["options"] for c in server.calls if c.method.endswith("verify")) == {"count": 6.0}


def test_a_file_that_does_not_fit_is_refused_before_it_is_sent(
    collector: Collector, start_plugin: Start, check_plugin: Check, home: Path
) -> None:
    (home / "test").mkdir()
    (home / "test" / "collect.yml").write_text("options: {}\nsecret: {}\n")
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint)
    assert report.status == 2
    assert "collect.yml:2:1: secret: unknown field" in report.result.err
    assert not [call for call in server.calls if call.method.endswith("collect")]


def test_credentials_are_neither_printed_nor_kept(
    collector: Collector, start_plugin: Start, spacectl_inprocess: Command, home: Path, tmp_path: Path
) -> None:
    token = "s3cret-äöü-token"
    key = "-----BEGIN KEY-----\nMIIBVwIBADANBgkqhkiG9w0BAQEF\n-----END KEY-----\n"
    (tmp_path / "secret.json").write_text(json.dumps({"token": token, "key": key, "pin": 123456}))
    collector.refusal = collector.refusal.__class__.INTERNAL
    collector.found[5]["resource"]["data"] |= {"echo": f"used {token}", "key": key, "pin": 123456}
    # as programs log them, and put them into addresses
    spelled = [json.dumps({"t": token, "key": key}), quote(token), b64encode(token.encode()).decode()]
    collector.found[5]["resource"]["data"]["log"] = spelled
    collector.found[5]["state"] = "IDLE"
    collector.found[6]["resource"]["secret_data"] = {"password": "hunter22"}
    server = start_plugin(collector.api, collector.behaviours())
    line = ("plugin", "test", "--endpoint", server.endpoint, "--save", str(tmp_path / "kept"))
    for output in ("text", "json"):
        options = ("--secret-data", str(tmp_path / "secret.json"), "-o", output, "--junit", str(tmp_path / "junit.xml"))
        result = spacectl_inprocess(*line, *options)
        assert result.status == 1
        kept = [path.read_text() for path in (tmp_path / "kept").iterdir()] + [(tmp_path / "junit.xml").read_text()]
        for text in (result.out, result.err, *kept):
            for part in (
                token,
                "s3cret",
                "MIIBVwIBADANBgkqhkiG9w0BAQEF",
                "123456,",
                "hunter22",
                spelled[2].rstrip("="),
            ):
                assert part not in text
    assert "used ****" in (tmp_path / "kept" / "collect.jsonl").read_text()


def test_credentials_can_come_from_standard_input(
    collector: Collector, start_plugin: Start, check_plugin: Check
) -> None:
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint, "--secret-data", "-", stdin="token: right-token\n")
    assert report.names("failed") == []
    assert "verify.refuses" in report.names("passed")


def test_wrong_credentials_can_be_given(
    collector: Collector, start_plugin: Start, check_plugin: Check, tmp_path: Path
) -> None:
    (tmp_path / "wrong.yml").write_text("token: expired\n")
    server = start_plugin(collector.api, collector.behaviours())
    assert check_plugin(server.endpoint, "--wrong-secret-data", str(tmp_path / "wrong.yml")).status == 0
    collector.takes_all = True
    report = check_plugin(server.endpoint, "--wrong-secret-data", str(tmp_path / "wrong.yml"))
    assert report.names("failed") == ["verify.refuses"]


def test_what_was_received_is_kept_and_compared(
    collector: Collector, start_plugin: Start, check_plugin: Check, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    server = start_plugin(collector.api, collector.behaviours())
    assert check_plugin(server.endpoint, "--save", str(kept)).status == 0
    assert sorted(path.name for path in kept.iterdir()) == ["collect.jsonl", "init.jsonl", "verify.jsonl"]
    lines = [json.loads(line) for line in (kept / "collect.jsonl").read_text().splitlines()]
    assert [line["resource"] for line in lines] == [found["resource"] for found in collector.found]
    assert stat.S_IMODE((kept / "collect.jsonl").stat().st_mode) == 0o600

    same = check_plugin(server.endpoint, "--compare", str(kept))
    assert (same.status, same.check("collect.compare")["state"]) == (0, "passed")

    collector.found.insert(4, machine(77))
    del collector.found[6]
    collector.found[7]["resource"]["data"]["cpu"] = 8
    changed = check_plugin(server.endpoint, "--compare", str(kept))
    assert (changed.status, changed.names("failed")) == (1, ["collect.compare"])
    said = changed.check("collect.compare")
    assert said["detail"] == "1 new, 1 gone, 1 changed"
    assert [(one["where"], one["message"], one["part"]) for one in said["offences"]] == [
        ("new", "CloudService i-77, aws", None),
        ("gone", "CloudService i-3, aws", None),
        ("changed", "CloudService i-5, aws", ["resource.data.cpu"]),
    ]


def test_a_change_of_the_metadata_is_reported_by_its_keys(
    collector: Collector, start_plugin: Start, check_plugin: Check, tmp_path: Path
) -> None:
    server = start_plugin(collector.api, collector.behaviours())
    assert check_plugin(server.endpoint, "--save", str(tmp_path / "kept")).status == 0
    collector.metadata["supported_features"] = []
    report = check_plugin(server.endpoint, "--compare", str(tmp_path / "kept"))
    assert report.names("failed") == ["init.compare"]
    assert report.check("init.compare")["offences"][0]["part"] == ["metadata.supported_features"]


def test_junit_has_a_case_a_check(
    collector: Collector, start_plugin: Start, check_plugin: Check, tmp_path: Path
) -> None:
    collector.found[5]["state"] = "IDLE"
    server = start_plugin(collector.api, collector.behaviours())
    report = check_plugin(server.endpoint, "--junit", str(tmp_path / "out" / "junit.xml"))
    suite = Tree.parse(tmp_path / "out" / "junit.xml").getroot()[0]
    cases = {case.get("name"): case for case in suite}
    assert list(cases) == [check["check"] for check in report.document["checks"]]
    assert (suite.get("failures"), suite.get("tests")) == ("1", str(len(cases)))
    failure = cases["collect.state"].find("failure")
    assert failure is not None
    assert "resource 6: its state is IDLE" in (failure.text or "")
    assert cases["get_tasks.rpc"].find("skipped") is not None


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        (("plugin", "test", "--endpoint", "grpc://127.0.0.1:1"), 78, "cannot connect to 127.0.0.1:1"),
        (("plugin", "test", "--endpoint", "localhost"), 2, "malformed endpoint"),
        (("plugin", "test", "--interface", "inventory.Colector", "--endpoint", "KITCHEN"), 2, "inventory.Collector"),
        (("plugin", "test", "--endpoint", "KITCHEN"), 2, "nothing to test"),
        (("plugin", "test", "--secret-data", "nothing.yml", "--endpoint", "KITCHEN"), 2, "nothing.yml"),
        (("plugin", "test", "--dir", "nowhere", "--endpoint", "KITCHEN"), 2, "--dir nowhere: there is no such folder"),
        (("plugin", "test", "--compare", "nowhere", "--endpoint", "KITCHEN"), 2, "nowhere"),
        (("plugin", "init", "Not-A-Name", "--interface", "inventory.Collector"), 2, "no name for a plugin"),
        (("plugin", "init", "a-plugin", "--interface", "inventory.Nothing"), 2, "no such plugin interface"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_status(
    line: tuple[str, ...], status: int, words: str, kitchen: Server, spacectl_inprocess: Command
) -> None:
    result = spacectl_inprocess(*(kitchen.endpoint if word == "KITCHEN" else word for word in line))
    assert (result.status, result.out) == (status, "")
    assert words in result.err
    assert result.err.startswith("error: ")


def test_a_person_at_a_terminal_sees_the_counts_of_each_run_grow(
    collector: Collector, start_plugin: Start, spacectl: Spacectl
) -> None:
    collector.pause = 0.02
    collector.found = [machine(index) for index in range(30)]
    server = start_plugin(collector.api, collector.behaviours())
    result = spacectl("plugin", "test", "--endpoint", server.endpoint, tty=True, size=(100, 30))
    assert result.status == 0
    drawn = [line for line in result.out.replace("\x1b", "\n").splitlines() if "resources in" in line]
    for run in ("collect:", "collect, the second run:", "collect, twice at once:"):
        assert len([line for line in drawn if run in line]) > 1, run
    assert "\x1b[32mok" in result.out
    assert "inventory.CloudService 30" in result.out


def collected(kind: type[Message], count: int, **data: Any) -> Iterator[bytes]:
    """Machines with keys of their own, as they come over the wire."""
    values = machine(0)
    values["resource"]["reference"]["resource_id"] = "i-00000"
    values["resource"]["data"] |= data
    before, after = json_format.ParseDict(values, kind()).SerializeToString().split(b"i-00000")
    return (b"%si-%05d%s" % (before, index, after) for index in range(count))


def new_run(kind: type[Message]) -> tuple[Run, Callable[[Iterable[bytes]], bool]]:
    """The first run of a collection, and what reads messages that are there already with all its checks."""
    convert = Decoder().converter(kind.DESCRIPTOR)
    scanner = Scanner(kind.DESCRIPTOR, lambda data: Item(kind.FromString(data), len(data), convert))
    run = Run(interface_named("inventory.Collector").steps[-1], str, None, frozenset(), Keeping(None, None))
    return run, lambda messages: all(run.read(map(scanner.item, messages)))


@pytest.fixture
def resource_type(collector_api: Api) -> type[Message]:
    """The type of the messages of a collection."""
    return type(collector_api.message("spaceone.api.inventory.plugin.ResourceInfo"))


def test_a_long_stream_is_checked_in_constant_memory(resource_type: type[Message]) -> None:
    """Hashes of the keys are kept, and not the resources, which are 90 MB here."""
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("no /proc")
    used: list[int] = []

    def measured() -> Iterator[bytes]:
        for number, message in enumerate(collected(resource_type, 3_000, raw=["x" * 1000] * 30)):
            if not number % 100:
                used.append(int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
            yield message

    run, read = new_run(resource_type)
    assert read(measured())
    assert run.keys.count == 3_000
    assert max(used) - used[0] < 40 << 20


def test_to_check_a_resource_takes_less_than_to_convert_it(resource_type: type[Message]) -> None:
    """10,000 a second with gRPC's own part: measured against what protobuf takes for a message, in this process."""
    messages = list(collected(resource_type, 500))

    def seconds(work: Callable[[], object]) -> float:
        begun = time.thread_time()
        work()
        return time.thread_time() - begun

    def convert() -> None:
        for message in messages:
            json_format.MessageToDict(resource_type.FromString(message))

    _, read = new_run(resource_type)
    turns = [(seconds(lambda: read(messages)), seconds(convert)) for _ in range(5)]
    assert min(mine for mine, _ in turns) < min(theirs for _, theirs in turns)


class NoGroups(dict[Any, Any]):
    """Groups of rows that are alike, of which none is ever found: each row is looked at by all checks."""

    def get(self, *_: Any) -> None:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_are_alike_are_checked_as_if_they_were_not(seed: int, resource_type: type[Message]) -> None:
    """What is found once among rows of the same shape is found: a value, an order, a key, a layout, a state."""
    kind = resource_type
    chance = random.Random(seed)
    messages = []
    for index in range(120):
        values = machine(index)
        resource = values["resource"]
        if not chance.randrange(6):
            name = chance.choice([*resource, "name", "reference", "cloud_service_type"])
            resource[name] = chance.choice(["", None, [], {}, 0, "other", {"resource_id": ""}, [1], {"a": 1}])
        if not chance.randrange(8):
            values["state"] = chance.choice(["FAILURE", "TIMEOUT", "IDLE", "SUCCESS"])
            values["message"] = chance.choice(["", " ", "why", f"why {index}"])
        if not chance.randrange(12):
            values["resource_type"] = chance.choice(["inventory.CloudServiceType", "inventory.Region", "", "no.Type"])
            resource |= {"group": chance.choice(["EC2", "Compute"]), "name": chance.choice(["Instance", "x"])}
        if not chance.randrange(15):
            values["match_rules"] = chance.choice([{}, {"1": "name"}, {"1": ["name"], "2": ["data.nothing"]}])
        messages.append(json_format.ParseDict(values, kind()).SerializeToString())
    runs = [new_run(kind), new_run(kind)]
    runs[1][0]._groups = NoGroups()
    for _, read in runs:
        assert read([*messages, *messages[:40]])
    found = [(list(run.results()), run.tally.rows, run.tally.messages, run.keys.total) for run, _ in runs]
    assert found[0] == found[1]
    run = runs[0][0]
    assert len(run._groups) < 110
    parsed: list[Any] = [kind.FromString(message) for message in (*messages, *messages[:40])]
    due = Counter(message.resource_type or "(none)" for message in parsed)
    assert run.tally.counts["type"] == due
    # neither is anything lost when there are too many groups
    run._end_groups()
    run._count(0)
    assert run.tally.counts["type"] == due


def test_only_so_many_messages_of_a_second_run_are_read() -> None:
    step = interface_named("inventory.Collector").steps[-1]
    tally, keys = Tally("collect", resources=True), Keys()
    read_keys(map(KeptItem, map(machine, range(50))), step, tally, keys.add, most=20)
    assert (tally.rows, keys.count) == (20, 20)


@pytest.mark.parametrize("name", ["notification.Protocol", "monitoring.Webhook"])
def test_what_needs_something_of_the_author_is_left_out_with_words(
    name: str, start_plugin: Start, check_plugin: Check
) -> None:
    api = api_of(name)
    answers: dict[str, Any] = {"init": {"metadata": {"data_type": "SECRET", "data": {"schema": {"type": "object"}}}}}

    def answer(exchange: Exchange) -> Iterator[Message]:
        next(exchange.requests)
        yield exchange.reply(**answers.get(exchange.descriptor.name, {}))

    paths = [f"{service.full_name}/{method.name}" for service in api.services() for method in service.methods]
    server = start_plugin(api, dict.fromkeys(paths, answer))
    report = check_plugin(server.endpoint)
    assert report.names("failed") == []
    last = report.document["checks"][-2]
    assert last["state"] == "skipped"
    assert "nothing to send: write" in last["detail"]
    assert os.sep + "test" + os.sep in last["detail"]
