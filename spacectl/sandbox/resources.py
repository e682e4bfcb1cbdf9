"""The table of resources: what the descriptors do not say about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spacectl.sandbox.status import NOT_FOUND, OLD_NOT_FOUND

DOMAIN = "domain-sandbox"
WORKSPACE = "workspace-sandbox"
REPOSITORY = "repo-sandbox"
ADMIN = "admin@sandbox.example"
PASSWORD = "sandbox"  # noqa: S105 the well-known password of a sandbox that holds no secrets


@dataclass(frozen=True)
class Resource:
    """One resource: where it is, how its rows are named, told apart and first filled."""

    service: str  # full name of the gRPC service, whose messages are in the same package
    info: str  # name of the message of a row
    id: str  # field that identifies a row; a caller names it where `prefix` is empty
    prefix: str = ""  # of the identifiers that the service makes up
    scope: tuple[str, ...] = ("domain_id",)  # fields that the real service adds to a look-up
    unique: tuple[tuple[str, ...], ...] = ()
    minimal: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)  # plain values of a new row
    references: dict[str, str] = field(default_factory=dict)  # request field -> service of the row that must exist
    filters: dict[str, str] = field(default_factory=dict)  # request field of list -> column under another name
    ignored: tuple[str, ...] = ()  # request fields of list that choose no rows here
    missing: str = NOT_FOUND  # words of "not found"
    order: tuple[str, ...] = ("name",)  # of rows when nobody asks for another

    @property
    def package(self) -> str:
        """The package of the service and of its messages."""
        return self.service.rpartition(".")[0]

    @property
    def row(self) -> str:
        """The full name of the message of a row."""
        return f"{self.package}.{self.info}"

    @property
    def kind(self) -> str:
        """The name of the resource, `Project`."""
        return self.service.rpartition(".")[2]


IDENTITY, INVENTORY = "spaceone.api.identity.v2.", "spaceone.api.inventory.v1."
REPOSITORIES, SECRET, NOTIFICATION, STATISTICS, OLD_IDENTITY = (
    f"spaceone.api.{name}.v1." for name in ("repository", "secret", "notification", "statistics", "identity")
)
IN_DOMAIN = {"domain_id": DOMAIN}
IN_WORKSPACE = {**IN_DOMAIN, "workspace_id": WORKSPACE}
LOCAL = {"repository_id": "repository_info.repository_id"}

RESOURCES = (
    Resource(
        service=IDENTITY + "Domain",
        info="DomainInfo",
        id="domain_id",
        prefix="domain",
        scope=(),
        unique=(("name",),),
        minimal=("domain_id", "name", "state"),
        defaults={"state": "ENABLED"},
    ),
    Resource(
        service=IDENTITY + "Workspace",
        info="WorkspaceInfo",
        id="workspace_id",
        prefix="workspace",
        minimal=("workspace_id", "name", "state", "is_managed", "is_dormant", "service_account_count", "user_count"),
        defaults={**IN_DOMAIN, "state": "ENABLED", "created_by": ADMIN, "dormant_ttl": -1, "cost_info": {}},
    ),
    Resource(
        service=IDENTITY + "User",
        info="UserInfo",
        id="user_id",
        unique=(("user_id", "domain_id"),),
        minimal=("user_id", "name", "state", "auth_type", "role_type"),
        defaults={
            **IN_DOMAIN,
            **{"state": "ENABLED", "role_type": "USER", "language": "en", "timezone": "UTC", "tags": {}},
        },
    ),
    Resource(
        service=IDENTITY + "ProjectGroup",
        info="ProjectGroupInfo",
        id="project_group_id",
        prefix="pg",
        scope=("domain_id", "workspace_id"),
        minimal=("project_group_id", "name", "parent_group_id", "workspace_id"),
        defaults={**IN_WORKSPACE, "tags": {}},
        references={"parent_group_id": IDENTITY + "ProjectGroup"},
    ),
    Resource(
        service=IDENTITY + "Project",
        info="ProjectInfo",
        id="project_id",
        prefix="project",
        scope=("domain_id", "workspace_id"),
        minimal=("project_id", "name", "project_type", "project_group_id", "workspace_id"),
        defaults={**IN_WORKSPACE, "created_by": ADMIN},
        references={"project_group_id": IDENTITY + "ProjectGroup"},
        filters={"user_id": "users"},
        ignored=("include_children",),
    ),
    Resource(
        service=IDENTITY + "Provider",
        info="ProviderInfo",
        id="provider",
        unique=(("provider", "domain_id"),),
        order=("order", "name"),
        minimal=("provider", "name", "order", "is_managed"),
        defaults={**IN_DOMAIN, "order": 10},
    ),
    Resource(
        service=IDENTITY + "ServiceAccount",
        info="ServiceAccountInfo",
        id="service_account_id",
        prefix="sa",
        scope=("domain_id", "workspace_id"),
        unique=(("name", "domain_id", "workspace_id", "project_id"),),
        minimal=("service_account_id", "name", "state", "provider", "is_managed", "project_id", "workspace_id"),
        defaults={**IN_WORKSPACE, "state": "ACTIVE"},
        references={"project_id": IDENTITY + "Project"},
        ignored=("has_secret",),
    ),
    Resource(
        service=IDENTITY + "Role",
        info="RoleInfo",
        id="role_id",
        prefix="role",
        minimal=("role_id", "name", "role_type"),
        defaults={**IN_DOMAIN, "tags": {}},
    ),
    Resource(
        service=IDENTITY + "RoleBinding",
        info="RoleBindingInfo",
        id="role_binding_id",
        prefix="rb",
        minimal=("role_binding_id", "user_id", "role_id"),
        defaults=IN_DOMAIN,
        references={"role_id": IDENTITY + "Role", "user_id": IDENTITY + "User"},
        order=("user_id", "role_id"),
    ),
    Resource(
        service=STATISTICS + "Schedule",
        info="ScheduleInfo",
        id="schedule_id",
        prefix="schedule",
        scope=(),
        minimal=("schedule_id", "topic"),
        order=("topic",),
    ),
    Resource(
        service=REPOSITORIES + "Repository",
        info="RepositoryInfo",
        id="repository_id",
        prefix="repo",
        scope=(),
        unique=(("name",),),
        minimal=("repository_id", "name", "repository_type"),
        missing=OLD_NOT_FOUND,
    ),
    Resource(
        service=REPOSITORIES + "Plugin",
        info="PluginInfo",
        id="plugin_id",
        unique=(("plugin_id", "domain_id"),),
        minimal=("plugin_id", "name", "state", "image", "registry_type", "service_type", "provider"),
        defaults={
            **IN_DOMAIN,
            **{"state": "ENABLED", "registry_type": "DOCKER_HUB", "registry_config": {}},
            **{"capability": {}, "template": {}, "labels": [], "tags": {}},
        },
        filters=LOCAL,
        missing=OLD_NOT_FOUND,
    ),
    Resource(
        service=REPOSITORIES + "Schema",
        info="SchemaInfo",
        id="name",
        unique=(("name", "domain_id"),),
        minimal=("name", "service_type"),
        defaults={**IN_DOMAIN, "labels": [], "tags": {}},
        filters=LOCAL,
        ignored=("state",),
        missing=OLD_NOT_FOUND,
    ),
    Resource(
        service=REPOSITORIES + "Policy",
        info="PolicyInfo",
        id="policy_id",
        unique=(("policy_id", "domain_id"),),
        minimal=("policy_id", "name"),
        defaults={**IN_DOMAIN, "state": "ENABLED", "labels": [], "tags": {}},
        filters=LOCAL,
        missing=OLD_NOT_FOUND,
    ),
    Resource(
        service=NOTIFICATION + "Protocol",
        info="ProtocolInfo",
        id="protocol_id",
        prefix="protocol",
        unique=(("name", "domain_id"),),
        minimal=("protocol_id", "name", "state", "protocol_type"),
        defaults={**IN_DOMAIN, "state": "ENABLED", "protocol_type": "EXTERNAL", "capability": {}, "tags": {}},
    ),
    Resource(
        service=INVENTORY + "CloudService",
        info="CloudServiceInfo",
        id="cloud_service_id",
        prefix="cloud-svc",
        scope=("domain_id", "workspace_id"),
        minimal=(
            *("cloud_service_id", "name", "cloud_service_type", "cloud_service_group", "provider"),
            *("region_code", "reference.resource_id", "project_id"),
        ),
        defaults={**IN_WORKSPACE, "state": "ACTIVE", "tags": {}},
        filters={"ip_address": "ip_addresses"},
        ignored=("project_group_id",),
        order=("provider", "cloud_service_group", "cloud_service_type", "name"),
    ),
    Resource(
        service=INVENTORY + "CloudServiceType",
        info="CloudServiceTypeInfo",
        id="cloud_service_type_id",
        prefix="cloud-svc-type",
        unique=(("provider", "group", "name", "domain_id"),),
        minimal=("cloud_service_type_id", "name", "provider", "group", "service_code", "is_primary", "is_major"),
        defaults={**IN_WORKSPACE, "metadata": {}, "tags": {}, "labels": []},
        order=("provider", "group", "name"),
    ),
    Resource(
        service=INVENTORY + "Region",
        info="RegionInfo",
        id="region_id",
        prefix="region",
        unique=(("region_key", "domain_id"),),
        minimal=("region_id", "name", "region_code", "provider"),
        defaults={**IN_WORKSPACE, "tags": {}},
    ),
    Resource(
        service=SECRET + "Secret",
        info="SecretInfo",
        id="secret_id",
        prefix="secret",
        minimal=("secret_id", "name", "secret_type"),
        defaults={**IN_DOMAIN, "tags": {}},
        missing=OLD_NOT_FOUND,
    ),
)
