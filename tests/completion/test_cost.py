"""One TAB costs no more than a third over `import click`, with 160 resources in the cache."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from peers.command import Spacectl
from peers.once import place_of_all

from spacectl.rpc.cache import DescriptorCache

sys.path.append(str(Path(__file__).parents[2]))  # for tests.bench, which is no test and has no fixtures

from tests.bench.instructions import CLICK, Counter

VALGRIND = shutil.which("valgrind")
SERVICES, RESOURCES, VERBS, FIELDS = 13, 160, 6, 12
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


@pytest.mark.timeout(600)
@pytest.mark.skipif(VALGRIND is None, reason="there is no valgrind to count instructions with")
def test_a_tab_costs_at_most_1_3_times_the_import_of_click(
    platform_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environ = {"HOME": str(platform_home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    counter = Counter(environ, platform_home, place_of_all(tmp_path_factory))
    click = counter.program(CLICK)
    lines = {
        "spacectl exec verb_1 ": RESOURCES,
        "spacectl exec verb_1 service_3.Resource3 -p inner.inner_1": 3,
    }
    for line, count in lines.items():
        words = ("__complete", "bash", line, line.rpartition(" ")[2])
        printed = Spacectl(platform_home)(*words)
        assert len(printed.out.splitlines()) - 1 == count
        cost = counter.command(*words)
        assert cost <= 1.3 * click, f"{line!r}: {cost / click:.2f}"
        print(f"{line!r}: {cost / click:.2f} x import click")
