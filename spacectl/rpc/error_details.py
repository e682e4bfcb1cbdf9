"""The messages of google/rpc/error_details.proto as plain values, for programs that read errors.

They are few and frozen, so that the numbers of their fields stand here, and no descriptor is shipped.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# A field is a text, a whole number (int), a message, a list of texts or messages, or a map of texts (dict).
Shape = Mapping[int, tuple[str, Any]]
_LOCALIZED: Shape = {1: ("locale", str), 2: ("message", str)}
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "ErrorInfo": {1: ("reason", str), 2: ("domain", str), 3: ("metadata", dict)},
        "RetryInfo": {1: ("retry_delay", {1: ("seconds", int), 2: ("nanos", int)})},
        "DebugInfo": {1: ("stack_entries", [str]), 2: ("detail", str)},
        "QuotaFailure": {
            1: (
                "violations",
                [
                    {
                        1: ("subject", str),
                        2: ("description", str),
                        3: ("api_service", str),
                        4: ("quota_metric", str),
                        5: ("quota_id", str),
                        6: ("quota_dimensions", dict),
                        7: ("quota_value", int),
                        8: ("future_quota_value", int),
                    }
                ],
            )
        },
        "PreconditionFailure": {1: ("violations", [{1: ("type", str), 2: ("subject", str), 3: ("description", str)}])},
        "BadRequest": {
            1: (
                "field_violations",
                [
                    {
                        1: ("field", str),
                        2: ("description", str),
                        3: ("reason", str),
                        4: ("localized_message", _LOCALIZED),
                    }
                ],
            )
        },
        "RequestInfo": {1: ("request_id", str), 2: ("serving_data", str)},
        "ResourceInfo": {
            1: ("resource_type", str),
            2: ("resource_name", str),
            3: ("owner", str),
            4: ("description", str),
        },
        "Help": {1: ("links", [{1: ("description", str), 2: ("url", str)}])},
        "LocalizedMessage": _LOCALIZED,
    }
)
PREFIX = "google.rpc."
_PAIR: Shape = {1: ("key", str), 2: ("value", str)}


def plain_detail(type_url: str, data: bytes) -> dict[str, Any]:
    """A detail as JSON has it; one of another type, or that cannot be read, with its bytes in base64."""
    name = type_url.rpartition("/")[2]
    shape = SHAPES.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if shape is None:
        return {"@type": type_url, "value": b2a_base64(data, newline=False).decode()}
    value = _message(data, shape)
    if name == f"{PREFIX}RetryInfo" and isinstance(value.get("retry_delay"), dict):
        delay = value["retry_delay"]
        value["retry_delay"] = (
            f"{delay.get('seconds', 0) + delay.get('nanos', 0) / 1e9:.9f}".rstrip("0").rstrip(".") + "s"
        )
    return {"@type": type_url, **value}


def fields_of(data: bytes) -> list[tuple[int, Any]]:
    """The fields of a message as pairs of number and value, none where it is malformed."""
    from google.protobuf.empty_pb2 import Empty
    from google.protobuf.message import DecodeError
    from google.protobuf.unknown_fields import UnknownFieldSet

    try:
        found = UnknownFieldSet(Empty.FromString(data))
    except DecodeError:
        return []
    return [(found[index].field_number, found[index].data) for index in range(len(found))]


def _message(data: bytes, shape: Shape) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for number, value in fields_of(data):
        name, kind = shape.get(number, ("", None))
        if kind is int:
            if isinstance(value, int):
                result[name] = value - (1 << 64) if value >> 63 else value
        elif not isinstance(value, bytes) or kind is None:
            continue
        elif kind is dict:
            pair = _message(value, _PAIR)
            result.setdefault(name, {})[pair.get("key", "")] = pair.get("value", "")
        elif isinstance(kind, list):
            result.setdefault(name, []).append(_single(value, kind[0]))
        else:
            result[name] = _single(value, kind)
    return result


def _single(value: bytes, kind: Any) -> Any:
    return value.decode("utf-8", "replace") if kind is str else _message(value, kind)
