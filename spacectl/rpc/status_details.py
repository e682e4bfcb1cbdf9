"""What a server adds to a gRPC status: google.rpc.Status in the trailer `grpc-status-details-bin`.

The types: google/rpc/status.proto and google/rpc/error_details.proto. They are few, small and frozen, so they are read
by their field numbers instead of shipping their descriptors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from spacectl.rpc.error_details import fields_of, plain_detail

TRAILER = "grpc-status-details-bin"
MAX_SENTENCES = 20
MAX_DETAILS = 100
MAX_STACK = 5


class StatusDetails(NamedTuple):
    """What a server said beyond its message: `sentences` of what is wrong, `hints` of what to do or read.

    `fields` are the paths in the request that its BadRequest is about; `plain` are all details as JSON has them.
    """

    sentences: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    plain: tuple[dict[str, Any], ...] = ()


def status_details(trailers: Any) -> StatusDetails:
    """The details in the trailing metadata of a call; nothing where there are none, or none that can be read."""
    data = next((value for key, value in trailers or () if key == TRAILER), b"")
    if not isinstance(data, bytes):
        return StatusDetails()
    sentences: list[str] = []
    hints: list[str] = []
    fields: list[str] = []
    plain: list[dict[str, Any]] = []
    for packed in islice(_all(fields_of(data), 3), MAX_DETAILS):
        any_fields = fields_of(packed)
        plain.append(plain_detail(_text(any_fields, 1), next(_all(any_fields, 2), b"")))
        name = _text(any_fields, 1).rpartition("/")[2].removeprefix("google.rpc.")
        read = _READERS.get(name)
        if read is None:
            continue
        inner = fields_of(next(_all(any_fields, 2), b""))
        (hints if name in _HINTS else sentences).extend(read(inner))
        if name == "BadRequest":
            fields += [_text(fields_of(violation), 1) for violation in _all(inner, 1)]
    return StatusDetails(
        tuple(dict.fromkeys(sentences))[:MAX_SENTENCES],
        tuple(dict.fromkeys(hints)),
        tuple(dict.fromkeys(path for path in fields if path))[:MAX_SENTENCES],
        tuple(plain),
    )


def retry_delay(trailers: Any) -> float | None:
    """The seconds after which a server wants to be asked again, of its RetryInfo; None without one."""
    data = next((value for key, value in trailers or () if key == TRAILER), b"")
    for packed in _all(fields_of(data), 3) if isinstance(data, bytes) else ():
        any_fields = fields_of(packed)
        if _text(any_fields, 1).endswith("/google.rpc.RetryInfo"):
            for duration in map(fields_of, _all(fields_of(next(_all(any_fields, 2), b"")), 1)):
                return _seconds(duration)
    return None


_Fields = list[tuple[int, Any]]


def _all(fields: _Fields, number: int) -> Iterator[bytes]:
    return (value for found, value in fields if found == number and isinstance(value, bytes))


def _text(fields: _Fields, number: int) -> str:
    return next((value.decode("utf-8", "replace") for value in _all(fields, number)), "")


def _words(fields: _Fields, *numbers: int) -> Iterator[str]:
    """One sentence of the texts of these fields, none where all are empty."""
    if joined := ": ".join(text for number in numbers if (text := _text(fields, number))):
        yield joined


def _repeated(*numbers: int) -> Callable[[_Fields], Iterator[str]]:
    """A sentence for each message in field 1."""
    return lambda fields: (words for inner in _all(fields, 1) for words in _words(fields_of(inner), *numbers))


def _error_info(fields: _Fields) -> Iterator[str]:
    parts = [part for number in (1, 2) if (part := _text(fields, number))]
    parts += ["=".join((_text(pair, 1), _text(pair, 2))) for pair in map(fields_of, _all(fields, 3))]
    if parts:
        yield ", ".join(parts)


def _retry_info(fields: _Fields) -> Iterator[str]:
    for duration in map(fields_of, _all(fields, 1)):
        yield f"try again in {_seconds(duration):g} s"


def _seconds(duration: _Fields) -> float:
    numbers = {number: value for number, value in duration if isinstance(value, int)}
    return float(numbers.get(1, 0) + numbers.get(2, 0) / 1e9)


def _debug_info(fields: _Fields) -> Iterator[str]:
    """The detail, and where it was: the whole of a long stack is in the error as JSON."""
    stack = [entry.decode("utf-8", "replace") for entry in _all(fields, 1)]
    parts = [text for text in (_text(fields, 2), *stack[:MAX_STACK]) if text]
    if len(stack) > MAX_STACK:
        parts.append(f"and {len(stack) - MAX_STACK} more, in --error-format json")
    if parts:
        yield f"of the server's inside: {'; '.join(parts)}"


_READERS: Mapping[str, Callable[[_Fields], Iterator[str]]] = MappingProxyType(
    {
        "BadRequest": _repeated(1, 2),
        "PreconditionFailure": _repeated(2, 3),
        "QuotaFailure": _repeated(1, 2),
        "ErrorInfo": _error_info,
        "ResourceInfo": lambda fields: _words(fields, 1, 2, 3, 4),
        "LocalizedMessage": lambda fields: _words(fields, 2),
        "RetryInfo": _retry_info,
        "Help": _repeated(1, 2),
        "RequestInfo": lambda fields: (f"the server's name for this request: {w}" for w in _words(fields, 1, 2)),
        "DebugInfo": _debug_info,
    }
)
_HINTS = frozenset(("RetryInfo", "Help", "RequestInfo", "DebugInfo"))
