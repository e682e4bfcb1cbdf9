"""How an endpoint is reached: certificates, names, limits, headers. Option over variable over file.

In the file of an environment, `connection` holds what is for all its services and `connections` what is for one:

    connection: {cacert: ca.pem, headers: {x-tenant: blue}}
    connections:
      identity: {server_name: identity.internal}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from spacectl.config import Environment, directory, matching
from spacectl.errors import ConfigError, UsageError
from spacectl.nearest import did_you_mean

MEBIBYTE = 1024 * 1024
COMPRESSIONS = ("gzip", "deflate")
VARIABLES = ("cacert", "cert", "key", "connect_timeout", "retries")
SHARED, OWN = "connection", "connections"


class ConnectionSettings(NamedTuple):
    """How an endpoint is reached. Times are in seconds, sizes in bytes; None is what gRPC does by itself."""

    cacert: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    server_name: str | None = None
    insecure: bool = False
    authority: str | None = None
    connect_timeout: float = 5.0
    keepalive: float | None = None
    max_message_size: int = 256 * MEBIBYTE
    compression: str | None = None
    headers: tuple[tuple[str, str | bytes], ...] = ()
    retries: int = 2
    idempotent: bool = False
    allow_plaintext_token: bool = False
    proxy: str | None = None

    def __repr__(self) -> str:
        # headers and the proxy may hold secrets, which must not reach a traceback
        return "ConnectionSettings(…)"


def resolve(
    options: Mapping[str, Any], environ: Mapping[str, str], environment: Environment, service: str
) -> ConnectionSettings:
    """The settings of one service: of the command line, of variables, of the service and of the environment.

    Raises UsageError for what was typed, ConfigError for what a variable or a file says; both name the place.
    """
    found: dict[str, Any] = {}
    for origin, given in _files(environment, service):
        found |= _read(given, origin, directory(environ), ConfigError)
    variables = {name: value for name in VARIABLES if (value := environ.get(f"SPACECTL_{name.upper()}"))}
    for name, value in variables.items():
        found |= _read({name: value}, "", None, ConfigError, f"SPACECTL_{name.upper()}")
    found |= _read(options, "", None, UsageError)
    return ConnectionSettings(**found)


def _files(environment: Environment, service: str) -> list[tuple[str, Mapping[str, Any]]]:
    """What the file says of a service, the more general first, each with its place. Raises ConfigError."""
    given = []
    shared = environment.settings.get(SHARED)
    if shared is not None:
        given.append((environment.origins.get(SHARED, SHARED), shared))
    own = environment.settings.get(OWN)
    if own is not None:
        origin = environment.origins.get(OWN, OWN)
        if not isinstance(own, dict):
            raise ConfigError(f"{origin}: a mapping is due, as in `identity: {{cacert: ca.pem}}`")
        name = matching(service, own) if service else None
        if name is not None:
            given.append((f"{origin}.{name}", own[name]))
    for origin, settings in given:
        if not isinstance(settings, dict):
            raise ConfigError(f"{origin}: a mapping is due, as in `cacert: ca.pem`")
    return given


def _read(
    given: Mapping[str, Any], origin: str, base: Path | None, error: type[Exception], said: str = ""
) -> dict[str, Any]:
    """Settings as the values that they stand for; a file is relative to `base`. Raises `error`."""
    read: dict[str, Any] = {}
    for name, value in given.items():
        place = said or (f"{origin}.{name}" if origin else f"--{name.replace('_', '-')}")
        reader = READERS.get(name)
        if reader is None:
            raise error(f"{place}: unknown setting{did_you_mean(name, READERS)}", f"there are: {', '.join(READERS)}")
        if value is None:
            continue
        try:
            read[name] = reader(value)
        except ValueError as problem:
            raise error(f"{place}: {problem}") from None
        if isinstance(read[name], Path):
            path = read[name].expanduser()
            read[name] = path if base is None else base / path
    return read


def _file(value: Any) -> Path:
    return Path(_text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("a text is due")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is due")
    return value


def _number(value: Any) -> float:
    try:
        return float(value) if not isinstance(value, bool) else float("nan")
    except (TypeError, ValueError):
        return float("nan")


def _seconds(value: Any) -> float:
    seconds = _number(value)
    if not 0 < seconds < 1e6:
        raise ValueError(f"{value}: seconds are due, as in 5")
    return seconds


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = _number(value)
        if not lowest <= number <= highest or number != int(number):
            raise ValueError(f"{value}: a whole number from {lowest} to {highest} is due")
        return int(number)

    return read


def _mebibytes(value: Any) -> int:
    return _whole(1, 2047)(value) * MEBIBYTE


def _compression(value: Any) -> str:
    if value not in COMPRESSIONS:
        raise ValueError(f"{value}: {' or '.join(COMPRESSIONS)} is due")
    return str(value)


READERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "cacert": _file,
        "cert": _file,
        "key": _file,
        "server_name": _text,
        "insecure": _flag,
        "authority": _text,
        "connect_timeout": _seconds,
        "keepalive": _seconds,
        "max_message_size": _mebibytes,
        "compression": _compression,
        "retries": _whole(0, 100),
        "idempotent": _flag,
        "allow_plaintext_token": _flag,
    }
)
