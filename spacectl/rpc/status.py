"""A failed call -> a CallError in words that help: who could not be reached, what the server said, what to do next."""

from __future__ import annotations

import re
from typing import Any

from spacectl.errors import CallError

CANCELLED, INVALID_ARGUMENT, DEADLINE_EXCEEDED, PERMISSION_DENIED = 1, 3, 4, 7
RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 8, 12, 13, 14, 16

_OUR_DEADLINE = "Deadline Exceeded"  # what gRPC says when the client's own clock ran out
_TOO_LARGE = r"(?:Received|CLIENT: Received|Sent) message larger than max \((\d+) vs\.? (\d+)\)"
_REASONS = (
    ("Connection refused", "connection refused: nothing listens there"),
    ("Timeout occurred", "no connection in time"),
    ("timed out", "no connection in time"),
    ("FD Shutdown", "no connection in time"),
    ("DNS resolution failed", "the host name cannot be resolved"),
    ("Domain name not found", "the host name cannot be resolved"),
    ("No route to host", "no route to the host"),
    ("Network is unreachable", "the network is unreachable"),
    ("CERTIFICATE_VERIFY_FAILED", "the TLS certificate cannot be verified"),
    ("WRONG_VERSION_NUMBER", "the server does not speak TLS there"),
    ("Ssl handshake failed", "the TLS handshake failed"),
    ("No such file or directory", "no such socket"),
    ("http1.x server", "an HTTP/1 server answers there, no gRPC server"),
    ("Failed parsing HTTP/2", "what answers there does not speak gRPC"),
    ("Connection reset", "the connection is closed as soon as it is made"),
    ("Socket closed", "the connection is closed as soon as it is made"),
    ("Handshake read failed", "the TLS handshake failed"),
    ("Broken pipe", "the connection is closed as soon as it is made"),
)
_LOST = ("Stream removed", "Socket closed", "Connection reset", "recvmsg", "GOAWAY", "Broken pipe")
_HINTS = {
    UNAUTHENTICATED: (
        "the api_key is missing, wrong or expired: `spacectl config set api_key -` reads one, or SPACECTL_API_KEY",
        "`spacectl config show` shows which environment is used",
    ),
    PERMISSION_DENIED: ("`spacectl config show` shows whose api_key, domain and workspace are sent",),
    DEADLINE_EXCEEDED: ("give it longer: --timeout SECONDS",),
}


def call_error(error: Any, what: str, timeout: float | None, target: str = "") -> CallError:
    """The CallError of a grpc.RpcError: `what` names the call in the user's words, `timeout` is in seconds."""
    code = error.code().value[0]
    details = " ".join((error.details() or "").split())
    if code == DEADLINE_EXCEEDED and timeout is not None and (not details or _OUR_DEADLINE in details):
        return no_answer(what, timeout, target)
    if code == UNAVAILABLE and _never_connected(details):
        hint = "is the address right, and the server running? `spacectl config endpoint show`"
        tls = "does it want TLS, or none? grpc+ssl://… and grpc://… in the endpoint"
        return CallError(
            what, code, f"cannot connect{_to(target)}: {_reason(details)}", *([tls] if _may_be_tls(details) else [hint])
        )
    if code == UNAVAILABLE and any(sign in details for sign in _LOST):
        return CallError(what, code, f"the connection{_to(target)} was lost: {details}")
    too_large = re.search(_TOO_LARGE, details)
    if code == RESOURCE_EXHAUSTED and too_large:
        size, limit = (int(number) / 1024 / 1024 for number in too_large.groups())
        words = f"the answer has {size:,.0f} MiB, more than the {limit:,.0f} MiB that are accepted"
        return CallError(what, code, words, "ask for less (-l, -c), or accept more: --max-message-size MIB")
    from spacectl.rpc.status_details import status_details

    more = status_details(error.trailing_metadata() if hasattr(error, "trailing_metadata") else ())
    words = "; ".join(text for text in (details, *(" ".join(s.split()) for s in more.sentences)) if text)
    failure = CallError(what, code, words, *more.hints, *_HINTS.get(code, ()))
    failure.fields = more.fields
    return failure


def no_answer(what: str, timeout: float | None, target: str) -> CallError:
    """The CallError of a server that took longer than the time-out, in seconds."""
    within = "" if timeout is None else f" within {timeout:g} s"
    return CallError(what, DEADLINE_EXCEEDED, f"no answer{_from(target)}{within}", *_HINTS[DEADLINE_EXCEEDED])


def _never_connected(details: str) -> bool:
    signs = ("failed to connect", "DNS resolution", "Domain name not found", "connections to all backends")
    return any(sign.lower() in details.lower() for sign in signs)


def _may_be_tls(details: str) -> bool:
    signs = ("Connection reset", "Socket closed", "Broken pipe", "WRONG_VERSION", "Handshake", "handshake")
    return any(sign in details for sign in signs)


def _reason(details: str) -> str:
    for sign, reason in _REASONS:
        if sign.lower() in details.lower():
            return reason
    return details


def _from(target: str) -> str:
    return f" from {target}" if target else ""


def _to(target: str) -> str:
    return f" to {target}" if target else ""
