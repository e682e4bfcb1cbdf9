"""What a user calls a resource: `service.Resource`, `suffix.of.a.full.Name`, or a short name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from spacectl.errors import UsageError
from spacectl.nearest import nearest

NO_RESOURCE = "is not a resource: write SERVICE.RESOURCE, as in repository.Plugin"
SHORT_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "identity.Domain": ("domain",),
        "identity.Endpoint": ("endpoint",),
        "identity.Workspace": ("workspace",),
        "identity.Project": ("project",),
        "identity.ProjectGroup": (
            "project_group",
            "pg",
        ),
        "identity.User": ("user",),
        "identity.APIKey": ("api_key",),
        "identity.Policy": ("policy",),
        "identity.Role": ("role",),
        "identity.RoleBinding": (
            "role_binding",
            "rb",
        ),
        "identity.UserProfile": (
            "user_profile",
            "up",
        ),
        "identity.WorkspaceUser": (
            "workspace_user",
            "wu",
        ),
        "identity.UserGroup": (
            "user_group",
            "ug",
        ),
        "identity.App": ("app",),
        "identity.Token": ("token",),
        "identity.Provider": ("provider",),
        "identity.ServiceAccount": (
            "service_account",
            "sa",
        ),
        "identity.TrustedAccount": (
            "trusted_account",
            "ta",
        ),
        "secret.Secret": ("secret",),
        "secret.TrustedSecret": ("ts",),
        "inventory.Region": ("region",),
        # went away with version 2, and is still in what people type
        "inventory.Server": ("server",),
        "inventory.CloudService": (
            "cloud_service",
            "cs",
        ),
        "inventory.CloudServiceType": (
            "cloud_service_type",
            "cst",
        ),
        "inventory.CloudServiceReport": (
            "cloud_service_report",
            "csr",
        ),
        "inventory.CloudServiceQuerySet": ("cloud_service_query_set",),
        "inventory.CloudServiceStats": ("cloud_service_stats",),
        "inventory.ChangeHistory": ("change_history",),
        "inventory.Note": ("note",),
        "inventory.Collector": ("collector",),
        "inventory.CollectorRule": (
            "collector_rule",
            "cr",
        ),
        "config.UserConfig": ("user_config",),
        "config.DomainConfig": ("domain_config",),
        "repository.Repository": (
            "repository",
            "repo",
        ),
        "repository.Plugin": ("plugin",),
        "monitoring.Metric": ("metric",),
        "monitoring.Log": ("log",),
        "monitoring.EscalationPolicy": (
            "escalation_policy",
            "ep",
        ),
        "monitoring.EventRule": (
            "event_rule",
            "er",
        ),
        "monitoring.Webhook": ("webhook",),
        "monitoring.MaintenanceWindow": ("maintenance_window",),
        "monitoring.Alert": ("alert",),
        "monitoring.Event": ("event",),
        "notification.Protocol": ("protocol",),
        "notification.ProjectChannel": (
            "project_channel",
            "ph",
        ),
        "notification.UserChannel": (
            "user_channel",
            "uh",
        ),
        "notification.Notification": (
            "notification",
            "noti",
        ),
        "cost_analysis.Cost": ("cost",),
        "cost_analysis.DataSource": ("ds",),
        "cost_analysis.DataSourceRule": ("dsr",),
        "cost_analysis.Budget": ("budget",),
        "cost_analysis.BudgetUsage": ("budget_usage",),
        "cost_analysis.CostQuerySet": ("cost_query_set",),
        "board.Board": ("board",),
        "file_manager.File": ("file",),
        "dashboard.PublicDashboard": (
            "public_dashboard",
            "pub_d",
        ),
        "dashboard.PrivateDashboard": (
            "private_dashboard",
            "pri_d",
        ),
    }
)


class ResourceType(NamedTuple):
    """A resource of a service: the service names the endpoint, the name the gRPC service on it.

    `qualifier` is what stood between the two, where a longer suffix of the full name was typed.
    """

    service: str
    name: str
    qualifier: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in (self.service, self.qualifier, self.name) if part)


def parse_bare(text: str) -> ResourceType:
    """The resource type that a text names on a given endpoint, where no service needs to be told: `TestService`."""
    if text.isidentifier() and text[:1].isupper():
        return ResourceType("", text)
    return parse(text)


def parse(text: str) -> ResourceType:
    """The resource type that a text names. Raises UsageError for a text that is neither a short name nor dotted."""
    text = text.strip()
    for full_name, short_names in SHORT_NAMES.items():
        if text in short_names:
            service, _, name = full_name.partition(".")
            return ResourceType(service, name)
    parts = text.split(".")
    if len(parts) < 2 or not all(part.replace("-", "_").isidentifier() for part in parts):
        raise UsageError(
            f"{text!r} {NO_RESOURCE}",
            *_suggestions(text),
        )
    return ResourceType(parts[0].replace("-", "_"), parts[-1], ".".join(parts[1:-1]))


def short_names(service: str, name: str) -> tuple[str, ...]:
    """The short names of a resource, none for most."""
    return SHORT_NAMES.get(f"{service}.{name}", ())


def _suggestions(text: str) -> tuple[str, ...]:
    known = {short: full for full, shorts in SHORT_NAMES.items() for short in shorts}
    known |= {full.rpartition(".")[2]: full for full in SHORT_NAMES}
    found = dict.fromkeys(known[word] for word in nearest(text, known))
    return tuple(f"did you mean {name}?" for name in found) or ("`spacectl api-resources` lists them",)
