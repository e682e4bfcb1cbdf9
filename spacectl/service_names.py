"""The full names of gRPC services: which one a resource type means, and which of a platform's services owns each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from spacectl.errors import UsageError
from spacectl.nearest import nearest
from spacectl.resource_type import ResourceType

VERSION = r"v(\d+)(?:(alpha|beta)(\d+)?)?$"
EVERYWHERE = ("core", "health")  # the packages of what every service serves
# resources that went away with version 2, and where their rows are now
SUCCESSORS: Mapping[str, tuple[str, ...]] = MappingProxyType({"Server": ("CloudService",), "UserSecret": ("Secret",)})
REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")


def find_services(known: Sequence[str], resource: ResourceType, version: str | None) -> list[str]:
    """The full names of the services that a resource type may mean, the best first.

    Raises UsageError where there is none, or two that nothing tells apart.
    """
    candidates = _candidates(known, resource)
    if not candidates:
        resources = sorted({name.rpartition(".")[2] for name in _of_service(known, resource.service)})
        near = [name for name in SUCCESSORS.get(resource.name, ()) if name in resources]
        near = near or nearest(resource.name, resources)
        error = UsageError(
            f"{resource.service} has no resource {resource.name!r}",
            f"did you mean {' or '.join(f'{resource.service}.{name}' for name in near)}?"
            if near
            else f"`spacectl api-resources {resource.service}` lists them: {', '.join(resources) or 'none'}",
        )
        error.meant = (str(resource), f"{resource.service}.{near[0]}") if near else None
        raise error
    if version is not None:
        chosen = [name for name in candidates if version.lower() in name.split(".")]
        if not chosen:
            versions = sorted({part for name in candidates for part in name.split(".") if re.match(VERSION, part)})
            raise UsageError(f"{resource} has no version {version!r}", f"its versions: {', '.join(versions) or 'none'}")
        candidates = chosen
    ranked = sorted(candidates, key=lambda name: (_rank(name, resource), _age(name), name))
    ties = [
        name for name in ranked if (_rank(name, resource), _age(name)) == (_rank(ranked[0], resource), _age(ranked[0]))
    ]
    if len(ties) > 1:
        raise UsageError(f"{resource} may be {' or '.join(ties)}", f"write more of the name: spacectl … {ties[0]}")
    return [name for name in ranked if _rank(name, resource)[0] == _rank(ranked[0], resource)[0]]


def service_of(full_name: str) -> str:
    """What a service's full name would be called on the command line: the last part of its package but the version."""
    package = [part for part in full_name.split(".")[:-1] if not re.match(VERSION, part)]
    return package[-1] if package else full_name


def group_by_service(known: Sequence[str], services: Sequence[str]) -> dict[str, list[str]]:
    """The full names that belong to each of several services that share one endpoint.

    A name belongs to the first of the services that is a part of its package, or to all where none is; a service that
    no package names, an alias for the endpoint, has them all.
    """
    owners = {name: next((part for part in name.split(".")[:-1] if part in services), None) for name in known}
    return {
        service: [name for name in known if owners[name] in (service, None)] if service in owners.values() else [*known]
        for service in services
    }


def folded(name: str) -> str:
    """The name as it is compared where case, dashes and underscores do not count."""
    return name.replace("_", "").replace("-", "").lower()


def _of_service(known: Sequence[str], service: str) -> list[str]:
    """The full names that belong to a service, where one endpoint serves a whole platform; all where none says so."""
    named = [name for name in known if name not in REFLECTION]
    if not any(service in name.split(".") for name in named):
        return named
    return [name for name in named if service in name.rpartition(".")[0] or service_of(name) in EVERYWHERE]


def _candidates(known: Sequence[str], resource: ResourceType) -> list[str]:
    typed = str(resource)
    exact = [name for name in known if name == typed or name.endswith(f".{typed}")]
    if exact:
        return exact
    named = [name for name in known if name.rpartition(".")[2] == resource.name]
    named = named or [n for n in known if folded(n.rpartition(".")[2]) == folded(resource.name)]
    named = [name for name in named if name not in REFLECTION]
    if resource.qualifier:
        named = [name for name in named if f".{resource.qualifier}." in f".{name}"]
    return named


def _rank(name: str, resource: ResourceType) -> tuple[bool, bool]:
    package = [part for part in name.split(".")[:-1] if not re.match(VERSION, part)]
    return resource.service not in package, package[-1:] != [resource.service]


def _age(name: str) -> tuple[int, int, int]:
    """Sorts v2 before v1, and both before v2beta1 and what has no version."""
    for part in reversed(name.split(".")[:-1]):
        found = re.match(VERSION, part)
        if found:
            stability = {None: 0, "beta": 1, "alpha": 2}[found[2]]
            return stability, -int(found[1]), -int(found[3] or 0)
    return 3, 0, 0
