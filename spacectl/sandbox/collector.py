"""A collector plugin that finds made-up virtual machines: inventory.plugin.Collector."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import status
from spacectl.sandbox.schema import plain

if TYPE_CHECKING:
    from spacectl.sandbox.calls import Call
    from spacectl.sandbox.schema import Message

METADATA = {
    "supported_schedules": ["hours"],
    "supported_resource_type": ["inventory.CloudService"],
    "options_schema": {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "title": "How many resources", "default": 3},
            "delay": {"type": "number", "title": "Seconds before each resource", "default": 0},
            "fail_at": {"type": "integer", "title": "Fail before this resource, counted from 0"},
        },
    },
}


def init(call: Call) -> Message:
    """Answers what the plugin offers."""
    return call.answer(metadata=METADATA)


def verify(call: Call) -> Message:
    """Refuses credentials in which `bad` is true."""
    if plain(call.request.secret_data).get("bad"):
        raise status.unknown("secret is bad")
    return call.answer()


def number(options: dict[str, Any], name: str, default: float) -> float:
    """A number among the options. Raises ApiError when it is something else."""
    value = options.get(name, default)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise status.invalid_parameter(f"options.{name}", f"{value} is not a number") from None


def collect(call: Call) -> Iterator[Message]:
    """Streams `count` resources, waits `delay` seconds before each, fails before number `fail_at`."""
    options = plain(call.request.options)
    count, fail_at = int(number(options, "count", 3)), int(number(options, "fail_at", -1))
    delay = number(options, "delay", 0)
    gone = threading.Event()
    if delay > 0 and not call.context.add_callback(gone.set):
        return
    for index in range(count):
        if index == fail_at:
            raise status.unknown(f"sandbox failure at {index}")
        if delay > 0 and gone.wait(delay):
            return
        yield call.answer(
            state="SUCCESS",
            resource_type="inventory.CloudService",
            match_rules={"1": ["reference.resource_id"]},
            resource=machine(index),
        )


def machine(index: int) -> dict[str, Any]:
    """A virtual machine, the same for the same number."""
    return {
        "name": f"vm-{index:05d}",
        "provider": "aws",
        "region_code": "ap-northeast-2",
        "cloud_service_group": "EC2",
        "cloud_service_type": "Instance",
        "data": {"cpu": index % 8, "memory": index * 1.5},
        "reference": {"resource_id": f"i-{index:05d}"},
    }
