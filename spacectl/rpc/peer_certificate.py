"""The certificate that a server shows, whether it is good or not."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint

# OpenSSL's X509_V_FLAG_NO_CHECK_TIME, to which Python gives no name
_NO_CHECK_TIME = 0x200000
Certificate = dict[str, Any]


def peer_certificate(endpoint: Endpoint, settings: ConnectionSettings, timeout: float) -> Certificate:
    """The certificate in the form of `ssl.SSLSocket.getpeercert`; empty where it cannot be had in `timeout` seconds."""
    from spacectl.rpc.dialing import dial, tls_context

    deadline = time.monotonic() + timeout
    name = settings.expected_name(endpoint.host)

    def shaken(context: ssl.SSLContext) -> ssl.SSLSocket:
        made = dial(endpoint, settings.proxy, max(deadline - time.monotonic(), 0.05))
        try:
            return context.wrap_socket(made, server_hostname=name)
        except BaseException:
            made.close()
            raise

    try:
        with shaken(tls_context(settings, checked=False)) as first:
            der = first.getpeercert(binary_form=True) or b""
        # Python takes a certificate apart only once it is verified: this one by itself, whatever the time
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags = ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
        context.load_verify_locations(cadata=der)
        if settings.cert is not None:
            context.load_cert_chain(settings.cert, settings.key, password="")
        with shaken(context) as second:
            return dict(second.getpeercert() or {})
    except (OSError, ValueError):
        return {}


def names(certificate: Certificate) -> list[str]:
    """The names and addresses that a certificate is for."""
    return [value for kind, value in certificate.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]


def dates(certificate: Certificate) -> tuple[str, str]:
    """The first and the last day of a certificate, as in 2026-01-31; empty texts where they are not known."""
    days = []
    for key in ("notBefore", "notAfter"):
        try:
            seconds = ssl.cert_time_to_seconds(certificate[key])
        except (KeyError, ValueError):
            days.append("")
            continue
        days.append(time.strftime("%Y-%m-%d", time.gmtime(seconds)))
    return days[0], days[1]
