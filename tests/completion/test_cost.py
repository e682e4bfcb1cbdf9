"""One TAB costs no more than a third over `import click`, with 160 resources in the cache."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from peers.command import clean_environment

from spacectl.rpc.cache import DescriptorCache

VALGRIND = shutil.which("valgrind")
SERVICES, RESOURCES, VERBS, FIELDS = 13, 160, 6, 12
COMPLETE = "import sys; from spacectl.__main__ import main; sys.argv[0] = 'spacectl'; main()"
REQUEST_NAMES = [f"verb_{number}" for number in range(VERBS)]


def resource(package: str, name: str) -> FileDescriptorProto:
    """A file with one service whose verbs take a message with fields and a message in it."""
    file = FileDescriptorProto(name=f"{package}.{name}.proto", package=package)
    inner = file.message_type.add(name="Inner")
    for number in range(FIELDS):
        inner.field.add(name=f"inner_{number}", number=number + 1, type=9, label=1)
    service = file.service.add(name=name)
    for verb in REQUEST_NAMES:
        request = file.message_type.add(name=f"{verb}Request")
        for number in range(FIELDS):
            request.field.add(name=f"field_{number}", number=number + 1, type=9, label=1)
        request.field.add(name="inner", number=99, type=11, label=1, type_name=f".{package}.Inner")
        service.method.add(name=verb, input_type=f".{package}.{verb}Request", output_type=f".{package}.Inner")
    return file


@pytest.fixture(scope="session")
def platform_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that knows 160 resources of 13 services, each with an endpoint of its own."""
    home = tmp_path_factory.mktemp("platform") / "home"
    (home / ".spaceone" / "environments").mkdir(parents=True)
    endpoints = {f"service_{number}": f"grpc://service-{number}:50051" for number in range(SERVICES)}
    lines = "".join(f"  {service}: {url}\n" for service, url in endpoints.items())
    (home / ".spaceone" / "environments" / "dev.yml").write_text(f"endpoints:\n{lines}")
    (home / ".spaceone" / "environment.yml").write_text("environment: dev\n")
    names: dict[str, list[str]] = {service: [] for service in endpoints}
    for number in range(RESOURCES):
        service = f"service_{number % SERVICES}"
        cache = DescriptorCache(home / ".cache" / "spacectl", endpoints[service])
        package, name = f"spaceone.api.{service}.v1", f"Resource{number}"
        file = resource(package, name)
        cache.store_files(f"{package}.{name}", {file.name: file}, time.time_ns())
        names[service].append(f"{package}.{name}")
    for service, url in endpoints.items():
        DescriptorCache(home / ".cache" / "spacectl", url).store_services(names[service], 1)
    return home


def instructions(home: Path, code: str, *arguments: str) -> tuple[int, str]:
    """How many instructions a program takes, and what it prints."""
    program = [sys.executable, "-c", code, *arguments]
    environment = clean_environment(home, {"PYTHONHASHSEED": "0"})
    subprocess.run(program, env=environment, check=True, capture_output=True, timeout=60)  # compiles what is new
    line = [VALGRIND or "", "--tool=callgrind", "--callgrind-out-file=/dev/null", *program]
    done = subprocess.run(line, env=environment, check=True, capture_output=True, text=True, timeout=300)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found is not None, done.stderr
    return int(found[1]), done.stdout


@pytest.mark.timeout(600)
@pytest.mark.skipif(VALGRIND is None, reason="there is no valgrind to count instructions with")
def test_a_tab_costs_at_most_1_3_times_the_import_of_click(platform_home: Path) -> None:
    click, _ = instructions(platform_home, "import click")
    lines = {
        "spacectl exec verb_1 ": RESOURCES,
        "spacectl exec verb_1 service_3.Resource3 -p inner.inner_1": 3,
    }
    for line, count in lines.items():
        cost, text = instructions(platform_home, COMPLETE, "__complete", "bash", line, line.rpartition(" ")[2])
        assert len(text.splitlines()) - 1 == count
        assert cost <= 1.3 * click, f"{line!r}: {cost / click:.2f}"
        print(f"{line!r}: {cost / click:.2f} x import click")
