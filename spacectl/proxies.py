"""The proxy between us and an endpoint: `grpc_proxy`, `https_proxy`, `http_proxy`, and what `no_proxy` takes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spacectl.errors import ConfigError

if TYPE_CHECKING:
    from spacectl.endpoint import Endpoint

VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy")
EXCEPTIONS = ("no_grpc_proxy", "no_proxy")
DEFAULT_PORT = 80


def proxy_of(environ: Mapping[str, str], endpoint: Endpoint) -> str | None:
    """The proxy for an endpoint as `http://[user:password@]host:port`, None without one.

    Raises ConfigError for one that is no HTTP proxy, without showing its password.
    """
    variable = _first(environ, VARIABLES)
    if variable is None or endpoint.port is None:
        return None
    exceptions = _first(environ, EXCEPTIONS)
    if exceptions is not None and is_excepted(endpoint.host, endpoint.port, environ[exceptions]):
        return None
    value = environ[variable].strip()
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "http", value
    if scheme.lower() != "http":
        raise ConfigError(
            f"{variable}: a proxy of the kind {scheme}:// is not supported",
            f"`export grpc_proxy=http://HOST:PORT` is for gRPC alone, `export no_proxy={endpoint.host}` does without",
        )
    proxy = f"http://{rest.partition('/')[0]}"
    host, port, _ = parts(proxy)
    if not host or not 0 < port < 65536:
        raise ConfigError(f"{variable}: http://HOST:PORT is due")
    return proxy


def parts(proxy: str) -> tuple[str, int, str]:
    """The host and port of a proxy, and its `user:password`; port 0 where there is none that can be."""
    from urllib.parse import unquote

    user, _, address = proxy.removeprefix("http://").rpartition("@")
    host, colon, port = address.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = address, str(DEFAULT_PORT)
    return host.strip("[]"), int(port) if port.isdecimal() else 0, unquote(user)


def is_excepted(host: str, port: int, exceptions: str) -> bool:
    """Whether a `no_proxy` names a host: by its name, a domain that it is in, an address, a network, or `*`."""
    host = host.lower().rstrip(".")
    for entry in exceptions.lower().replace(",", " ").split():
        name, colon, number = entry.rpartition(":")
        if colon and number.isdecimal() and (":" not in name or name.startswith("[")):
            if int(number) != port:
                continue
            entry = name.strip("[]")  # noqa: PLW2901
        bare = entry.removeprefix("*").strip(".")
        if entry == "*" or host == bare or (bare and host.endswith(f".{bare}")):
            return True
        if "/" in entry and _in_network(host, entry):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The first of these variables, in lower case or upper case, that says something."""
    return next((name for low in names for name in (low, low.upper()) if environ.get(name, "").strip()), None)
