"""A failed call -> a CallError in words that help: who could not be reached, what the server said, what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError

if TYPE_CHECKING:
    from spacectl.rpc.channel import Channel

CANCELLED, INVALID_ARGUMENT, DEADLINE_EXCEEDED, PERMISSION_DENIED = 1, 3, 4, 7
RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 8, 12, 13, 14, 16

_OUR_DEADLINE = "Deadline Exceeded"  # what gRPC says when the client's own clock ran out
_HTTP_STATUS = r"Received http2 header with status: (\d+)"
_TOO_LARGE = r"(?:Received|CLIENT: Received|Sent) message larger than max \((\d+) vs\.? (\d+)\)"
_LOST = ("Stream removed", "Socket closed", "Connection reset", "recvmsg", "GOAWAY", "Broken pipe")
_HINTS = {
    UNAUTHENTICATED: (
        "the api_key is missing, wrong or expired: `spacectl config set api_key -` reads one, or SPACECTL_API_KEY",
        "`spacectl login` signs in to a Cloudforet, `spacectl whoami` shows who calls",
        "`spacectl config show` shows which environment is used",
    ),
    PERMISSION_DENIED: ("`spacectl config show` shows whose api_key, domain and workspace are sent",),
    DEADLINE_EXCEEDED: ("give it longer: --timeout SECONDS",),
}


def call_error(error: Any, what: str, timeout: float | None, channel: Channel) -> CallError:
    """The CallError of a grpc.RpcError: `what` names the call in the user's words, `timeout` is in seconds.

    Where there is no connection, finding out why takes a part of the time to connect.
    """
    code = error.code().value[0]
    details = " ".join((error.details() or "").split())
    if code == DEADLINE_EXCEEDED and timeout is not None and (not details or _OUR_DEADLINE in details):
        return no_answer(what, timeout, channel.address)
    if code == UNAVAILABLE and never_connected(details) and not channel.is_connected():
        reason = channel.why(details)
        failure = CallError(what, code, f"cannot connect to {channel.address}: {reason.words}", *reason.hints)
        failure.unsent = True
        return failure
    if code == UNAVAILABLE and any(sign in details for sign in _LOST):
        return CallError(what, code, f"the connection to {channel.address} was lost: {details}")
    http = re.fullmatch(_HTTP_STATUS, details)
    if http:
        words = f"{channel.address} answers with HTTP status {http[1]}: a web server or a proxy, and no gRPC server"
        return CallError(what, code, words, *_HINTS.get(code, ()))
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
    failure.status_details = more.plain
    return failure


def no_answer(what: str, timeout: float | None, address: str) -> CallError:
    """The CallError of a server that took longer than the time-out, in seconds."""
    within = "" if timeout is None else f" within {timeout:g} s"
    return CallError(what, DEADLINE_EXCEEDED, f"no answer from {address}{within}", *_HINTS[DEADLINE_EXCEEDED])


def is_of_web_server(error: Any) -> bool:
    """Whether what answered a call is no gRPC server."""
    return bool(re.fullmatch(_HTTP_STATUS, error.details() or ""))


def never_connected(details: str) -> bool:
    """Whether gRPC says that there was no connection; a server that passes on another one's words says so too."""
    signs = ("failed to connect", "DNS resolution", "Domain name not found", "connections to all backends")
    return any(sign.lower() in details.lower() for sign in (*signs, "errors resolving"))
