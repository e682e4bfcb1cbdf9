"""An endpoint, looked at from the outside in: name, connection, TLS, reflection, health, version."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.findings import FAILURE, OK, SKIPPED, WARNING, Finding

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint

UNAVAILABLE, UNIMPLEMENTED, UNAUTHENTICATED, DEADLINE_EXCEEDED = 14, 12, 16, 4
DAYS_LEFT = 21
HEALTH, VERSION = "/grpc.health.v1.Health/Check", "/spaceone.api.core.v1.ServerInfo/get_version"
HEALTH_WORDS = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}


class Checkup(NamedTuple):
    """What was found at an endpoint, and by how many seconds its clock is ahead of ours; None where it does not say."""

    findings: Sequence[Finding]
    skew: float | None = None


def examine(
    endpoint: Endpoint, subject: str, settings: ConnectionSettings, metadata: Sequence[Any], timeout: float
) -> Checkup:
    """Everything about an endpoint, called `subject`; each call waits for `timeout` seconds at most."""
    found = _connection(endpoint, subject, settings)
    if any(one.state == FAILURE for one in found):
        return Checkup(found)
    served, skew = _served(endpoint, subject, settings, metadata, timeout)
    return Checkup([*found, *served], skew)


def _connection(endpoint: Endpoint, subject: str, settings: ConnectionSettings) -> list[Finding]:
    from spacectl.rpc.dialing import dial

    found: list[Finding] = []
    if settings.proxy is not None:
        from spacectl.proxies import parts

        host, port, _ = parts(settings.proxy)
        found.append(Finding("proxy", subject, OK, f"through {host}:{port}"))
    elif endpoint.port is not None:
        resolved = _resolved(endpoint, subject, settings.connect_timeout)
        if resolved is not None:
            found.append(resolved)
            if resolved.state == FAILURE:
                return found
    began = time.monotonic()
    try:
        made = dial(endpoint, settings.proxy, settings.connect_timeout)
    except OSError as error:
        found.append(_unreachable("tcp", endpoint, subject, settings, str(error)))
        return found
    with made:
        milliseconds = (time.monotonic() - began) * 1000
        where = endpoint.target.removeprefix("dns:///")
        found.append(Finding("tcp", subject, OK, f"{where} connected in {milliseconds:.0f} ms"))
        if endpoint.tls:
            found.append(_tls(made, endpoint, subject, settings))
    return found


def _resolved(endpoint: Endpoint, subject: str, timeout: float) -> Finding | None:
    """The addresses of a name, None for an address."""
    from ipaddress import ip_address

    from spacectl.resolving import resolve

    try:
        ip_address(endpoint.host.partition("%")[0])
    except ValueError:
        addresses = list(dict.fromkeys(str(one[4][0]) for one in resolve(endpoint.host, endpoint.port or 0, timeout)))
        if not addresses:
            words = f"{endpoint.host} cannot be resolved"
            return Finding("dns", subject, FAILURE, words, "`spacectl config endpoint show`", 64 + UNAVAILABLE)
        return Finding("dns", subject, OK, f"{endpoint.host} is {', '.join(addresses[:4])}")
    return None


def _unreachable(check: str, endpoint: Endpoint, subject: str, settings: ConnectionSettings, details: str) -> Finding:
    from spacectl.rpc.diagnosis import reason

    why = reason(details, endpoint, settings, 0.0)
    return Finding(check, subject, FAILURE, why.words, "; ".join(why.hints), 64 + UNAVAILABLE)


def _tls(made: Any, endpoint: Endpoint, subject: str, settings: ConnectionSettings) -> Finding:
    """The handshake, and the certificate that the server shows."""
    import ssl

    from spacectl.rpc.dialing import tls_context
    from spacectl.rpc.peer_certificate import dates, names, peer_certificate

    made.settimeout(settings.connect_timeout)
    try:
        context = tls_context(settings, checked=not settings.insecure)
        with context.wrap_socket(made, server_hostname=settings.expected_name(endpoint.host)) as secured:
            certificate: dict[str, Any] = dict(secured.getpeercert() or {})
            version, protocol = secured.version(), secured.selected_alpn_protocol()
    except (OSError, ValueError) as error:
        return _unreachable("tls", endpoint, subject, settings, str(error))
    if protocol != "h2":
        return _unreachable("tls", endpoint, subject, settings, "ALPN")
    if not certificate:
        certificate = peer_certificate(endpoint, settings, settings.connect_timeout)
    issuer = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    who = issuer.get("organizationName") or issuer.get("commonName") or "an unknown CA"
    what = f"{version}, for {', '.join(names(certificate)[:4]) or 'no name'}, from {who}, until {dates(certificate)[1]}"
    try:
        days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86_400)
    except (KeyError, ValueError):
        days = DAYS_LEFT + 1
    what = f"{what} ({days} days left)" if "notAfter" in certificate else what
    if settings.insecure:
        return Finding("tls", subject, WARNING, f"{what}; not checked", "leave out --insecure; --cacert trusts a CA")
    if days < DAYS_LEFT:
        return Finding("tls", subject, WARNING, what, "the server needs a new certificate soon")
    return Finding("tls", subject, OK, what)


def _served(
    endpoint: Endpoint, subject: str, settings: ConnectionSettings, metadata: Sequence[Any], timeout: float
) -> tuple[list[Finding], float | None]:
    from spacectl.rpc.channel import Channel

    channel = Channel(endpoint, settings)
    try:
        began = time.time()
        asked = [channel.calls.unary_unary(path).future(b"", timeout=timeout) for path in (HEALTH, VERSION)]
        reflection = _reflection(channel.calls, subject, metadata, timeout)
        health, version = (_outcome(call) for call in asked)
        if isinstance(health, tuple) and health[0] == UNAVAILABLE:
            return [_unreachable("grpc", endpoint, subject, settings, health[1])], None
        found = [reflection, _health(health, subject), _version(version, subject)]
        return found, _skew(asked, began)
    finally:
        channel.close()


def _outcome(call: Any) -> bytes | tuple[int, str]:
    """The bytes of an answer, or the code and the details of a failure."""
    import grpc

    try:
        return bytes(call.result() or b"")
    except grpc.RpcError as error:
        return int(error.code().value[0]), " ".join((error.details() or "").split())


def _reflection(calls: Any, subject: str, metadata: Sequence[Any], timeout: float) -> Finding:
    """Which versions of reflection there are, both asked at once."""
    import grpc
    from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

    from spacectl.rpc.reflection import PATHS

    question = ServerReflectionRequest(list_services="*")
    streams = {
        path.split(".")[2]: calls.stream_stream(
            path,
            request_serializer=ServerReflectionRequest.SerializeToString,
            response_deserializer=ServerReflectionResponse.FromString,
        )(iter((question,)), metadata=tuple(metadata), timeout=timeout)
        for path in PATHS
    }
    versions, count, refused = [], 0, ""
    for version, stream in streams.items():
        try:
            answer = next(iter(stream), None)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                refused = f"{error.code().name}: {' '.join((error.details() or '').split())}"
            continue
        if answer is not None and answer.HasField("list_services_response"):
            versions.append(version)
            count = len(answer.list_services_response.service)
    if versions:
        return Finding("reflection", subject, OK, f"{' and '.join(versions)}: {count} services")
    words = f"no answer ({refused})" if refused else "the server has none"
    return Finding("reflection", subject, WARNING, words, "describe it with --protoset FILE")


def _health(outcome: bytes | tuple[int, str], subject: str) -> Finding:
    if isinstance(outcome, tuple):
        code, details = outcome
        if code == UNIMPLEMENTED:
            return Finding("health", subject, SKIPPED, "the server has no health service")
        return Finding("health", subject, WARNING, details or f"status {code}", "is the server busy, or starting?")
    # field 1, a number; an empty message is 0
    state = HEALTH_WORDS.get(outcome[1] if outcome[:1] == b"\x08" and len(outcome) > 1 else 0, "UNKNOWN")
    if state == "SERVING":
        return Finding("health", subject, OK, state)
    return Finding("health", subject, FAILURE, state, "the server says that it cannot serve", 64 + UNAVAILABLE)


def _version(outcome: bytes | tuple[int, str], subject: str) -> Finding:
    if isinstance(outcome, tuple):
        return Finding("version", subject, SKIPPED, "the server does not say")
    # field 1, a text of less than 128 bytes
    size = outcome[1] if outcome[:1] == b"\x0a" and len(outcome) > 1 else 0
    text = outcome[2 : 2 + size].decode("utf-8", "backslashreplace")
    return Finding("version", subject, OK if text else SKIPPED, text or "the server does not say")


def _skew(calls: Sequence[Any], began: float) -> float | None:
    """By how much the clock of the `date` header, which proxies and ingresses send, is ahead."""
    from email.utils import parsedate_to_datetime

    for call in calls:
        for name, value in call.initial_metadata() or ():
            if name == "date":
                try:
                    return parsedate_to_datetime(str(value)).timestamp() + 0.5 - (began + time.time()) / 2
                except ValueError:
                    continue
    return None
