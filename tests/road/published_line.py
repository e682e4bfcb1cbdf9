"""One command line that people publish and type, with the request that it must become."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Line:
    """A command line, which of the two test APIs serves it, and what is asked: the method and the request in JSON."""

    line: str
    method: str
    request: dict[str, Any] = field(default_factory=dict)
    api: Literal["cloudforet", "elder"] = "cloudforet"


def cloudforet(line: str, method: str, request: dict[str, Any] | None = None) -> Line:
    return Line(f"spacectl {line}", method if method.startswith("grpc.") else f"spaceone.api.{method}", request or {})


def elder(line: str, method: str, request: dict[str, Any] | None = None) -> Line:
    return Line(f"spacectl {line}", f"elder.v1.{method}", request or {}, "elder")
