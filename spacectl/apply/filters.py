"""What expressions may use besides jinja2's own: filters, tests and functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from spacectl.apply.kinds import ExpressionError, NotYetKnownError, Quoted, Unknown

FALSE = frozenset(("", "false", "False", "FALSE", "no", "No", "0", "None", "null", "{}", "[]"))
_LITERALS = {"true": True, "True": True, "false": False, "False": False, "None": None}
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")


def to_bool(value: Any) -> bool:
    """Whether a value says yes; a text by what it says, all else by being not empty. What is not there says no."""
    import jinja2

    if isinstance(value, Unknown):
        raise NotYetKnownError
    if isinstance(value, jinja2.Undefined):
        return False
    return value.strip() not in FALSE if isinstance(value, str) else bool(value)


def length(value: Any) -> int:
    """How many items, keys or characters there are. Raises ExpressionError for what has no length."""
    if isinstance(value, Unknown):
        raise NotYetKnownError
    try:
        return len(value)
    except TypeError:
        raise ExpressionError(f"a {type(value).__name__} has no length") from None


def quote(value: Any) -> Quoted:
    """The value as a text, in quotes for a shell where it becomes part of one."""
    if isinstance(value, Unknown):
        raise NotYetKnownError
    return Quoted(value)


def to_data(value: Any) -> Any:
    """The value as it is: what every expression gives that stands alone."""
    return value


def as_text(value: Any) -> str:
    """A value as a part of a text. Raises NotYetKnownError."""
    if isinstance(value, Unknown):
        raise NotYetKnownError
    if isinstance(value, Quoted):
        return "'" + value.replace("'", "'\"'\"'") + "'"
    if isinstance(value, (dict, list, tuple)):
        return str(_plain(value))
    return str(value)


def operand(value: Any) -> Any:
    """A value as an operand of a condition: a text that reads `True` or `3` is that."""
    if isinstance(value, str) and not isinstance(value, Quoted):
        if value in _LITERALS:
            return _LITERALS[value]
        return int(value) if _WHOLE_NUMBER.match(value) else value
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"bool": to_bool, "len": length, "quote": quote, "to_data": to_data, "operand": operand, "text": as_text}
)
TESTS: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {"None": lambda value: value is None, "True": lambda value: value is True, "False": lambda value: value is False}
)
GLOBALS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **{"len": length, "bool": to_bool, "str": str, "int": int, "float": float},
        **{"any": any, "all": all, "min": min, "max": max, "sum": sum, "sorted": sorted},
    }
)
