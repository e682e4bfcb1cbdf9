"""Plain values as Python source, in lines that people would write."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 100


def literal(value: Any, indent: int = 0) -> str:
    """The source of a value whose first line stands `indent` columns from the left."""
    short = _inline(value)
    if len(short) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    margin = " " * (indent + 4)
    if isinstance(value, dict):
        lines = [f"{margin}{json.dumps(key)}: {literal(item, indent + 4)},\n" for key, item in value.items()]
        return "{\n" + "".join(lines) + " " * indent + "}"
    lines = [f"{margin}{literal(item, indent + 4)},\n" for item in value]
    return "[\n" + "".join(lines) + " " * indent + "]"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
