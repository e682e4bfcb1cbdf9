"""Moments as the API writes them: ISO 8601 in UTC with milliseconds and a Z."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from spacectl.sandbox.status import query_failed

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
OFFSET = re.compile(r"([+-])\s*(\d+)\s*([smhdw])")
TIME_DIFFERENCE = re.compile(r"now(?:\s*[+-]\s*\d+\s*[smhdw])*")


def iso(time: datetime) -> str:
    """The text of a moment; one without a time zone is in UTC."""
    time = time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def now() -> str:
    """The text of this moment."""
    return iso(datetime.now(timezone.utc))


def moment(name: str, text: str) -> datetime:
    """The moment that the value of a datetime_… (ISO 8601) or timediff_… (`now-7d`) operator names.

    Raises ApiError for other text.
    """
    if name.startswith("timediff"):
        if not TIME_DIFFERENCE.fullmatch(text):
            raise query_failed(f"The value of timediff operator is invalid. (value = {text})")
        time = datetime.now(timezone.utc)
        for sign, count, unit in OFFSET.findall(text):
            time += timedelta(**{UNITS[unit]: int(sign + count)})
        return time
    try:
        # Python 3.10 does not read the Z, nor fractions that are not of 3 or 6 digits.
        return datetime.fromisoformat(re.sub(r"\.\d+", "", text.replace("Z", "+00:00")))
    except ValueError:
        raise query_failed(f"The value of {name} operator is required ISO 8601 format.") from None
