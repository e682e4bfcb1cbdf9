"""`@modules/date`: a date and its neighbours, as texts."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from spacectl.errors import UsageError

_DIFFERENCE = re.compile(
    r"\s*(?P<base>now(?:/[dwmy])?|\d{4}[-\dT:.Z+ ]*?)\s*(?:(?P<sign>[-+])\s*(?P<n>\d{1,6})(?P<unit>[smhdw]))?\s*"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def neighbours(base_date: str | None, now: datetime | None = None) -> dict[str, Any]:
    """The date that `base_date` means (`now/d - 10d`, `2024-01-31`; now), with months and days around it.

    Raises UsageError for another text.
    """
    date = moment(base_date, now) if base_date else now or _now()
    found: dict[str, Any] = {"year": f"{date:%Y}"}
    found |= {f"year-{n}y": f"{date.year - n:04d}" for n in range(1, 4)}
    found |= {"month": f"{date:%Y-%m}", "month+1m": _month(date, 1)}
    found |= {f"month-{n}m": _month(date, -n) for n in range(1, 12)}
    found |= {"date": f"{date:%Y-%m-%d}", "date+1d": f"{date + timedelta(days=1):%Y-%m-%d}"}
    found |= {f"date-{n}d": f"{date - timedelta(days=n):%Y-%m-%d}" for n in range(1, 16)}
    return found | {
        "year_start_month": f"{date:%Y}-01",
        "month_start_date": f"{date:%Y-%m}-01",
        "datetime": f"{date:%Y-%m-%dT%H:%M:%SZ}",
        "timestamp": int(time.time()),
    }


def moment(text: str, now: datetime | None = None) -> datetime:
    """The moment that a text means, in UTC. Raises UsageError."""
    match = _DIFFERENCE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        date = _base(match["base"], now or _now())
        if match["n"]:
            shift = timedelta(seconds=int(match["n"]) * _SECONDS[match["unit"]])
            date = date + shift if match["sign"] == "+" else date - shift
    except (ValueError, OverflowError):
        raise UsageError(f"base_date: {text!r} is no date", "write 2024-01-31, now/d, or now/m - 10d") from None
    return date


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _base(text: str, now: datetime) -> datetime:
    if not text.startswith("now"):
        date = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return date.astimezone(timezone.utc).replace(tzinfo=None) if date.tzinfo else date
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match text[4:]:
        case "":
            return now
        case "d":
            return day
        case "w":
            return day - timedelta(days=day.weekday())
        case "m":
            return day.replace(day=1)
    return day.replace(month=1, day=1)


def _month(date: datetime, shift: int) -> str:
    months = date.year * 12 + date.month - 1 + shift
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
