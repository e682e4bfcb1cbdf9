"""Collectors that are broken in one way each, and the check that has to name it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import grpc
from collectors import Collector, api_with
from google.protobuf import descriptor_pb2

Break = Callable[[Collector], None]
UNKNOWN_FIELD = b"\xfa\x01\x03abc"  # number 31, three bytes


def metadata(**changes: Any) -> Break:
    """Metadata with other values; None takes one out."""

    def change(collector: Collector) -> None:
        for name, value in changes.items():
            if value is None:
                del collector.metadata[name]
            else:
                collector.metadata[name] = value

    return change


def machines(**changes: Any) -> Break:
    """One of the machines with other values of its message."""

    def change(collector: Collector) -> None:
        collector.found[5] |= changes

    return change


def resource(**changes: Any) -> Break:
    """One of the machines with other fields; None takes one out."""

    def change(collector: Collector) -> None:
        for name, value in changes.items():
            if value is None:
                del collector.found[5]["resource"][name]
            else:
                collector.found[5]["resource"][name] = value

    return change


def setting(**changes: Any) -> Break:
    """A collector that behaves in another way."""

    def change(collector: Collector) -> None:
        for name, value in changes.items():
            setattr(collector, name, value)

    return change


def other_request(collector: Collector) -> None:
    def change(file: descriptor_pb2.FileDescriptorProto) -> None:
        request = next(message for message in file.message_type if message.name == "VerifyRequest")
        request.field[1].name = "secrets"

    collector.api = api_with(change)


def not_a_stream(collector: Collector) -> None:
    def change(file: descriptor_pb2.FileDescriptorProto) -> None:
        next(m for m in file.service[0].method if m.name == "collect").server_streaming = False

    collector.api = api_with(change)


def without_method(collector: Collector) -> None:
    def change(file: descriptor_pb2.FileDescriptorProto) -> None:
        del file.service[0].method[1]

    collector.api = api_with(change)
    collector.missing = ("verify",)


def declared_field(collector: Collector) -> None:
    """A field that the server declares, fills, and that the interface does not have."""

    def change(file: descriptor_pb2.FileDescriptorProto) -> None:
        message = next(message for message in file.message_type if message.name == "ResourceInfo")
        message.field.add(name="cost", number=31, type=9, label=1)

    collector.api = api_with(change)
    collector.found[4]["cost"] = "12 USD"


def layouts(change: Callable[[Any], None]) -> Break:
    def broken(collector: Collector) -> None:
        for found in collector.found:
            if found["resource_type"] == "inventory.CloudService":
                change(found["resource"]["metadata"]["view"]["sub_data"]["layouts"])

    return broken


def type_last(collector: Collector) -> None:
    collector.found.append(collector.found.pop(0))


def same_id(collector: Collector) -> None:
    collector.found[6]["resource"]["reference"]["resource_id"] = "i-0"


def type_column(collector: Collector) -> None:
    layout = collector.found[0]["resource"]["metadata"]["view"]["table"]["layout"]
    layout["options"]["fields"].append({"key": "data.memory", "name": "Memory"})


def new_ids(run: int, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for one in found[2:10]:
        one["resource"]["reference"]["resource_id"] = str(uuid.uuid4())
    return found


def fewer_each_time(run: int, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return found if run == 0 else [*found[:4], *found[5:]]


def large(collector: Collector) -> None:
    collector.found[4]["resource"]["data"]["raw"] = "x" * (5 * 1024 * 1024)


VARIATIONS: dict[str, tuple[str, Break]] = {
    "verify is declared and not there": ("verify.rpc", setting(missing=("verify",))),
    "the service has no verify": ("verify.rpc", without_method),
    "the request of verify has another field": ("verify.rpc", other_request),
    "collect is no stream": ("collect.rpc", not_a_stream),
    "init gives no metadata": ("init.metadata", setting(metadata={})),
    "no supported_schedules": ("init.supported_schedules", metadata(supported_schedules=None)),
    "a schedule that nobody knows": ("init.supported_schedules", metadata(supported_schedules=["daily"])),
    "supported_schedules is a text": ("init.supported_schedules", metadata(supported_schedules="hours")),
    "supported_resource_type is a text": (
        "init.supported_resource_type",
        metadata(supported_resource_type="inventory.CloudService"),
    ),
    "a type of supported_resource_type that nobody knows": (
        "init.supported_resource_type",
        metadata(supported_resource_type=["inventory.cloudservice"]),
    ),
    "supported_resource_type is a list of mappings": (
        "init.supported_resource_type",
        metadata(supported_resource_type=[{"name": "inventory.CloudService"}]),
    ),
    "supported_features is a mapping": ("init.supported_features", metadata(supported_features={"a": True})),
    "a type that JSON schemas do not have": (
        "init.options_schema",
        metadata(options_schema={"type": "object", "properties": {"name": {"type": "text"}}}),
    ),
    "a pattern that is none": (
        "init.options_schema",
        metadata(options_schema={"type": "object", "properties": {"name": {"type": "string", "pattern": "["}}}),
    ),
    "verify is too slow": ("verify.deadline", setting(verify_hangs=True)),
    "verify takes any credentials": ("verify.refuses", setting(takes_all=True)),
    "verify fails as if it were broken": ("verify.refuses", setting(refusal=grpc.StatusCode.INTERNAL)),
    "wrong credentials are UNKNOWN": ("verify.refuses", setting(refusal=grpc.StatusCode.UNKNOWN)),
    "no state": ("collect.state", machines(state="NONE")),
    "a state on the way": ("collect.state", machines(state="INPROGRESS")),
    "no resource_type": ("collect.resource_type", machines(resource_type="")),
    "a resource_type that nobody knows": ("collect.resource_type", machines(resource_type="inventory.Machine")),
    "a resource_type that init did not declare": (
        "collect.resource_type",
        metadata(supported_resource_type=["inventory.CloudServiceType", "inventory.Region"]),
    ),
    "a resource of another type": (
        "collect.resource",
        machines(
            resource={"name": "x", "group": "EC2", "provider": "aws", "reference": {"resource_id": "i-3"}},
        ),
    ),
    "data is a text": ("collect.resource", resource(data="cpu=2")),
    "no provider": (
        "collect.resource",
        lambda collector: (
            resource(provider=None)(collector),  # type: ignore[func-returns-value]
            machines(match_rules={"1": ["reference.resource_id", "name"]})(collector),  # type: ignore[func-returns-value]
        ),
    ),
    "instance_size is a text": ("collect.resource", resource(instance_size="large")),
    "a text for the mapping that a match rule leads through": ("collect.resource", resource(reference="i-3")),
    "no match rules": ("collect.match_rules", machines(match_rules={})),
    "a match rule that names no field": ("collect.match_rules", machines(match_rules={"1": ["data.instance_id"]})),
    "a match rule that is no list": ("collect.match_rules", machines(match_rules={"1": "name"})),
    "match rules that name no field, in all": (
        "collect.match_rules",
        lambda collector: [
            found.update(match_rules={"1": ["data.instance_id", "provider"]}) for found in collector.found[2:10]
        ],
    ),
    "no provider, which the match rules name": ("collect.resource", resource(provider=None)),
    "no data at all": (
        "collect.resource",
        lambda collector: [found["resource"].pop("data") for found in collector.found[2:10]],
    ),
    "an identifier that is empty": (
        "collect.match_rules",
        lambda collector: collector.found[5]["resource"]["reference"].update(resource_id=""),
    ),
    "two resources with one identifier": ("collect.unique", same_id),
    "a failure without a message": ("collect.message", lambda collector: collector.found[-1].update(message="")),
    "a type after its services": ("collect.order", type_last),
    "a root_path that leads nowhere": (
        "collect.layouts",
        layouts(lambda found: found[1]["options"].update(root_path="data.volumes")),
    ),
    "a key that the data does not have": (
        "collect.layouts",
        layouts(lambda found: found[0]["options"]["fields"].append({"key": "memory", "name": "Memory"})),
    ),
    "fields of a layout that are a text": (
        "collect.layouts",
        layouts(lambda found: found[0]["options"].update(fields="cpu")),
    ),
    "a root_path that is a number": ("collect.layouts", layouts(lambda found: found[1]["options"].update(root_path=5))),
    "a column that the data does not have": ("collect.layouts", type_column),
    "a field on the wire that nobody declares": ("collect.fields", setting(raw={"collect": UNKNOWN_FIELD})),
    "a field that the interface does not have": ("collect.fields", declared_field),
    "a field of init that nobody declares": ("init.fields", setting(raw={"init": UNKNOWN_FIELD})),
    "a message of 5 MiB": ("collect.size", large),
    "a long silence": ("collect.gap", setting(gap_after=5)),
    "a long silence before the first": ("collect.gap", setting(gap_after=0)),
    "an error in the middle": ("collect.complete", setting(breaks_after=5)),
    "an error at once": ("collect.complete", setting(breaks_after=0)),
    "stuck after a cancelled stream": ("collect.cancel", setting(stuck_by_cancel=True)),
    "other identifiers in each run": ("collect.repeat", setting(changes=new_ids)),
    "fewer resources in the second run": ("collect.repeat", setting(changes=fewer_each_time)),
    "one run at a time": ("collect.parallel", setting(alone=True)),
    "garbage for options is taken": ("collect.garbage", setting(complaint=None)),
    "garbage for options is INTERNAL": ("collect.garbage", setting(complaint=grpc.StatusCode.INTERNAL)),
    "garbage for options is UNKNOWN": ("collect.garbage", setting(complaint=grpc.StatusCode.UNKNOWN)),
}

# the others have the deadlines of the table, which no machine is too slow for
HANGING = (
    "verify is too slow",
    "a long silence",
    "a long silence before the first",
    "stuck after a cancelled stream",
)
