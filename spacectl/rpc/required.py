"""Fields that must be given, as far as docs packs say: found before the call, not by the server."""

from __future__ import annotations

from typing import Any

from spacectl.blame import place_of
from spacectl.errors import Problem
from spacectl.rpc.docs import Docs
from spacectl.rpc.encode import REQUIRED
from spacectl.rpc.schema import is_required
from spacectl.values import Fields

# Cloudforet's services take these from the caller's token where the request does not have them
FROM_THE_TOKEN = ("domain_id", "workspace_id")


def missing(message: Any, fields: Fields, docs: Docs) -> list[Problem]:
    """A problem for each required field that a request lacks, at the place of what should hold it."""
    return list(_missing(message, fields, docs, ""))


def _missing(message: Any, fields: Fields, docs: Docs, path: str) -> list[Problem]:
    problems = []
    given = {field.name: value for field, value in message.ListFields()}
    for field in message.DESCRIPTOR.fields:
        here = f"{path}.{field.name}" if path else field.name
        if field.name not in given:
            if field.name not in FROM_THE_TOKEN and is_required(field, docs.required(field.full_name)):
                where, present = place_of(fields, here)
                # what is there and still not in the message is wrong in another way, or empty on purpose
                if not present or field.has_presence:
                    problems.append(Problem(str(where), here, REQUIRED))
        elif field.message_type is not None and not field.is_repeated and docs.knows(field.message_type.full_name):
            problems += _missing(given[field.name], fields, docs, here)
    return problems
