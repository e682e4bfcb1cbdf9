"""What a JSON Web Token says about itself, read without checking its signature: only its server can do that."""

from __future__ import annotations

from typing import Any

MAX_LENGTH = 65_536
SOON = 60.0  # seconds before its end at which a token counts as about to expire


def claims(token: str) -> dict[str, Any] | None:
    """The claims of a token; None for a text that is no JSON Web Token."""
    parts = token.split(".")
    if len(parts) != 3 or not token.startswith("eyJ") or len(token) > MAX_LENGTH:
        return None
    import json
    from binascii import a2b_base64

    try:
        # the padding that is too much does no harm
        payload = a2b_base64(parts[1].replace("-", "+").replace("_", "/") + "==")
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def moment(found: dict[str, Any], name: str) -> float | None:
    """The time of a claim such as `exp`, in seconds since the epoch; None where there is none."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e12:
        return None
    return float(value)


def ends_soon(found: dict[str, Any], now: float) -> bool:
    """Whether a token has expired, or is about to: in a minute, or the last quarter of a shorter life."""
    return now >= due(found)


def due(found: dict[str, Any]) -> float:
    """The time from which on a token counts as about to expire, in seconds since the epoch; infinite without an end."""
    end = moment(found, "exp")
    if end is None:
        return float("inf")
    begin = moment(found, "iat")
    life = end - begin if begin is not None and begin < end else 4 * SOON
    return end - min(SOON, life / 4)


def utc(seconds: float) -> str:
    """A moment in ISO 8601, in UTC and to the second."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def span(seconds: float) -> str:
    """A length of time in words: `12 s`, `5 min`, `3 h`, `2 days`."""
    size = abs(seconds)
    if size < 120:
        return f"{size:.0f} s"
    if size < 7200:
        return f"{size / 60:.0f} min"
    return f"{size / 3600:.0f} h" if size < 172_800 else f"{size / 86_400:.0f} days"
