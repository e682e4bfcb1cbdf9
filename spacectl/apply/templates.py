"""`output.template` of a resource: which columns of an answer are kept, and under which titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spacectl import columns as column_names
from spacectl.apply.modules import Means
from spacectl.errors import UsageError
from spacectl.templates import columns_of
from spacectl.values import Fields, from_python
from spacectl.yaml_io import decode

FIRST = ("project_id", "provider|Provider", "region_code|Region", "name|Name")
LAST = ("reference.resource_id|Resource ID",)
LEFT_OUT = frozenset(("project_id", "provider", "region_code", "name", "updated_at", "launched_at"))


def shaped(output: Any, wanted: Any, means: Means) -> Any:
    """The output with the columns of its template, as it is without one. Raises SpacectlError."""
    if not isinstance(wanted, Mapping) or not wanted.get("template"):
        return output
    options = wanted.get("options") or {}
    rules = _rules(str(wanted["template"]), options, means)
    if options.get("use_name_alias") is False:
        rules = [rule.partition("|")[0] for rule in rules]
    columns = column_names.parse_all(dict.fromkeys(rules))
    if isinstance(output, list):
        return [column_names.project(columns, row) for row in output]
    return column_names.project(columns, output) if isinstance(output, dict) and output else output


def _rules(template: str, options: Mapping[str, Any], means: Means) -> list[str]:
    match template:
        case "input":
            return [str(rule) for rule in options.get("columns") or ()]
        case "file":
            name = str(options.get("file", ""))
            return columns_of(decode(means.read_file(name), name, UsageError), name, UsageError)
        case "metadata":
            return _of_metadata(str(options.get("metadata", "")), means)
    raise UsageError(f"output.template: there is no {template}", "input, file, metadata")


def _of_metadata(metadata: str, means: Means) -> list[str]:
    parts = metadata.split(".")
    if len(parts) != 3:
        raise UsageError(f"metadata: {metadata!r} is no PROVIDER.GROUP.TYPE", "as in aws.EC2.Volume")
    asked = from_python(dict(zip(("provider", "group", "name"), parts, strict=True)))
    calls = means.calls
    found = calls.call(
        calls.method("inventory.CloudServiceType", "list", None), asked if isinstance(asked, Fields) else Fields()
    )
    if not found:
        raise UsageError(f"there is no cloud service type {metadata}")
    node: Any = found[0]
    for key in ("metadata", "view", "table", "layout", "options", "fields"):
        node = node.get(key) if isinstance(node, dict) else None
    return [*FIRST, *filter(None, map(_rule, node if isinstance(node, list) else [])), *LAST]


def _rule(field: Any) -> str:
    if not isinstance(field, dict) or not field.get("key") or field["key"] in LEFT_OUT:
        return ""
    options = field.get("options") or {}
    if options.get("is_optional"):
        return ""
    key = ".".join(str(part) for part in (field["key"], options.get("sub_key")) if part)
    return f"{key}|{field['name']}" if field.get("name") else key
