"""Fields of Cloudforet's requests that had other names, or are gone: what old files still have.

Found by comparing the requests of spaceone-api 1.12 with those of 2.0, and the register files of published plugins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

PACKAGE = "spaceone.api."
# old name -> the names that took its place, in any request that has one of them
RENAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "backend": ("auth_type",),
        "notifications": ("notification",),
        "page_permissions": ("page_access",),
        "parent_project_group_id": ("parent_group_id",),
        "policies": ("permissions",),
        "resource_id": ("user_id",),
        "schema": ("schema_id",),
        "service_account_id": ("trusted_account_id",),
        "service_type": ("resource_type",),
        "trusted_service_account_id": ("trusted_account_id",),
    }
)
# new name -> the old one, for files that are newer than the server
NAMED_BEFORE: Mapping[str, str] = MappingProxyType({"resource_type": "service_type"})
GONE: Mapping[str, str] = MappingProxyType(
    {
        "capability": "went away in API version 2",
        "domain_id": "comes from the token since API version 2: leave it out",
        "labels": "went away in API version 2",
        "metadata": "went away in API version 2; a plugin gives its own",
        "secret_type": "went away in API version 2",
        "service_account_type": "went away in API version 2; a trusted account is a resource of its own",
        "template": "went away in 2023; a plugin gives the schema of its options itself",
        "user_type": "went away in API version 2",
    }
)


class Became(NamedTuple):
    """What to say of a field that a request does not have; `is_old` where the input is older than the server."""

    words: str
    is_old: bool = True


def what_became_of(message: str, name: str, fields: Collection[str]) -> Became | None:
    """What became of a field that a request (by its full name) does not have; None where it never had it."""
    if not message.startswith(PACKAGE):
        return None
    for new in RENAMED.get(name, ()):
        if new in fields:
            return Became(f"did you mean {new}, its new name?")
    before = NAMED_BEFORE.get(name)
    if before in fields:
        return Became(f"did you mean {before}, as this server, an older one, calls it?", is_old=False)
    return Became(GONE[name]) if name in GONE else None
