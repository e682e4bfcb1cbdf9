"""Fields of Cloudforet's requests that had other names, or are gone: what old files still have.

Found by comparing the requests of spaceone-api 1.12 with those of 2.0, and the register files of published plugins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

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
        "resource_type": ("service_type",),
        "schema": ("schema_id",),
        "service_account_id": ("trusted_account_id",),
        "service_type": ("resource_type",),
        "trusted_service_account_id": ("trusted_account_id",),
    }
)
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


def what_became_of(message: str, name: str, fields: Collection[str]) -> str:
    """What to say of a field that a request (by its full name) does not have; nothing where it never had it."""
    if not message.startswith(PACKAGE):
        return ""
    for new in RENAMED.get(name, ()):
        if new in fields:
            return f"did you mean {new}, its new name?"
    return GONE.get(name, "")
