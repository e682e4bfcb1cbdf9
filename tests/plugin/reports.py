"""What a test of a plugin said, for tests to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peers.command import Result


@dataclass(frozen=True)
class Report:
    """What a test of a plugin said."""

    status: int
    document: Any
    result: Result

    def names(self, *states: str) -> list[str]:
        """The checks that ended in one of these states."""
        return [check["check"] for check in self.document["checks"] if check["state"] in states]

    def check(self, name: str) -> dict[str, Any]:
        """What is said of one check."""
        return next(check for check in self.document["checks"] if check["check"] == name)
