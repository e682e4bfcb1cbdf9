"""Environments to sign in with, tokens made here, and calls past the command."""

from __future__ import annotations

import base64
import json
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import yaml
from peers.command import Result
from peers.protosets import Api

from spacectl.logins import fingerprint

PASSWORD = "sandbox"
ADMIN = "admin@sandbox.example"
SERVICES = ("identity", "repository")
Run = Callable[..., Result]


def jwt(**claims: Any) -> str:
    """A JSON Web Token of these claims; its signature is nobody's."""
    parts = ({"alg": "HS256"}, {"iss": "tests", **claims})
    body = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{body}.c2lnbmF0dXJl"


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def lapse(token: str) -> None:
    """Waits until a token has expired."""
    time.sleep(max(claims(token)["exp"] - time.time(), 0) + 0.1)


@dataclass(frozen=True)
class Place:
    """A configuration directory with an environment `dev`."""

    base: Path
    endpoint: str

    @property
    def env(self) -> dict[str, str]:
        return {"SPACECTL_CONFIG_DIR": str(self.base)}

    @property
    def file(self) -> Path:
        return self.base / "environments" / "dev.yml"

    @property
    def login(self) -> Path:
        return self.base / "logins" / "dev.yml"

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.file.read_text()) or {}
        return found

    def change(self, **settings: Any) -> None:
        """Puts settings into the environment; None takes one out."""
        kept = {key: value for key, value in {**self.settings, **settings}.items() if value is not None}
        self.file.write_text(yaml.safe_dump(kept))

    def expire(self) -> str:
        """Puts one that has expired in the place of the login's access token, and gives it."""
        token = jwt(**{**claims(self.settings["token"]), "exp": int(time.time()) - 60})
        self.change(token=token)
        self.login.write_text(
            yaml.safe_dump({**yaml.safe_load(self.login.read_text()), "fingerprint": fingerprint(token)})
        )
        return token

    def secrets(self) -> list[str]:
        """The tokens that are kept."""
        kept = yaml.safe_load(self.login.read_text()) if self.login.exists() else {}
        found = [kept.get("refresh_token"), self.settings.get("token")]
        return [one for one in found if one]


def place_at(base: Path, endpoint: str) -> Place:
    place = Place(base, endpoint)
    place.file.parent.mkdir(parents=True)
    (base / "environment.yml").write_text("environment: dev\n")
    place.file.write_text(yaml.safe_dump({"endpoints": dict.fromkeys(SERVICES, endpoint), "note": "stays"}))
    return place


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def ask(endpoint: str, api: Api, path: str, **request: Any) -> dict[str, Any]:
    """An answer of a server, past the command."""
    method = api.method(path)
    with grpc.insecure_channel(endpoint.removeprefix("grpc://")) as channel:
        call = channel.unary_unary(
            f"/{path}", request_serializer=lambda one: one.SerializeToString(), response_deserializer=lambda data: data
        )
        data = call(api.message(method.input_type.full_name, request), timeout=20)
    message = api.message(method.output_type.full_name)
    message.ParseFromString(data)
    return api.as_dict(message)
