"""Headers that a call sends besides its credentials: `-H "name: value"`, `-H @file`, `headers` of an environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Header = tuple[str, str | bytes]

_RESERVED = frozenset(("te", "content-type", "content-length", "host", "connection", "transfer-encoding", "user-agent"))
FORM = "'name: value' is due, as in -H 'x-tenant: blue'"


def typed(texts: Iterable[str], environ: Mapping[str, str]) -> tuple[Header, ...]:
    """The headers of `-H` options; `@FILE` has one on each line. Raises ValueError, which shows no value."""
    found: list[Header] = []
    for text in texts:
        if not text.startswith("@"):
            found.append(_header(text, environ))
            continue
        name = text[1:]
        try:
            lines = Path(name).expanduser().read_text("utf-8").splitlines()
        except (OSError, UnicodeError) as error:
            raise ValueError(f"{name}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.startswith("#"):
                try:
                    key, value = _header(line, environ)
                    found.append((key, _secret(value)))
                except ValueError as error:
                    raise ValueError(f"{name}:{number}: {error}") from None
    return tuple(found)


def configured(value: Any, environ: Mapping[str, str]) -> tuple[Header, ...]:
    """The headers of a mapping, name -> value or list of values. Raises ValueError, which shows no value."""
    if not isinstance(value, dict):
        raise ValueError("a mapping is due, as in `x-tenant: blue`")
    found: list[Header] = []
    for name, given in value.items():
        for one in given if isinstance(given, list) else [given]:
            if one is None or isinstance(one, (dict, list)):
                raise ValueError(f"{name}: a text is due")
            text = str(one).lower() if isinstance(one, bool) else str(one)
            found.append(_checked(str(name), text, environ))
    return tuple(found)


def over(upper: Iterable[Header], lower: Iterable[Header]) -> tuple[Header, ...]:
    """Both, where a name of the first takes out that of the second."""
    upper = tuple(upper)
    names = {name for name, _ in upper}
    return (*(header for header in lower if header[0] not in names), *upper)


def _header(text: str, environ: Mapping[str, str]) -> Header:
    name, colon, value = text.partition(":")
    if text.startswith(":"):
        raise ValueError("names that begin with a colon are gRPC's own; --authority NAME sets :authority")
    if not colon:
        raise ValueError(FORM)
    return _checked(name, value, environ)


def _checked(name: str, value: str, environ: Mapping[str, str]) -> Header:
    name = name.strip().lower()
    if not re.fullmatch(r"[0-9a-z_.-]+", name):
        raise ValueError(f"{name!r} cannot be the name of a header: letters, digits, - _ and . can")
    if name.startswith("grpc-") or name in _RESERVED:
        raise ValueError(f"{name} is a header of gRPC's own")
    expanded = _expanded(value, environ).strip()
    is_typed, value = expanded == value.strip(), expanded
    if name.endswith("-bin"):
        return name, _decoded(name, value)
    if not (value.isascii() and (value.isprintable() or not value)):
        raise ValueError(f"{name}: the value has characters other than printable ASCII; NAME-bin takes base64")
    return name, value if is_typed else _secret(value)


def _secret(value: str | bytes) -> str | bytes:
    """A value that came out of a variable or a file: whoever did not type it does not want it on the screen."""
    from spacectl.masking import Secret

    return Secret(value) if isinstance(value, str) else value


def _expanded(value: str, environ: Mapping[str, str]) -> str:
    """The text with `${NAME}` replaced by variables; `$${` is a `${` that stays."""

    def replaced(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        if match[1] not in environ:
            raise ValueError(f"${{{match[1]}}}: there is no such variable")
        return environ[match[1]]

    return re.sub(r"\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}", replaced, value)


def _decoded(name: str, value: str) -> bytes:
    import binascii
    from base64 import b64decode

    text = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{name}: base64 is due, as the name ends in -bin") from None
