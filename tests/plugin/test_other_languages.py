"""A plugin in another language: grpc-js, with its own reflection, where node and npm are there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from reports import Report

from spacectl.plugin.interfaces import interface_named
from spacectl.plugin.proto_text import proto_text

# as it was before the tests took proxies and settings out of it, which npm may need
REAL_ENVIRON = dict(os.environ)
HERE = Path(__file__).parent / "node"


@pytest.fixture
def node_collector(tmp_path: Path) -> Iterator[str]:
    """The endpoint of a collector on grpc-js; skips without node, or where its packages cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no node")
    folder = shutil.copytree(HERE, tmp_path / "node")
    environ = {**REAL_ENVIRON, "npm_config_cache": str(tmp_path / "cache"), "npm_config_update_notifier": "false"}
    line = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    try:
        done = subprocess.run(line, cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm takes too long")
    if done.returncode:
        if REAL_ENVIRON.get("SPACECTL_TEST_NODE"):
            pytest.fail(done.stderr)
        pytest.skip(f"npm cannot install grpc-js: {done.stderr.strip()[-200:]}")
    (folder / "collector.proto").write_text(proto_text(interface_named("inventory.Collector")))
    program = [node, "server.js", "collector.proto"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(program, cwd=folder, text=True, **pipes) as process:
        assert process.stdout is not None
        yield f"grpc://127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate(timeout=20)


def test_a_collector_on_grpc_js_passes(node_collector: str, check_plugin: Callable[..., Report], secret: str) -> None:
    report = check_plugin(node_collector, "--secret-data", secret)
    assert report.names("failed", "warned") == []
    assert report.names("skipped") == ["get_tasks.rpc"]
    assert report.document["streams"][0]["rows"] == 5
    many = check_plugin(node_collector, "--secret-data", secret, "--options", "-", stdin="count: 300")
    assert (many.status, many.document["streams"][0]["rows"]) == (0, 300)
