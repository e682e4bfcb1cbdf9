"""The resources of the first version of identity, which the manifests of installers are written for."""

from __future__ import annotations

from spacectl.sandbox.resources import OLD_IDENTITY, Resource

OLD_RESOURCES = (
    Resource(
        service=OLD_IDENTITY + "Domain",
        info="DomainInfo",
        id="domain_id",
        prefix="domain",
        scope=(),
        unique=(("name",),),
        minimal=("domain_id", "name"),
    ),
    Resource(
        service=OLD_IDENTITY + "DomainOwner",
        info="DomainOwnerInfo",
        id="domain_id",
        scope=(),
        unique=(("domain_id",),),
        references={"domain_id": OLD_IDENTITY + "Domain"},
    ),
    Resource(
        service=OLD_IDENTITY + "Role",
        info="RoleInfo",
        id="role_id",
        prefix="role",
        scope=(),
        minimal=("role_id", "name", "role_type"),
    ),
    Resource(
        service=OLD_IDENTITY + "Policy",
        info="PolicyInfo",
        id="policy_id",
        prefix="policy",
        scope=(),
        minimal=("policy_id", "name"),
    ),
    Resource(
        service=OLD_IDENTITY + "Provider",
        info="ProviderInfo",
        id="provider",
        scope=(),
        unique=(("provider", "domain_id"),),
        minimal=("provider", "name"),
        defaults={"order": 10},
    ),
    Resource(
        service=OLD_IDENTITY + "User",
        info="UserInfo",
        id="user_id",
        scope=(),
        unique=(("user_id", "domain_id"),),
        minimal=("user_id", "name", "state", "user_type"),
        defaults={"state": "ENABLED", "user_type": "USER", "language": "en", "timezone": "UTC", "tags": {}},
        references={"domain_id": OLD_IDENTITY + "Domain"},
    ),
    Resource(
        service=OLD_IDENTITY + "RoleBinding",
        info="RoleBindingInfo",
        id="role_binding_id",
        prefix="rb",
        scope=(),
        minimal=("role_binding_id", "resource_type", "resource_id", "role_info"),
        references={"role_id": OLD_IDENTITY + "Role"},
        filters={"role_id": "role_info.role_id"},
        order=("resource_id", "role_binding_id"),
    ),
    Resource(
        service=OLD_IDENTITY + "APIKey",
        info="APIKeyInfo",
        id="api_key_id",
        prefix="api-key",
        scope=(),
        minimal=("api_key_id", "state", "user_id"),
        defaults={"state": "ENABLED"},
        references={"user_id": OLD_IDENTITY + "User"},
        order=("user_id", "api_key_id"),
    ),
)
