"""Calls on a sandbox through plain grpc, with messages made from the descriptor set that ships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import json_format

from spacectl.sandbox.schema import load_schema

SHORT = {
    "identity": "spaceone.api.identity.v2",
    "repository": "spaceone.api.repository.v1",
    "notification": "spaceone.api.notification.v1",
    "inventory": "spaceone.api.inventory.v1",
    "plugin": "spaceone.api.inventory.plugin",
    "secret": "spaceone.api.secret.v1",
    "sample": "spaceone.api.sample.v1",
    "core": "spaceone.api.core.v1",
    "health": "grpc.health.v1",
}


def target_of(endpoint: str) -> str:
    """What grpc calls the endpoint."""
    return endpoint.removeprefix("grpc://").replace("unix://", "unix:")


class Caller:
    """Calls `identity.Project.create` and the like with plain values, and answers plain values."""

    def __init__(self, endpoint: str) -> None:
        self.schema = load_schema()
        self.channel = grpc.insecure_channel(
            target_of(endpoint),
            options=[("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)],
        )

    def __call__(self, name: str, /, **values: Any) -> Any:
        stub, request = self._stub(name, values)
        return as_dict(stub(request, timeout=20))

    def stream(self, name: str, /, **values: Any) -> Iterator[Any]:
        stub, request = self._stub(name, values)
        return map(as_dict, stub(request, timeout=20))

    def error(self, name: str, /, **values: Any) -> tuple[str, str]:
        """The status and the details that a call fails with."""
        try:
            answer = self(name, **values)
        except grpc.RpcError as error:
            return error.code().name, error.details() or ""
        raise AssertionError(f"{name} answered {answer}")

    @staticmethod
    def package(service: str) -> str:
        """The package behind a service's short name."""
        return SHORT[service]

    def close(self) -> None:
        self.channel.close()

    def _stub(self, name: str, values: dict[str, Any]) -> tuple[Any, Any]:
        service, resource, verb = name.split(".")
        path = f"/{SHORT[service]}.{resource}/{verb}"
        method = self.schema.method(path)
        assert method is not None, path
        request = self.schema.message_class(method.input_type.full_name)()
        json_format.ParseDict(values, request)
        make = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        answer = self.schema.message_class(method.output_type.full_name)
        stub = make(
            path, request_serializer=lambda one: one.SerializeToString(), response_deserializer=answer.FromString
        )
        return stub, request


def as_dict(message: Any) -> dict[str, Any]:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)
