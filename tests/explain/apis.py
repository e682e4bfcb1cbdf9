"""APIs to explain, without a server: descriptors and docs from one descriptor set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spacectl.explain.shape import Method
from spacectl.resource_type import ResourceType
from spacectl.rpc import catalog
from spacectl.rpc.docs import Docs
from spacectl.rpc.protoset import Pack, ProtosetSource
from spacectl.rpc.schema import Api, read_method


def api_of(protoset: Path, *, docs: bool = True) -> Api:
    """The API of a descriptor set, with what its comments say or without."""
    return Api(ProtosetSource([Pack(protoset)]), Docs([Pack(protoset)] if docs else []), lambda: False)


def methods_of(api: Api) -> Iterator[tuple[catalog.Method, Method]]:
    """Every method of every service: its descriptors and its shape."""
    for resource in api.resources(api.services()):
        package, _, name = resource.name.rpartition(".")
        for verb in resource.verbs:
            found = catalog.find_method(api.source, ResourceType(package, name), verb.name, None)
            yield found, read_method(found, api.docs)
