"""The lines of the benchmark: what each does, in whose words, and what it must reach."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.bench.api import RESOURCES, SERVICES

HERE = Path(__file__).parent
PACKAGE = "spaceone.api.bench.v1"
OURS = "spacectl"
LARGE = str(1 << 30)
MANY = "home-of-many"
SETTINGS = "api_key: eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJiZW5jaCJ9.c2lnbmF0dXJl\nendpoints:\n"


@dataclass(frozen=True)
class Limit:
    """What our figure may be at most: `most` times that of `rival`, or in seconds or MiB where there is none."""

    figure: Literal["cpu", "wall", "rss"]
    most: float
    rival: str = ""


@dataclass(frozen=True)
class Line:
    """One piece of work, as command lines of ours and of the rivals.

    `environ` is added for ours; `home` is where all of them find their configuration, in place of the usual one.
    `first` is run once before all, to fill the cache. `sign` is what every answer holds, but that of click and grpc.
    """

    name: str
    work: str
    commands: Mapping[str, list[str]]
    limits: tuple[Limit, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    runs: int = 0  # 0: as many as were asked for
    first: tuple[str, ...] = ()
    home: str = ""
    sign: str = ""


@dataclass(frozen=True)
class Tools:
    """How the command and its rivals are started; empty for those that are not there."""

    ours: list[str]
    python: list[str]
    grpcurl: list[str]
    buf: list[str]
    old: list[str]


def find_tools(ours: str | None, old: str | None) -> Tools:
    """What is installed: beside this Python, and on PATH."""
    beside = Path(sys.executable).parent / "spacectl"
    found = {name: shutil.which(name) for name in ("grpcurl", "buf")}
    return Tools(
        ours=[ours or str(beside)],
        python=[str(Path(ours).parent / "python") if ours else sys.executable],
        grpcurl=[found["grpcurl"]] if found["grpcurl"] else [],
        buf=[found["buf"]] if found["buf"] else [],
        old=[old] if old else [],
    )


def prepare(directory: Path, port: int, far_port: int, many: Sequence[int] = ()) -> dict[str, str]:
    """Writes homes with environments and inputs into the directory; the variables that lead there."""
    near = {"bench": port}
    services = {f"service_{number}": one for number, one in enumerate(many)}
    for home, environments in (("home", {"bench": near, "far": {"bench": far_port}}), (MANY, {"many": services})):
        config = directory / home / ".spaceone"
        (config / "environments").mkdir(parents=True)
        (config / "environment.yml").write_text(f"environment: {next(iter(environments))}\n")
        for name, endpoints in environments.items():
            lines = "".join(f"  {service}: grpc://127.0.0.1:{target}\n" for service, target in endpoints.items())
            (config / "environments" / f"{name}.yml").write_text(f"{SETTINGS}{lines}")
    (directory / "thousand.yml").write_text("---\n".join(f"plugin_id: plugin-{n:06}\n" for n in range(1000)))
    return {
        "HOME": str(directory / "home"),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "SPACECTL_CACHE_DIR": str(directory / "cache"),
    }


def lines(tools: Tools, port: int, far_port: int) -> list[Line]:
    """All lines, with the commands of the tools that are there."""

    def grpcurl(method: str, data: str, target: int = port) -> list[str]:
        options = ["-plaintext", "-max-msg-sz", LARGE, "-d", data, f"127.0.0.1:{target}", f"{PACKAGE}.Plugin/{method}"]
        return [*tools.grpcurl, *options]

    def buf(method: str, data: str, target: int = port) -> list[str]:
        url = f"http://127.0.0.1:{target}/{PACKAGE}.Plugin/{method}"
        return [*tools.buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", data, url]

    def naive(rows: int) -> list[str]:
        return [*tools.python, str(HERE / "naive_client.py"), f"127.0.0.1:{port}", str(rows)]

    def line(
        name: str,
        work: str,
        ours: str,
        limits: tuple[Limit, ...],
        runs: int = 0,
        environ: Mapping[str, str] | None = None,
        first: str = "",
        sign: str = "",
        home: str = "",
        **rivals: list[str],
    ) -> Line:
        commands = {OURS: [*tools.ours, *ours.split()], **rivals}
        if tools.old and (environ is None or home):
            commands["old"] = [*tools.old, *ours.split()]
        installed = {"grpcurl": tools.grpcurl, "buf": tools.buf}
        commands = {tool: argv for tool, argv in commands.items() if installed.get(tool, argv)}
        before = (*tools.ours, *first.split()) if first else ()
        return Line(name, work, commands, limits, environ or {}, runs, before, home, sign)

    click = {"click": [*tools.python, "-c", "import click"]}
    grpc = {"grpc": [*tools.python, "-c", "import grpc"]}
    start = (Limit("cpu", 1.3, "click"),)
    call = (Limit("cpu", 1.0, "grpc"), Limit("cpu", 0.04, "old"))
    # the second says what the first is on a machine on which grpcurl takes 0.9 s for the same rows
    quick = (Limit("cpu", 0.25), Limit("cpu", 0.28, "grpcurl"), Limit("rss", 60))
    ten, many, most = '{"name": "10"}', '{"name": "10000"}', '{"name": "100000"}'
    get = '{"plugin_id": "plugin-000001"}'
    large = "list bench.Plugin -p name=10000 -o"
    far = {"SPACECTL_ENVIRONMENT": "far"}
    return [
        line("help", "`--help`", "--help", start, sign="Usage:", **click),
        line("config-show", "`config show`", "config show", start, sign="127.0.0.1", **click),
        line(
            "tab",
            "one TAB",
            "__complete zsh spacectl list bench.",
            start,
            first="list bench.Plugin",
            sign="bench.Plugin",
            **click,
        ),
        line(
            "get",
            "a warm `get`",
            "get bench.Plugin -p plugin_id=plugin-000001",
            call,
            sign="plugin-000000",
            **grpc,
            grpcurl=grpcurl("get", get),
        ),
        line(
            "exec",
            "a warm `exec`",
            "exec delete bench.Plugin -p plugin_id=plugin-000001",
            call,
            **grpc,
            grpcurl=grpcurl("delete", get),
        ),
        line(
            "list",
            "a warm `list` of 10 rows",
            "list bench.Plugin -c plugin_id,name",
            call,
            sign="plugin-000010",
            **grpc,
            grpcurl=grpcurl("list", ten),
            buf=buf("list", ten),
        ),
        line(
            "far",
            "the same, 20 ms away",
            "list bench.Plugin -c plugin_id,name",
            (Limit("wall", 1.0, "grpcurl"), Limit("wall", 0.75, "buf")),
            environ=far,
            sign="plugin-000010",
            grpcurl=grpcurl("list", ten, far_port),
            buf=buf("list", ten, far_port),
        ),
        line(
            "cold",
            "a cold `list`, of 10 rows",
            "list bench.Plugin -c plugin_id,name",
            (Limit("cpu", 1.15, "warm"),),
            environ={"SPACECTL_CACHE_DIR": ""},
            sign="plugin-000010",
            warm=[
                *tools.ours,
                "--endpoint",
                f"grpc://127.0.0.1:{port}",
                "list",
                "bench.Plugin",
                "-c",
                "plugin_id,name",
            ],
        ),
        line(
            "json-10k",
            "10,000 rows, `-o json`",
            f"{large} json",
            (Limit("cpu", 0.5, "grpcurl"), Limit("rss", 60)),
            sign="plugin-010000",
            grpcurl=grpcurl("list", many),
        ),
        line(
            "yaml-10k",
            "10,000 rows, `-o yaml`",
            f"{large} yaml",
            (Limit("cpu", 0.12, "naive"), Limit("rss", 60)),
            3,
            sign="plugin-010000",
            naive=naive(10_000),
        ),
        line(
            "table-10k",
            "10,000 rows, a table of two columns",
            f"{large} table -c plugin_id,name",
            quick,
            grpcurl=grpcurl("list", many),
            sign="plugin-010000",
        ),
        line(
            "csv-10k",
            "10,000 rows, `-o csv`",
            f"{large} csv",
            quick,
            sign="plugin-010000",
            grpcurl=grpcurl("list", many),
        ),
        line(
            "json-100k",
            "100,000 rows in pages, `-o json`",
            "list bench.Plugin -p name=100000 --all-pages -o json",
            (Limit("cpu", 0.5, "grpcurl"), Limit("rss", 70)),
            1,
            sign="plugin-100000",
            grpcurl=grpcurl("list", most),
        ),
        line(
            "calls-1000",
            "1,000 calls, 16 at once",
            "exec get bench.Plugin -f thousand.yml --parallel 16",
            (Limit("cpu", 1.5),),
            3,
            sign="plugin-000000",
        ),
        line(
            "api-resources",
            f"`api-resources` of {SERVICES} endpoints and {RESOURCES} resources, cold",
            "api-resources",
            (Limit("cpu", 0.15, "old"),),
            environ={"SPACECTL_CACHE_DIR": ""},
            home=MANY,
            sign=f"Resource{RESOURCES - 1:03}",
        ),
    ]
