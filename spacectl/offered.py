"""What servers offer, as far as it can be told without a call: by their descriptions, or by docs packs alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from spacectl import config
from spacectl.errors import ConfigError

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.resource_type import ResourceType
    from spacectl.rpc.catalog import Method
    from spacectl.rpc.checker import Checker
    from spacectl.rpc.protoset import Pack
    from spacectl.rpc.schema import Api
    from spacectl.values import Fields

Requests = Callable[["Method"], Sequence["Fields"]]


def checked(
    app: App, resource: ResourceType, verb: str, version: str | None, requests: Requests, *, strict: bool = False
) -> list[dict[str, Any]]:
    """The requests of a verb as they would be sent, as plain values. Raises ConfigError, UsageError, CallError."""
    from spacectl.rpc.question import Question

    checker = _checker(app, resource.service, f"{verb} {resource}")
    return checker.checked(Question(resource, verb, version, requests, app.warn, strict))


def api(app: App, service: str, what: str) -> Api:
    """What a service's endpoint offers, with the docs packs at hand; `what` names the question in errors.

    Raises ConfigError, UsageError.
    """
    from spacectl.rpc.docs import Docs
    from spacectl.rpc.schema import Api

    checker = _checker(app, service, what)
    return Api(checker.described, Docs(packs(app, service)), checker.refresh)


def packs(app: App, service: str) -> list[Pack]:
    """The docs packs of the option, of the environment and of a service. Raises ConfigError, UsageError."""
    from spacectl.connection_settings import resolve

    environment = config.load(app.environ, app.options.environment, required=False)
    name = "" if app.options.endpoint is not None else service
    return app.connections.all_packs(environment, resolve(app.options.connection, app.environ, environment, name))


def has_service(app: App, service: str) -> bool:
    """Whether the environment has an endpoint for a service, or docs packs alone describe it. Raises ConfigError."""
    try:
        environment = app.connections.environment()
    except ConfigError:
        if not packs(app, service):
            raise
        return bool(_in_packs(app, service))
    endpoints = [name for name, url in app.connections.endpoints(environment).items() if url]
    if config.matching(service, endpoints) is not None:
        return True
    own = environment.settings.get("connections")
    return isinstance(own, dict) and config.matching(service, own) is not None and bool(_in_packs(app, service))


def services_of(app: App, service: str, known: Sequence[str]) -> list[str]:
    """The full names, of all that an endpoint offers, that belong to one of the services that share it."""
    from spacectl.service_names import group_by_service

    try:
        endpoints = app.connections.endpoints(app.connections.environment())
    except ConfigError:
        endpoints = {}
    name = config.matching(service, endpoints)
    if name is None:
        return _of(service, known)
    sharing = [other for other, url in endpoints.items() if url == endpoints[name]]
    return group_by_service(known, sharing).get(name, list(known)) if len(sharing) > 1 else list(known)


def _checker(app: App, service: str, what: str) -> Checker:
    """What checks requests of a service: its server, or docs packs alone where none is configured."""
    try:
        return app.connections.client(service, what)
    except ConfigError:
        if not _in_packs(app, service):
            raise
    from spacectl.rpc.checker import Checker
    from spacectl.rpc.protoset import ProtosetSource

    at_hand = packs(app, service)
    return Checker(ProtosetSource(at_hand), at_hand)


def _in_packs(app: App, service: str) -> list[str]:
    """The full names of what docs packs describe of a service."""
    at_hand = packs(app, service)
    if not at_hand:
        return []
    from spacectl.rpc.protoset import ProtosetSource

    return _of(service, ProtosetSource(at_hand).services())


def _of(service: str, known: Sequence[str]) -> list[str]:
    wanted = config.folded(service)
    return [name for name in known if wanted in map(config.folded, name.split(".")[:-1])]
