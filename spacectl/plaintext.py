"""Whether a credential may go over a connection without TLS: to this machine and to private networks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacectl.errors import ConfigError
from spacectl.masking import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacectl.endpoint import Endpoint

# this machine, loopback, RFC 1918, RFC 6598, link-local, RFC 4193: what no router of the Internet passes on
PRIVATE = (
    *(
        "0.0.0.0/32",
        "::/128",
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
    ),
    *("::1/128", "fc00::/7", "fe80::/10"),
)


def check(endpoint: Endpoint, names: Iterable[str], timeout: float, *, proxied: bool) -> None:
    """Raises ConfigError where headers of these names, of which one is secret, would go in plaintext to the Internet.

    A name is looked up, for no more than `timeout` seconds; one that cannot be found passes, as nothing is sent to it,
    unless a proxy would find it.
    """
    secret = next((name for name in names if is_secret_key(name)), None)
    if secret is None or endpoint.tls or endpoint.port is None:
        return
    if endpoint.host == "localhost" or endpoint.host.startswith("127.") or endpoint.host == "::1":
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
