"""Whether values have the shape that a JSON schema says, and whether a JSON schema is one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

METASCHEMA = Path(__file__).with_name("tables") / "json-schema-draft-07.json"
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
# the name of this format ends the sentence that something "must be"
A_DAY = "a day like 2026-01-31"
Shape = Callable[[Any], "str | None"]


def shape(schema: Any) -> Shape:
    """A function that says what is wrong with a value, or None. The schema is our own: it becomes code."""
    return _compiled(json.dumps(schema))


@lru_cache(1024)
def _compiled(text: str) -> Shape:
    # once for each schema: to make it code takes longer than all that it is used for
    import fastjsonschema

    validate = fastjsonschema.compile(
        {"$schema": "http://json-schema.org/draft-07/schema", **json.loads(text)},
        use_default=False,
        formats={A_DAY: _is_day},
    )

    def problem(value: Any) -> str | None:
        try:
            validate(value)
        except fastjsonschema.JsonSchemaValueException as error:
            return str(error.message).removeprefix("data").removeprefix(".").strip()
        return None

    return problem


def _is_day(text: str) -> bool:
    from datetime import datetime

    try:
        datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return False
    return True


def json_schema_problem(value: Any) -> str | None:
    """Why a value is no JSON schema (draft 7), or None: it fits the metaschema, its patterns and references hold."""
    if not isinstance(value, dict):
        return f"a JSON schema is a mapping, and this is {kind_of(value)}"
    # in our own words where they are better than those of the metaschema
    return _broken_inside(value, value, "") or _compiled(METASCHEMA.read_text())(value)


def _broken_inside(schema: Any, root: dict[str, Any], path: str) -> str | None:
    """What the metaschema cannot see, or cannot say: patterns that do not compile, references to nothing, types."""
    if isinstance(schema, list):
        return next(filter(None, (_broken_inside(item, root, path) for item in schema)), None)
    if not isinstance(schema, dict):
        return None
    place = f"{path}: " if path else ""
    pattern, reference = schema.get("pattern"), schema.get("$ref")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error as error:
            return f"{place}the pattern {pattern!r} is no regular expression: {error}"
    if isinstance(reference, str) and reference.startswith("#/") and not _resolves(reference, root):
        return f"{place}$ref {reference} points to nothing"
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if isinstance(kind, str) and kind not in TYPES:
            return f"{place}there is no type {kind!r}; the types are {', '.join(TYPES)}"
    for keyword, inner in schema.items():
        if keyword in ("enum", "const", "default", "examples"):
            continue
        found = _broken_inside(inner, root, f"{path}.{keyword}".lstrip("."))
        if found:
            return found
    return None


def _resolves(reference: str, root: Any) -> bool:
    for part in reference[2:].split("/"):
        if not isinstance(root, dict) or part not in root:
            return False
        root = root[part]
    return True


def kind_of(value: Any) -> str:
    """What a plain value is, as people say it."""
    names = {str: "a text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return names.get(type(value), "nothing")


def minimal(schema: Any, depth: int = 8) -> Any:
    """The least value that a schema allows: what is required, defaults where it has them."""
    if not isinstance(schema, dict) or depth == 0:
        return {}
    for keyword in ("default", "const"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("enum", "examples"):
        if schema.get(keyword) and isinstance(schema[keyword], list):
            return schema[keyword][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(iter(kind), None)
    if kind in ("integer", "number"):
        least: Any = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        return least + 1 if "exclusiveMinimum" in schema else least
    if kind == "boolean":
        return False
    if kind == "string":
        return "x" * max(1, schema.get("minLength", 1))
    if kind == "array":
        return [minimal(schema.get("items"), depth - 1) for _ in range(schema.get("minItems", 0))]
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    return {name: minimal(properties[name], depth - 1) for name in names if name in properties}


def garbage(schema: Any) -> dict[str, Any]:
    """Options that a schema does not allow: each property with a value of another type; nothing where it has none."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return {}
    wrong: dict[str, Any] = {}
    for name, inner in properties.items():
        kinds = inner.get("type") if isinstance(inner, dict) else None
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "object" not in kinds and "string" in kinds:
            wrong[name] = {"garbage": ["spacectl", None]}
        elif "string" not in kinds and kinds != [None]:
            wrong[name] = "garbage, from spacectl"
    return wrong
