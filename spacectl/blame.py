"""Which place of the input a server's refusal is about."""

from __future__ import annotations

import re

from spacectl.errors import CallError
from spacectl.resource_type import ResourceType
from spacectl.values import Fields, Items, Node, Where

# SpaceONE: `ERROR_REQUIRED_PARAMETER: Required parameter. (key = plugin_info, options)`
_KEY = r"\(key = (\w+(?:(?:, |\.)\w+)*)[,)]"


def places(error: CallError, fields: Fields) -> list[str]:
    """A line for each field that the server's words, or its google.rpc.BadRequest, name: its place, and what is wrong.

    The place of a field that is missing is that of what should hold it.
    """
    missing = "REQUIRED" in error.details.partition(":")[0]
    lines = []
    for key in re.findall(_KEY, error.details):
        path = key.replace(", ", ".")
        where, present = place_of(fields, path)
        verdict = "is not what the server wants" if present and not missing else "is required"
        lines.append(_line(where, path, verdict))
    return lines + [_line(place_of(fields, path)[0], path, "is refused") for path in error.fields]


def ways_on(verb: str, resource: ResourceType) -> tuple[str, ...]:
    """What to type where a request lacks fields: the list to choose from, for verbs about one row; the skeleton."""
    skeleton = f"`spacectl skeleton {verb} {resource}` shows every field"
    about_one = verb.startswith(("get", "update", "delete", "deregister", "enable", "disable"))
    return (f"`spacectl list {resource}` shows them", skeleton) if about_one else (skeleton,)


def _line(where: Where, path: str, verdict: str) -> str:
    place = f"{where}: " if str(where) else ""
    return f"{place}{path} {verdict}"


def place_of(fields: Fields, path: str) -> tuple[Where, bool]:
    """The place of a path, or of the nearest above it that is there; whether it is there itself."""
    where = fields.where
    node: Node = fields
    for key in re.split(r"[.\[]", path):
        index = key.removesuffix("]")
        if isinstance(node, Items) and index.isdecimal() and int(index) < len(node.items):
            node = node.items[int(index)]
            where = node.where
        elif isinstance(node, Fields) and key in node.entries:
            where, node = node.entries[key].where, node.entries[key].value
        else:
            return where, False
    return where, True
