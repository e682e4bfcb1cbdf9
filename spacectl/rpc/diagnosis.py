"""Why there is no connection: gRPC's words where they tell, else a short conversation of our own with the address."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket

    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint

# of the time to connect: gRPC has had most of it when an address is silent, and little when it is not
SHORT, LONG = 0.15, 0.6
ADDRESS_HINT = "is the address right, and the server running? `spacectl config endpoint show`"
TLS_HINT = "does it want TLS, or none? grpc+ssl://… and grpc://… in the endpoint"
CERTIFICATE_HINT = "--cert FILE --key FILE give one"
REFUSED = "connection refused: nothing listens there"
LATE = "no connection in time"
UNRESOLVED = "DNS: the host name cannot be resolved"
CLOSED = "the connection is closed as soon as it is made"
NOT_TLS = "TLS: the server does not speak TLS there"
# HTTP/2's first words, with an empty SETTINGS frame
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"

# what gRPC says, and what it means, where that leaves nothing to ask
_CERTAIN = (
    ("DNS resolution failed", UNRESOLVED),
    ("Domain name not found", UNRESOLVED),
    ("errors resolving", UNRESOLVED),
    ("Timeout occurred", LATE),
    ("timed out before receiving SETTINGS", "the connection is made, and no word comes: no gRPC server, or a busy one"),
    ("Endpoint closing", "the connection is made, and no word of TLS comes"),
    ("timed out", LATE),
    ("handshaker shutdown", LATE),
    ("FD Shutdown", LATE),
    ("No route to host", "no route to the host"),
    ("Network is unreachable", "the network is unreachable"),
    ("No such file or directory", "no such socket"),
    ("http1.x server", "an HTTP/1 server answers there, no gRPC server"),
)
_UNCERTAIN = (
    ("Connection refused", REFUSED),
    ("CERTIFICATE_VERIFY_FAILED", "TLS: the certificate cannot be verified"),
    ("Hostname Verification", "TLS: the certificate is for another name"),
    ("WRONG_VERSION_NUMBER", NOT_TLS),
    ("ALPN", "ALPN: the server does not offer HTTP/2"),
    ("Failed parsing HTTP/2", "what answers there does not speak gRPC"),
    ("andshake", "TLS: the handshake failed"),
    ("Connection reset", CLOSED),
    ("Socket closed", CLOSED),
    ("Broken pipe", CLOSED),
)


class Reason(NamedTuple):
    """Why there is no connection, and what to do about it."""

    words: str
    hints: tuple[str, ...] = (ADDRESS_HINT,)


def reason(details: str, endpoint: Endpoint, settings: ConnectionSettings, elapsed: float) -> Reason:
    """Why a connection could not be made, of which gRPC says `details` after `elapsed` seconds.

    Takes what is left of the time to connect at most.
    """
    # what is between us and the address says nothing of the address
    through = settings.proxy is not None or settings.insecure
    found = _words(_CERTAIN, details)
    if found and not through:
        return Reason(found)
    share = LONG if elapsed < settings.connect_timeout / 3 else SHORT
    deadline = time.monotonic() + settings.connect_timeout * share
    found_out = _found_out(endpoint, settings, deadline)
    if found_out is not None:
        return found_out
    said = _words((*_CERTAIN, *_UNCERTAIN), details) or details
    return Reason(said, (TLS_HINT,) if said == CLOSED else (ADDRESS_HINT,))


def _words(table: tuple[tuple[str, str], ...], details: str) -> str:
    return next((words for sign, words in table if sign.lower() in details.lower()), "")


def _found_out(endpoint: Endpoint, settings: ConnectionSettings, deadline: float) -> Reason | None:
    """What a connection of our own shows, None where it shows nothing wrong."""
    from socket import gaierror
    from ssl import SSLError

    from spacectl.rpc.dialing import ProxyError, dial, tls_context

    def left() -> float:
        return max(deadline - time.monotonic(), 0.05)

    try:
        context = tls_context(settings, checked=not settings.insecure) if endpoint.tls else None
    except (OSError, ValueError) as error:
        words = str(getattr(error, "reason", None) or error).replace("_", " ").lower()
        return Reason(f"TLS: the certificates given cannot be used: {words}", ("--cacert, --cert, --key",))
    try:
        made = dial(endpoint, settings.proxy, left())
    except ProxyError as error:
        return Reason(str(error), (f"`export no_proxy={endpoint.host}` goes without the proxy",))
    except gaierror:
        return Reason(UNRESOLVED)
    except ConnectionRefusedError:
        return Reason(REFUSED)
    except TimeoutError:
        return Reason(LATE)
    except OSError as error:
        return Reason((error.strerror or str(error)).lower())
    with suppress(OSError), made:
        made.settimeout(left())
        if context is None:
            return _of_plaintext(_answer(made), endpoint, settings, deadline)
        try:
            secured = context.wrap_socket(made, server_hostname=settings.expected_name(endpoint.host))
        except SSLError as error:
            return _of_tls(error, endpoint, settings, left())
        except ConnectionError:
            return Reason(f"TLS: {CLOSED}", (TLS_HINT,))
        with secured:
            secured.settimeout(left())
            if secured.selected_alpn_protocol() != "h2":
                words = "ALPN: the server does not offer HTTP/2 (h2): no gRPC server, or a proxy that does not pass it"
                return Reason(words)
            try:
                answer = _answer(secured)
            except SSLError as error:
                return _of_tls(error, endpoint, settings, left())
            return None if answer else _closed_after_handshake(settings)
    return None


def _answer(made: socket.socket) -> bytes:
    """The first bytes that come after HTTP/2's first words; none where the connection is closed."""
    try:
        made.sendall(PREFACE)
        return made.recv(16)
    except ConnectionError:
        return b""


