"""The fields of an answer that its update does not take: what was got can be sent back as it is."""

from __future__ import annotations

from typing import Any

from spacectl.values import Fields


def without_own_fields(fields: Fields, method: Any) -> tuple[Fields, list[str]]:
    """The fields that an update takes, and the names of those that only its answer has (`created_at`, `state` …).

    Only verbs that begin with `update` are meant; of what neither the request nor the answer has, nothing is taken
    away, so that it is reported.
    """
    if not method.verb.startswith("update"):
        return fields, []
    taken = {name for field in method.input.fields for name in (field.name, field.json_name)}
    own = {name for field in method.output.fields for name in (field.name, field.json_name)} - taken
    # what was typed as an option was meant, and is reported; what stands in a file may have come with the rest
    ignored = [key for key, entry in fields.entries.items() if key in own and entry.where.line]
    entries = {key: entry for key, entry in fields.entries.items() if key not in ignored}
    return (Fields(entries, fields.where, fields.duplicates), ignored) if ignored else (fields, [])
