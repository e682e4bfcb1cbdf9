"""How an endpoint is reached: certificates, names, limits, headers. Option over variable over file.

In the file of an environment, `connection` holds what is for all its services, `connections` what is for one, and
`headers` those that go with every call. Files are relative to the directory of the configuration:

    connection: {cacert: ca.pem}
    headers: {x-tenant: blue, x-signature: "${SIGNATURE}"}
    connections:
      identity: {server_name: identity.internal}
      legacy: {protos: [legacy.proto], proto_paths: [protos]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from spacectl.config import Environment, directory, matching
from spacectl.errors import ConfigError, SpacectlError, UsageError
from spacectl.nearest import did_you_mean

MEBIBYTE = 1024 * 1024
COMPRESSIONS = ("gzip", "deflate")
# what must be in these files, as the lines that begin with -----BEGIN call it
FILES: Mapping[str, str] = MappingProxyType({"cacert": "certificate", "cert": "certificate", "key": "private key"})
DESCRIPTIONS = ("protosets", "protos", "proto_paths")
VARIABLES = ("cacert", "cert", "key", "connect_timeout", "retries")
SHARED, OWN, HEADERS = "connection", "connections", "headers"


class _FileError(ValueError):
    """What is wrong with a file, and a way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


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
    protosets: tuple[Path, ...] = ()
    protos: tuple[Path, ...] = ()
    proto_paths: tuple[Path, ...] = ()

    def expected_name(self, host: str) -> str:
        """The name that the certificate of a host has to have; an authority is one, as with other clients of gRPC."""
        if self.server_name is not None:
            return self.server_name
        if self.authority is None:
            return host
        name, colon, port = self.authority.rpartition(":")
        return (name if colon and port.isdecimal() else self.authority).strip("[]")

    def __repr__(self) -> str:
        # headers and the proxy may hold secrets, which must not reach a traceback
        return "ConnectionSettings(…)"


def resolve(
    options: Mapping[str, Any], environ: Mapping[str, str], environment: Environment, service: str
) -> ConnectionSettings:
    """The settings of one service: of the command line, of variables, of the service and of the environment.

    Raises UsageError for what was typed, ConfigError for what a variable or a file says; both name the place.
    """
    base = directory(environ)
    found: dict[str, Any] = {}
    for origin, given in _files(environment, service):
        _lay(found, _read(given, environ, origin, base, ConfigError))
    for name in VARIABLES:
        variable = f"SPACECTL_{name.upper()}"
        if environ.get(variable):
            _lay(found, _read({name: environ[variable]}, environ, variable, None, ConfigError, exact=True))
    _lay(found, _read(options, environ, "", None, UsageError))
    if found.get("key") is not None and found.get("cert") is None:
        raise ConfigError("the key of a client's certificate is given, and no certificate", "--cert FILE gives one")
    if found.get("cert") is not None and found.get("key") is None:
        try:
            # one file may hold both
            found["key"] = _pem("key", str(found["cert"]), None)
        except ValueError as problem:
            raise ConfigError(f"the certificate of the client: {problem}", "--key FILE gives it") from None
    return ConnectionSettings(**found)


def _lay(found: dict[str, Any], given: dict[str, Any]) -> None:
    """Lays settings over others: headers by their names."""
    if HEADERS in given:
        from spacectl.headers import over

        given[HEADERS] = over(given[HEADERS], found.get(HEADERS, ()))
    if "cert" in given and "key" not in given:
        # the key of another certificate is of no use
        found.pop("key", None)
    found.update(given)


def _files(environment: Environment, service: str) -> list[tuple[str, Mapping[str, Any]]]:
    """What the file says of a service, the more general first, each with its place. Raises ConfigError."""
    given = []
    shared = environment.settings.get(SHARED)
    if shared is not None:
        given.append((environment.origins.get(SHARED, SHARED), shared))
    if environment.settings.get(HEADERS) is not None:
        # the place of a setting is named by its origin and its own name
        origin = environment.origins.get(HEADERS, HEADERS).removesuffix(HEADERS).removesuffix(".")
        given.append((origin, {HEADERS: environment.settings[HEADERS]}))
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
    given: Mapping[str, Any],
    environ: Mapping[str, str],
    origin: str,
    base: Path | None,
    error: type[SpacectlError],
    *,
    exact: bool = False,
) -> dict[str, Any]:
    """Settings as the values that they stand for; a file is relative to `base`. Raises `error`, which names the place.

    That is `origin` and the setting, `origin` alone where it is `exact`, or the option.
    """
    read: dict[str, Any] = {}
    for name, value in given.items():
        option = "-H" if name == HEADERS else f"--{name.replace('_', '-')}"
        place = origin if exact else f"{origin}.{name}".replace(": .", ": ").lstrip(".") if origin else option
        if name != HEADERS and name not in READERS:
            known = [HEADERS, *READERS]
            raise error(f"{place}: unknown setting{did_you_mean(name, known)}", f"there are: {', '.join(known)}")
        if value is None:
            continue
        try:
            if name == HEADERS:
                from spacectl.headers import configured, typed

                read[name] = typed(value, environ) if isinstance(value, tuple) else configured(value, environ)
            else:
                read[name] = checked(name, value, base)
                if name in DESCRIPTIONS:
                    read[name] = tuple(_placed(path, base) for path in read[name])
        except ValueError as problem:
            raise error(f"{place}: {problem}", *([problem.hint] if isinstance(problem, _FileError) else [])) from None
    return read


def checked(name: str, value: Any, base: Path | None) -> Any:
    """What a setting stands for, where files are relative to `base`. Raises ValueError."""
    return _pem(name, value, base) if name in FILES else READERS[name](value)


def _pem(name: str, value: Any, base: Path | None) -> Path:
    """A file with certificates or a key, looked into: gRPC would say no word of what is wrong with it."""
    path = Path(_text(value)).expanduser()
    path = path if base is None else base / path
    try:
        with path.open("rb") as file:
            content = file.read(1_000_000)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if b"-----BEGIN " not in content:
        raise _FileError(
            f"{path} is no PEM file: it has no line of the form -----BEGIN …-----",
            f"`openssl {'pkey' if name == 'key' else 'x509'} -in FILE -inform der -out {name}.pem` makes PEM of DER",
        )
    if b"ENCRYPTED" in content:
        raise _FileError(
            f"{path}: the key is encrypted, which gRPC cannot read",
            "`openssl pkey -in FILE -out key.pem` writes a key without a passphrase",
        )
    if f"{FILES[name].upper()}-----".encode() not in content:
        raise ValueError(f"{path} holds no {FILES[name]}")
    return path


def _placed(path: Path, base: Path | None) -> Path:
    return path.expanduser() if base is None else base / path.expanduser()


def _files_of(value: Any) -> tuple[Path, ...]:
    return tuple(Path(_text(one)) for one in (value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("a text is due")
    return value


def _flag(value: Any) -> bool:
    if value not in (True, False, "true", "false"):
        raise ValueError("true or false is due")
    return value in (True, "true")


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
        "cacert": _text,
        "cert": _text,
        "key": _text,
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
        **dict.fromkeys(DESCRIPTIONS, _files_of),
    }
)
