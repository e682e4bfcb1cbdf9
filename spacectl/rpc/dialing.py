"""A plain connection to an endpoint, for what gRPC cannot do: `--insecure`, and finding out why there is none."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint

LONGEST_HEAD = 16_384


class ProxyError(OSError):
    """A proxy cannot be reached, or does not connect: in words, without its password."""


def dial(endpoint: Endpoint, proxy: str | None, timeout: float) -> socket.socket:
    """A connected socket, through a proxy where there is one, within `timeout` seconds. Raises OSError, ProxyError."""
    deadline = time.monotonic() + timeout
    if endpoint.port is None:
        path = endpoint.target.removeprefix("unix:")
        from urllib.parse import unquote

        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(timeout)
            made.connect(unquote(path))
        except BaseException:
            made.close()
            raise
        return made
    if proxy is None:
        return _connected(endpoint.host, endpoint.port, deadline)
    from spacectl.proxies import parts

    host, port, credentials = parts(proxy)
    shown = f"{host}:{port}"
    try:
        made = _connected(host, port, deadline)
    except socket.gaierror:
        raise ProxyError(f"the proxy {shown}: the host name cannot be resolved") from None
    except OSError as error:
        reason = "no connection in time" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
        raise ProxyError(f"the proxy {shown} cannot be reached: {reason}") from None
    try:
        status = _connect_through(made, endpoint, credentials, deadline)
    except OSError as error:
        made.close()
        reason = "no answer in time" if isinstance(error, TimeoutError) else "it closes the connection"
        raise ProxyError(f"the proxy {shown} does not connect: {reason}") from None
    if not status.partition(" ")[2].startswith("2"):
        made.close()
        raise ProxyError(f"the proxy {shown} refuses to connect: {status.partition(' ')[2] or 'no HTTP proxy'}")
    return made


def tls_context(settings: ConnectionSettings, *, checked: bool) -> ssl.SSLContext:
    """A TLS context with the certificates of the settings. Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not checked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.cacert is not None:
        context.load_verify_locations(settings.cacert)
    else:
        context.load_default_certs()
    if settings.cert is not None:
        # an encrypted key must not make anyone be asked for its password
        context.load_cert_chain(settings.cert, settings.key, password="")
    context.set_alpn_protocols(["h2"])
    return context


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """As socket.create_connection, with one limit of time for all addresses."""
    from spacectl.resolving import resolve

    failure: OSError = socket.gaierror(f"{host} cannot be resolved")
    for family, kind, protocol, _, address in resolve(host, port, max(deadline - time.monotonic(), 0.01)):
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(max(deadline - time.monotonic(), 0.01))
            made.connect(address)
        except OSError as error:
            made.close()
            failure = error
            continue
        made.settimeout(max(deadline - time.monotonic(), 0.01))
        return made
    raise failure


def _connect_through(made: socket.socket, endpoint: Endpoint, credentials: str, deadline: float) -> str:
    """Asks a proxy to connect; the first line of its answer."""
    target = endpoint.target.removeprefix("dns:///")
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if credentials:
        from base64 import b64encode

        lines.append(f"Proxy-Authorization: Basic {b64encode(credentials.encode()).decode()}")
    made.settimeout(max(deadline - time.monotonic(), 0.01))
    made.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < LONGEST_HEAD:
        made.settimeout(max(deadline - time.monotonic(), 0.01))
        # one by one: what follows the head belongs to the server
        data = made.recv(1)
        if not data:
            break
        head += data
    if not head:
        raise ConnectionResetError
    first = head.split(b"\r\n", 1)[0].decode("latin-1")
    return first if first.startswith("HTTP/") else ""
