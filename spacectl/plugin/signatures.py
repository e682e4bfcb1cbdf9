"""Whether a server declares an RPC as its interface does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spacectl.plugin.interfaces import FieldSpec, Interface, Step, field_spec, signature

if TYPE_CHECKING:
    from spacectl.plugin.target import FieldShape, Rpc

WELL_KNOWN = {"Struct": "google.protobuf.Struct", "ListValue": "google.protobuf.ListValue"}
# an older server lacks them, and its core service does not send them
NEWER = frozenset(("domain_id", "metadata", "task_options"))


def problems(interface: Interface, step: Step, rpc: Rpc | None) -> list[str]:
    """What is wrong with the declaration of a step's RPC, one sentence each."""
    name = f"{step.service}.{step.rpc}"
    if rpc is None:
        return [f"the server has no RPC {name}"]
    wanted = signature(interface.services[step.service][step.rpc])
    found = []
    if rpc.client_streaming:
        found.append(f"{name} takes a stream of requests, and one request is due")
    if rpc.streaming != wanted.streaming:
        kinds = ("a stream", "a single message")
        found.append(f"{name} answers {kinds[not rpc.streaming]}, and {kinds[not wanted.streaming]} is due")
    sent = {field: text for field, text in fields_of(interface, wanted.request).items() if field in step.request}
    found += _differences(interface, f"the request of {name}", sent, rpc.request)
    read = fields_of(interface, wanted.response)
    found += _differences(interface, f"the response of {name}", read, rpc.response)
    return found


def extra_fields(interface: Interface, step: Step, rpc: Rpc) -> frozenset[str]:
    """The fields of the server's response that the interface does not have."""
    wanted = signature(interface.services[step.service][step.rpc])
    return frozenset(rpc.response) - frozenset(fields_of(interface, wanted.response))


def fields_of(interface: Interface, message: str) -> dict[str, FieldSpec]:
    """The fields of a message of the table; none of `Empty`."""
    return {name: field_spec(text) for name, text in interface.messages.get(message, {}).items()}


def _differences(
    interface: Interface, whose: str, wanted: Mapping[str, FieldSpec], found: Mapping[str, FieldShape]
) -> list[str]:
    sentences = []
    for name, spec in wanted.items():
        shape = found.get(name)
        if shape is None:
            if name not in NEWER:
                sentences.append(f"{whose} has no field {name}")
        elif shape.number != spec.number:
            sentences.append(f"{whose}: {name} has the number {shape.number}, and {spec.number} is due")
        elif shape.repeated != spec.repeated or not _alike(interface, spec, shape):
            due = f"{'repeated ' if spec.repeated else ''}{spec.type}"
            is_now = f"{'repeated ' if shape.repeated else ''}{shape.type}"
            sentences.append(f"{whose}: {name} is {is_now}, and {due} is due")
    return sentences


def _alike(interface: Interface, spec: FieldSpec, shape: FieldShape) -> bool:
    if spec.type in interface.enums:
        return shape.type == "enum"
    if spec.type in WELL_KNOWN:
        return shape.type == WELL_KNOWN[spec.type]
    if spec.type in interface.messages:
        return shape.type.endswith(f".{spec.type}")
    return shape.type == spec.type
