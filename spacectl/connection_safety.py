"""Whether a connection is safe for what goes over it: in plaintext, a credential goes to private networks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacectl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint

TLS_OPTIONS = ("cacert", "cert", "server_name", "insecure")
# this machine, loopback, RFC 1918, RFC 6598, link-local, RFC 4193: what no router of the Internet passes on
PRIVATE = (
    *("0.0.0.0/32", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
    *("169.254.0.0/16", "::/128", "::1/128", "fc00::/7", "fe80::/10"),
)


def refuse_plaintext(endpoint: Endpoint, names: Iterable[str], timeout: float, *, proxied: bool) -> None:
    """Raises ConfigError where headers of these names, of which one is secret, would go in plaintext to the Internet.

    A name is looked up, for no more than `timeout` seconds; one that cannot be found passes, as nothing is sent to it,
    unless a proxy would find it.
    """
    if endpoint.tls or endpoint.port is None or _is_this_machine(endpoint.host):
        return
    from spacectl.masking import is_secret_key

    secret = next((name for name in names if is_secret_key(name)), None)
    if secret is None:
        return
    addresses = _addresses(endpoint, timeout)
    if addresses is None:
        if not proxied:
            return
        where = "whose address only the proxy knows"
    else:
        public = next((one for one in addresses if not is_private(one)), None)
        if public is None:
            return
        where = "a public address" if public == endpoint.host else f"at the public address {public}"
    raise ConfigError(
        f"the {secret} is not sent without TLS to {endpoint.host}:{endpoint.port}, {where}: others could read it",
        f"use grpc+ssl://{endpoint.target} for the endpoint, if the server speaks TLS",
        "--allow-plaintext-token sends it all the same",
    )


def cautions(endpoint: Endpoint, settings: ConnectionSettings, typed: Container[str]) -> Iterator[str]:
    """What the user has to be told of a connection, for which the options `typed` were given."""
    if endpoint.tls and settings.insecure:
        yield (
            f"--insecure: the certificate of {endpoint.target} is not checked. "
            "Whoever is in between can read and change everything, credentials too"
        )
    useless = next((name for name in TLS_OPTIONS if name in typed), None)
    if useless is not None and not endpoint.tls and endpoint.port is not None:
        option = f"--{useless.replace('_', '-')}"
        yield f"{option} has no effect: {endpoint.url} is plaintext, grpc+ssl://{endpoint.target} is TLS"


def _is_this_machine(host: str) -> bool:
    """Whether a host is this machine, as nothing has to be loaded or asked to tell."""
    return host in ("localhost", "::1") or (host.startswith("127.") and host.replace(".", "").isdecimal())


def is_private(address: str) -> bool:
    """Whether an IP address is of this machine or of a private network."""
    from ipaddress import IPv6Address, ip_address, ip_network

    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(network) for network in PRIVATE)


def _addresses(endpoint: Endpoint, timeout: float) -> list[str] | None:
    """The addresses of an endpoint, None where its name cannot be found."""
    from ipaddress import ip_address

    try:
        return [str(ip_address(endpoint.host.partition("%")[0]))]
    except ValueError:
        pass
    from spacectl.resolving import resolve

    found = resolve(endpoint.host, endpoint.port or 0, timeout)
    return [str(address[4][0]) for address in found] or None
