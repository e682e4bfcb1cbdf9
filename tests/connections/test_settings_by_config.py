"""`config set` and `config remove` of the settings of connections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shlex import split as words

import pytest
import yaml
from peers.command import Result, Spacectl
from peers.server import Server
from quiet_headers import received

LIST = "list kitchen.v1.Dish -c dish_id -o csv"


def settings(spacectl: Spacectl) -> object:
    return yaml.safe_load((spacectl.config_dir / "environments" / "dev.yml").read_text())


def test_what_is_set_is_used_and_what_is_removed_is_not(
    spacectl: Spacectl, start_tls: Callable[..., Server], pem: Callable[[str], Path]
) -> None:
    server = start_tls()
    spacectl("config", "init", "-e", "dev")
    assert spacectl("config", "endpoint", "add", "kitchen", server.endpoint).status == 0
    assert spacectl(*words(LIST)).status == 78
    given = pem("ca").parent
    assert spacectl("config", "set", "connections.kitchen.cacert", "ca.pem", cwd=given).status == 0
    assert spacectl("config", "set", "headers.x-tenant", "blue-${COLOUR}").status == 0
    assert spacectl("config", "set", "connection.connect_timeout", "3").status == 0
    assert spacectl("config", "set", "connection.insecure", "false").status == 0
    result = spacectl(*words(LIST), env={"COLOUR": "7"})
    assert (result.status, result.err) == (0, "")
    assert received(server, "x-tenant") == ["blue-7"]
    assert settings(spacectl) == {
        "endpoints": {"kitchen": server.endpoint},
        "connections": {"kitchen": {"cacert": str(given / "ca.pem")}},
        "headers": {"x-tenant": "blue-${COLOUR}"},
        "connection": {"connect_timeout": "3", "insecure": "false"},
    }
    assert spacectl("config", "remove", "connections.kitchen.cacert").status == 0
    assert spacectl("config", "remove", "headers.x-tenant").status == 0
    assert spacectl(*words(LIST)).status == 78
    assert spacectl("config", "remove", "headers.x-tenant").status == 2


@pytest.mark.parametrize(
    "pair",
    [
        *("connection.cacerts x", "connection x", "connection. x", "connections.kitchen x", "connections..cacert x"),
        *("connection.retries many", "connection.insecure perhaps", "connection.cacert nowhere.pem"),
        *("headers.grpc-timeout s3cret", "'headers.x y' s3cret", "headers.x-bin s3cret!"),
    ],
)
def test_what_cannot_be_a_setting_is_refused_and_nothing_written(
    pair: str, spacectl: Spacectl, spacectl_inprocess: Callable[..., Result]
) -> None:
    assert spacectl_inprocess("config", "init", "-e", "dev").status == 0
    result = spacectl_inprocess("config", "set", *words(pair))
    assert (result.status, result.out) == (2, "")
    assert "s3cret" not in result.err
    assert settings(spacectl) == {}
