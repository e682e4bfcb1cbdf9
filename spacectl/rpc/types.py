"""Message types by their full names, for what stands in an Any: those of a method, protobuf's own, the server's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacectl.errors import SpacectlError

if TYPE_CHECKING:
    from spacectl.rpc.catalog import Source

FindType = Callable[[str], Any]
WELL_KNOWN = (
    "any",
    "api",
    "duration",
    "empty",
    "field_mask",
    "source_context",
    "struct",
    "timestamp",
    "type",
    "wrappers",
)
MAX_ASKED = 100  # types that a server is asked for in one command: an answer of random names must not make a storm


class Types:
    """The types that `source` has, each asked for once, when it is wanted. Nothing here fails."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: dict[str, Any] = {}

    def find(self, name: str) -> Any:
        """The descriptor of a message type, None where nobody knows it."""
        if name not in self._found:
            self._found[name] = self._asked(name) if len(self._found) < MAX_ASKED else None
        return self._found[name]

    def forget(self) -> None:
        """Asks for all of them anew: the server describes itself in another way than it did."""
        self._found.clear()

    def _asked(self, name: str) -> Any:
        if name.startswith("google.protobuf.") and (known := _well_known(name)) is not None:
            return known
        from spacectl.rpc.descriptors import find_message

        if not all(part.isidentifier() for part in name.split(".")):
            return None
        try:
            return find_message(self._source.files([name]), name)
        except SpacectlError:
            return None


def _well_known(name: str) -> Any:
    from importlib import import_module

    from google.protobuf.descriptor_pool import Default

    for module in WELL_KNOWN:
        import_module(f"google.protobuf.{module}_pb2")
    try:
        return Default().FindMessageTypeByName(name)
    except KeyError:
        return None
