"""api-resources: what the services of an environment offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spacectl.commands.options import CallCommand, call_options, output_option
from spacectl.errors import FailuresError, SpacectlError, UsageError
from spacectl.nearest import nearest
from spacectl.resource_type import short_names
from spacectl.service_names import group_by_service, service_of

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.config import Environment

Row = tuple[str, str, str, str]
Verbs = dict[str, list[str]]

# What is asked is no work for a server: one that takes longer hangs, and all the others would wait for it.
PATIENCE_SECONDS = 10.0


@click.command("api-resources", cls=CallCommand)
@click.argument("filter_text", metavar="[FILTER]", required=False)
@output_option("table")
@call_options
@click.pass_obj
def api_resources(app: App, /, *, filter_text: str | None, output: str) -> None:
    """List the resources and verbs of all services, or of those that match FILTER.

    \b
    spacectl api-resources
    spacectl api-resources repository
    """
    if app.options.timeout is None and not app.environ.get("SPACECTL_TIMEOUT"):
        app.options.timeout = PATIENCE_SECONDS
    rows, failures = _of_endpoint(app) if app.options.endpoint else _of_environment(app)
    matching = [row for row in rows if _matches(row, filter_text)]
    if rows and not matching and not failures:
        raise _no_match(rows, filter_text or "")
    if rows or not failures:
        headers = ["Service", "Resource", "Short Names", "Verb"]
        app.printer(output).grid(headers, matching)
    if failures:
        raise FailuresError(failures)


def _no_match(rows: list[Row], text: str) -> UsageError:
    services = list(dict.fromkeys(row[0] for row in rows))
    near = nearest(text, [*services, *(row[1] for row in rows)], 1)
    meant = (f"did you mean `spacectl api-resources {near[0]}`?",) if near else ()
    return UsageError(
        f"nothing that is served matches {text!r}", *meant, f"the services are {', '.join(filter(None, services))}"
    )


def _of_endpoint(app: App) -> tuple[list[Row], list[SpacectlError]]:
    verbs = app.connections.client("", "api-resources").verbs()
    return [_row(service_of(name), name, verbs[name]) for name in verbs], []


def _of_environment(app: App) -> tuple[list[Row], list[SpacectlError]]:
    from concurrent.futures import ThreadPoolExecutor

    environment = app.connections.environment()
    endpoints = app.connections.endpoints(environment)
    by_url: dict[str, list[str]] = {}
    for service, url in endpoints.items():
        by_url.setdefault(url, []).append(service)
    groups: dict[str, list[str]] = {}
    verbs: Verbs = {}
    failures: list[SpacectlError] = []
    with ThreadPoolExecutor(max(len(by_url), 1)) as pool:
        answers = pool.map(lambda services: _ask(app, environment, services), by_url.values())
        for services, answer in zip(by_url.values(), answers, strict=True):
            if isinstance(answer, SpacectlError):
                failures.append(answer)
                continue
            known = list(answer)
            groups |= {services[0]: known} if len(services) == 1 else group_by_service(known, services)
            verbs |= answer
    return [_row(service, name, verbs[name]) for service in endpoints for name in groups.get(service, ())], failures


def _ask(app: App, environment: Environment, services: list[str]) -> Verbs | SpacectlError:
    try:
        endpoint = app.connections.endpoint_of(environment, services[0])
        return app.connections.connect(
            endpoint, environment, f"api-resources {', '.join(services)}", services[0]
        ).verbs()
    except SpacectlError as error:
        return error


def _row(service: str, full_name: str, verbs: list[str]) -> Row:
    name = full_name.rpartition(".")[2]
    return service, name, ", ".join(short_names(service, name)), ", ".join(verbs)


def _matches(row: Row, text: str | None) -> bool:
    if not text:
        return True
    service, name, short, verbs = row
    wanted = text.lower().replace("-", "_")
    return wanted in f"{service}.{name}".lower() or wanted in short.split(", ") or wanted in verbs.lower().split(", ")
