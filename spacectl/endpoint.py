"""Endpoints as users write them (`grpc://host:port`) -> what gRPC dials."""

from __future__ import annotations

import re
from typing import NamedTuple

from spacectl.errors import UsageError

FORMS = "grpc://HOST:PORT, grpc+ssl://HOST[:PORT], unix:///PATH or dns:///HOST:PORT"
PLAIN = ("grpc",)
TLS = ("grpc+ssl", "grpcs")
# What people write out of habit, and the scheme that means the same here.
OTHER_SCHEMES = (("http", "grpc"), ("https", "grpc+ssl"), ("grpc+tls", "grpc+ssl"), ("tcp", "grpc"))

# Patterns are texts, compiled where they are used: a call does without most of them.
_SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)"
_AUTHORITY = r"(?P<host>\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*)?)(?::(?P<port>\d{1,10}))?"
# Other tools of the platform keep the API version in the endpoint; it says nothing about the address.
_VERSION_PATH = r"(?:/(?:v\d\w*/?)?)?"


class Endpoint(NamedTuple):
    """Where a service is: `url` as given, `target` as gRPC dials it, and whether the channel is encrypted."""

    url: str
    target: str
    tls: bool
    host: str
    port: int | None


def parse(url: str) -> Endpoint:
    """The endpoint that a URL names. Raises UsageError, which names the URL and the right form."""
    text = url.strip()
    if not text:
        raise UsageError("the endpoint is empty", _forms())
    if re.search(r"[\s\x00-\x1f\x7f]", text) and not text.startswith("unix:"):
        raise _malformed(text, "it contains a space or a control character")
    if text.lower().startswith("unix:"):
        return _unix(text)
    match = re.fullmatch(_SCHEME, text, re.DOTALL)
    if not match:
        raise _without_scheme(text)
    scheme, rest = match[1].lower(), match[2]
    if scheme == "dns":
        return _dns(text, rest)
    if scheme not in PLAIN + TLS:
        raise _unknown_scheme(text, scheme, rest)
    authority, slash, path = rest.partition("/")
    if not re.fullmatch(_VERSION_PATH, slash + path):
        raise _malformed(
            text, "only a version such as /v1 may follow the port", f"did you mean {scheme}://{authority}?"
        )
    host, port = _host_and_port(text, authority)
    tls = scheme in TLS
    if port is None and not tls:
        raise _malformed(
            text, "the port is missing", f"write {scheme}://{authority.rstrip(':')}:PORT, as in grpc://localhost:50051"
        )
    port = port or 443
    return Endpoint(url, f"{host}:{port}", tls, host.strip("[]"), port)


def _unix(text: str) -> Endpoint:
    from urllib.parse import quote

    path = text[len("unix:") :]
    if path.startswith("//"):
        path = path[2:]
        if not path.startswith("/"):
            raise _malformed(text, "the path of a socket is absolute", f"write unix:///{path or 'PATH'}")
    if not path.strip("/") or "\0" in path:
        raise _malformed(text, "the path of the socket is missing", "write unix:///PATH")
    # gRPC reads the target as a URI: a space, `%` or `#` of a path must be escaped.
    return Endpoint(text, "unix:" + quote(path), False, "localhost", None)


def _dns(text: str, rest: str) -> Endpoint:
    server, slash, name = rest.partition("/")
    host, port = _host_and_port(text, name.rstrip("/"))
    if not slash or port is None:
        raise _malformed(text, "a DNS target has the form dns:///HOST:PORT", _forms())
    return Endpoint(text, f"dns://{server}/{host}:{port}", False, host.strip("[]"), port)


def _host_and_port(text: str, authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        # Whatever stands before the @ may be a password: it is not repeated.
        raise UsageError(
            "an endpoint cannot carry a user name or a password", "`spacectl config set api_key -` keeps it"
        )
    match = re.fullmatch(_AUTHORITY, authority)
    if not match or ".." in match["host"]:
        if authority.count(":") > 1 and "[" not in authority:
            raise _malformed(text, "an IPv6 address stands in brackets", "as in grpc://[::1]:50051")
        if authority.rpartition(":")[0] and not authority.rpartition(":")[2].isdigit():
            raise _malformed(text, f"{authority.rpartition(':')[2]!r} is not a port", _forms())
        raise _malformed(text, f"{authority!r} is not a host and port" if authority else "the host is missing")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise _malformed(text, f"{match['port']} is not a port: ports are 1 to 65535")
    return match["host"], port


def _without_scheme(text: str) -> UsageError:
    host = re.sub(r"^[A-Za-z+]*:?/{1,2}", "", text) or text
    looks_right = re.fullmatch(_AUTHORITY, host.partition("/")[0])
    hint = f"did you mean grpc://{host}{'' if looks_right and looks_right['port'] else ':PORT'}?" if looks_right else ""
    return _malformed(text, "the scheme is missing", hint or _forms())


def _unknown_scheme(text: str, scheme: str, rest: str) -> UsageError:
    right = dict(OTHER_SCHEMES).get(scheme)
    hint = f"did you mean {right}://{rest}?" if right and "@" not in rest else _forms()
    return _malformed(text if "@" not in rest else f"{scheme}://…", f"unknown scheme {scheme}", hint)


def _malformed(text: str, reason: str, hint: str = "") -> UsageError:
    shown = text if text.isprintable() else repr(text)[1:-1]
    return UsageError(f"malformed endpoint {shown}: {reason}", hint or _forms())


def _forms() -> str:
    return f"an endpoint is {FORMS}"