def _of_plaintext(answer: bytes, endpoint: Endpoint, settings: ConnectionSettings, deadline: float) -> Reason | None:
    if answer.startswith(b"HTTP/"):
        return Reason("an HTTP/1 server answers there, no gRPC server")
    if answer.startswith((b"\x15\x03", b"\x16\x03")) or (not answer and _speaks_tls(endpoint, settings, deadline)):
        return Reason(
            "plaintext where TLS is due: the server speaks TLS there",
            (f"use grpc+ssl://{endpoint.target} for the endpoint",),
        )
    return None if answer else Reason(CLOSED, (TLS_HINT,))


def _speaks_tls(endpoint: Endpoint, settings: ConnectionSettings, deadline: float) -> bool:
    from ssl import SSLError

    from spacectl.rpc.dialing import dial, tls_context

    try:
        made = dial(endpoint, settings.proxy, max(deadline - time.monotonic(), 0.05))
        with made:
            context = tls_context(settings._replace(cert=None, key=None), checked=False)
            context.wrap_socket(made, server_hostname=endpoint.host).close()
    except SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    return True


def _of_tls(error: Exception, endpoint: Endpoint, settings: ConnectionSettings, left: float) -> Reason:
    """What a failed handshake, or the alert after it, is about."""
    from ssl import SSLCertVerificationError

    name = settings.expected_name(endpoint.host)
    if isinstance(error, SSLCertVerificationError):
        from spacectl.rpc.peer_certificate import dates, names, peer_certificate

        seen = peer_certificate(endpoint, settings, left)
        code = error.verify_code
        if code in (62, 63, 64):
            known = names(seen)
            words = f"TLS: the certificate is for {', '.join(known) or 'other names'}, not for {name}"
            usable = next((one for one in known if "*" not in one), "NAME")
            return Reason(words, (f"--server-name {usable} expects that name",))
        if code in (9, 10):
            begin, end = dates(seen)
            words = f"has expired, on {end}" if code == 10 else f"is not valid before {begin}"
            return Reason(
                f"TLS: the certificate {words}".rstrip(", on"), ("the server needs a new one; is the clock right?",)
            )
        trusted = f"the CA of {settings.cacert}" if settings.cacert is not None else "a CA that the system trusts"
        said = error.verify_message.rstrip(".")
        hints = ("--cacert FILE trusts the CA of that file", "--insecure checks nothing: for a try, no more")
        return Reason(f"TLS: the certificate is not from {trusted}: {said}", hints)
    why = str(getattr(error, "reason", "") or "")
    if any(sign in why for sign in ("WRONG_VERSION", "RECORD_LAYER", "HTTP_REQUEST", "PACKET_LENGTH")):
        return Reason(NOT_TLS, (f"use grpc://{endpoint.target} for the endpoint",))
    if "CERTIFICATE" in why or "UNKNOWN_CA" in why or "ALERT_BAD" in why or "ACCESS_DENIED" in why:
        if settings.cert is None:
            return Reason("TLS: the server wants a certificate of the client", (CERTIFICATE_HINT,))
        return Reason(f"TLS: the server does not take the certificate of {settings.cert}: {_plain(why)}")
    if "EOF" in why:
        return Reason(f"TLS: {CLOSED}", (TLS_HINT,))
    return Reason(f"TLS: the handshake failed: {_plain(why)}", (TLS_HINT,))


def _closed_after_handshake(settings: ConnectionSettings) -> Reason:
    if settings.cert is not None:
        return Reason(f"TLS: {CLOSED}: the server does not take the certificate of {settings.cert}, it seems")
    return Reason(f"TLS: {CLOSED}: the server wants a certificate of the client, it seems", (CERTIFICATE_HINT,))


def _plain(text: str) -> str:
    return re.sub(r"^(SSLV3|TLSV\d+) ALERT ", "", text.replace("_", " ")).lower() or "no reason is given"
