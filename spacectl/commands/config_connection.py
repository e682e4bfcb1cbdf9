"""`config set connection.NAME`, `connections.SERVICE.NAME` and `headers.NAME`: settings that stand inside others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spacectl.connection_settings import HEADERS, OWN, READERS, SHARED, checked
from spacectl.errors import UsageError
from spacectl.nearest import did_you_mean

FORMS = "connection.NAME is for all services, connections.SERVICE.NAME for one, headers.NAME a header of every call"


def path_of(key: str) -> list[str]:
    """Where a setting stands: `[key]`, or the keys on the way to one of a connection. Raises UsageError."""
    first, _, rest = key.partition(".")
    if first not in (SHARED, OWN, HEADERS):
        return [key]
    path = [first]
    if first == OWN:
        service, _, rest = rest.partition(".")
        path.append(service)
    if first != HEADERS and rest.startswith(f"{HEADERS}."):
        path.append(HEADERS)
        rest = rest.removeprefix(f"{HEADERS}.")
    path.append(rest)
    if not all(path):
        raise UsageError(f"{key}: a setting of the connection is due", FORMS)
    if HEADERS not in path and rest not in READERS:
        known = [*READERS, f"{HEADERS}.NAME"]
        raise UsageError(f"{key}: unknown setting{did_you_mean(rest, known)}", f"there are: {', '.join(known)}")
    return path


def value_of(key: str, path: Sequence[str], value: str, base: Path) -> str:
    """The value to be written of a setting of the connection, looked into. Raises UsageError.

    The name of a file is written in full where it is not one below the directory of the configuration.
    """
    try:
        if HEADERS in path:
            from spacectl.headers import configured

            # the variables are those of the calls to come
            configured({path[-1]: value}, dict.fromkeys(re.findall(r"\$\{(\w+)\}", value), "x"))
            return value
        if path[-1] in ("cacert", "cert", "key") and not (base / Path(value).expanduser()).exists():
            value = str(Path(value).expanduser().absolute())
        checked(path[-1], value, base)
    except ValueError as error:
        raise UsageError(f"{key}: {error}") from None
    return value


def is_set(settings: Mapping[str, Any], path: Sequence[str]) -> bool:
    """Whether there is a setting at a path."""
    node: Any = settings
    for name in path:
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return True
