"""What `explain` knows, as plain values for programs: everything, under names that stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spacectl.explain.expand import Branch, expand, expand_field
from spacectl.explain.shape import Field, Message, Method, Resource, Verb


def service_record(service: str, resources: Sequence[Resource]) -> dict[str, Any]:
    """A service with its resources and their verbs."""
    return {"service": service, "resources": [_resource(resource) for resource in resources]}


def resource_record(title: str, resources: Sequence[Resource]) -> dict[str, Any]:
    """A resource with its verbs, once for each version, the newest first."""
    return {"resource": title, "versions": [_resource(resource) for resource in resources]}


def method_record(title: str, method: Method) -> dict[str, Any]:
    """A verb with its request and response, every field at its place."""
    sides = (("request", method.request), ("response", method.response))
    return {
        "resource": title,
        **_verb(method.verb),
        **{side: _message(method, message, side) for side, message in sides},
    }


def field_record(title: str, method: Method, side: str, field: Field, path: str) -> dict[str, Any]:
    """One field of a request or response, with what is below it."""
    branch = expand_field(method.messages, field, path)
    return {"resource": title, "verb": method.verb.name, "of": side, **_branch(branch, side)}


def _resource(resource: Resource) -> dict[str, Any]:
    verbs = [_verb(verb) for verb in resource.verbs]
    return _filled({"name": resource.name, "description": resource.prose}) | {"verbs": verbs}


def _verb(verb: Verb) -> dict[str, Any]:
    return {
        "verb": verb.name,
        "path": f"/{verb.service}/{verb.name}",
        "client_streaming": verb.client_streaming,
        "server_streaming": verb.server_streaming,
        "request_type": verb.request,
        "response_type": verb.response,
        **_filled({"description": verb.prose, "deprecated": verb.deprecated}),
    }


def _message(method: Method, message: Message, side: str) -> dict[str, Any]:
    branches = expand(method.messages, message.name, f"the {side}")
    return {
        "type": message.name,
        **_filled({"description": message.prose, "example": message.example}),
        "fields": [_branch(branch, side) for branch in branches],
    }


def _branch(branch: Branch, side: str) -> dict[str, Any]:
    field = branch.field
    values = [
        {"name": value.name, "number": value.number, **_filled({"description": value.prose})} for value in field.enum
    ]
    record: dict[str, Any] = {
        "name": field.name,
        "path": branch.path,
        "type": field.type,
        "label": field.label,
        "number": field.number,
        "json_name": field.json_name,
        **({"required": field.required} if side == "request" else {}),
        **_filled(
            {
                "item_type": field.item if field.label != "single" else "",
                "key_type": field.key,
                "message": field.message,
                "enum": values,
                "oneof": field.oneof,
                "default": field.default,
                "deprecated": field.deprecated,
                "description": field.prose,
                "example": field.example,
            }
        ),
    }
    if branch.cut:
        return record | {"same_fields_as": branch.cut, "recursive": branch.recursive}
    return record | ({"fields": [_branch(child, side) for child in branch.children]} if field.message else {})


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
