"""The endpoints of an environment, all looked at at once and in bounded time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spacectl.errors import SpacectlError
from spacectl.findings import FAILURE, Finding

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.config import Environment
    from spacectl.rpc.checkup import Checkup

LONGEST_CALL = 5.0
SLACK = 3.0
OVERDUE = 64 + 4


def examine_all(
    app: App, environment: Environment, token: str, endpoints: Mapping[str, str]
) -> tuple[list[Finding], list[float]]:
    """What is found at the endpoints (service -> URL), those that share a URL as one, and how far clocks are ahead."""
    from threading import Thread

    shared: dict[str, list[str]] = {}
    for service, url in endpoints.items():
        shared.setdefault(url, []).append(service)
    subjects = {", ".join(services): services[0] for services in shared.values()}
    done: dict[str, Checkup] = {}

    def look(subject: str, service: str) -> None:
        done[subject] = _examined(app, environment, token, subject, service)

    threads = [Thread(target=look, args=one, daemon=True) for one in subjects.items()]
    for thread in threads:
        thread.start()
    limit = _limit(app)
    # a name that cannot be found, a connection, the same for gRPC, and the calls
    deadline = time.monotonic() + 3 * limit + SLACK
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    findings: list[Finding] = []
    skews: list[float] = []
    for subject in subjects:
        if subject not in done:
            findings.append(
                Finding("grpc", subject, FAILURE, "no answer in time", "give it longer: --timeout", OVERDUE)
            )
            continue
        findings += done[subject].findings
        if (skew := done[subject].skew) is not None:
            skews.append(skew)
    return findings, skews


def _examined(app: App, environment: Environment, token: str, subject: str, service: str) -> Checkup:
    from spacectl.headers import over
    from spacectl.rpc.checkup import Checkup, examine

    try:
        endpoint = app.connections.endpoint_of(environment, service)
        settings = app.connections.settings(environment, service, endpoint)
        metadata: Sequence[tuple[str, str | bytes]] = over(settings.headers, environment.metadata(token))
        if not (endpoint.tls or settings.allow_plaintext_token):
            from spacectl.connection_safety import refuse_plaintext

            refuse_plaintext(
                endpoint, [name for name, _ in metadata], settings.connect_timeout, proxied=settings.proxy is not None
            )
        return examine(endpoint, subject, settings, metadata, _limit(app))
    except SpacectlError as error:
        return Checkup(
            [Finding("settings", subject, FAILURE, error.message, "; ".join(error.hints), error.exit_status)]
        )


def _limit(app: App) -> float:
    return min(app.connections.timeout() or LONGEST_CALL, LONGEST_CALL)
