"""What a new sandbox holds: enough to try every verb on, and eight plugins for the guide's to be the ninth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacectl.sandbox.identity import hashed
from spacectl.sandbox.repository import REGISTRY_URLS
from spacectl.sandbox.resources import (
    ADMIN,
    DOMAIN,
    IDENTITY,
    INVENTORY,
    NOTIFICATION,
    PASSWORD,
    REPOSITORIES,
    REPOSITORY,
    SECRET,
    WORKSPACE,
)
from spacectl.sandbox.schema import fill
from spacectl.sandbox.times import now

if TYPE_CHECKING:
    from spacectl.sandbox.engine import Engine

Rows = list[dict[str, Any]]
REPOSITORY_INFO = {"repository_id": REPOSITORY, "name": "Sandbox", "repository_type": "local"}
GROUP, PROJECT, ACCOUNT, USER = "pg-5a11db0c0001", "project-5a11db0c0001", "sa-5a11db0c0001", "dev@sandbox.example"
PLUGINS = (
    ("AWS EC2 Collector", "inventory.Collector", "plugin-aws-ec2-inven-collector", "aws"),
    ("AWS Cost Explorer", "cost_analysis.DataSource", "plugin-aws-cost-explorer-cost-datasource", "aws"),
    ("AWS CloudWatch", "monitoring.DataSource", "plugin-aws-cloudwatch-mon-datasource", "aws"),
    ("AWS SNS Webhook", "monitoring.Webhook", "plugin-aws-sns-mon-webhook", "aws"),
    ("Azure Collector", "inventory.Collector", "plugin-azure-inven-collector", "azure"),
    ("Google Cloud Collector", "inventory.Collector", "plugin-google-cloud-inven-collector", "google_cloud"),
    ("Keycloak", "identity.Auth", "plugin-keycloak-identity-auth", "keycloak"),
    ("Telegram Notification Protocol", "notification.Protocol", "plugin-telegram-noti-protocol", "telegram"),
)
CAPABILITIES: dict[str, dict[str, Any]] = {
    "inventory.Collector": {"supported_schema": ["aws_access_key"], "monitoring_type": "METRIC"},
    "notification.Protocol": {"supported_schema": ["telegram_bot"], "data_type": "SECRET"},
}
PROVIDERS = (
    ("aws", "AWS", "#FF9900", 1),
    ("google_cloud", "Google Cloud", "#4285F4", 2),
    ("azure", "Azure", "#00BCF2", 3),
)
REGIONS = (
    ("aws", "ap-northeast-2", "Asia Pacific (Seoul)"),
    ("aws", "us-east-1", "US East (N. Virginia)"),
    ("azure", "koreacentral", "Korea Central"),
    ("google_cloud", "asia-northeast3", "Seoul, South Korea"),
)
SERVICE_TYPES = (
    ("aws", "EC2", "Instance", "AmazonEC2"),
    ("aws", "RDS", "Database", "AmazonRDS"),
    ("google_cloud", "ComputeEngine", "Instance", "Compute Engine"),
)
CLOUD_SERVICES = (
    ("web-01", "aws", "EC2", "Instance", "ap-northeast-2", "m5.large", {"cpu": 2, "memory": 8}),
    ("web-02", "aws", "EC2", "Instance", "ap-northeast-2", "m5.large", {"cpu": 2, "memory": 8}),
    ("batch-01", "aws", "EC2", "Instance", "us-east-1", "c5.4xlarge", {"cpu": 16, "memory": 32}),
    ("orders", "aws", "RDS", "Database", "ap-northeast-2", "db.r5.xlarge", {"cpu": 4, "memory": 32}),
    ("검색-01", "google_cloud", "ComputeEngine", "Instance", "asia-northeast3", "e2-medium", {"cpu": 2, "memory": 4}),
)


def seed(engine: Engine) -> None:
    """Adds the rows of a new sandbox."""
    for service, rows in (*accounts(), *plugins(), *inventory()):
        resource = engine.resource(service)
        for values in rows:
            row = engine.row_class(resource)()
            fields = row.DESCRIPTOR.fields_by_name
            times = {name: now() for name in ("created_at", "updated_at") if name in fields}
            fill(row, {**resource.defaults, **times, **values})
            engine.insert(resource, row, hashed(PASSWORD) if values.get("user_id") == ADMIN else b"")


def accounts() -> tuple[tuple[str, Rows], ...]:
    """Who there is: a domain, a workspace, users, projects, providers and an account."""
    users: Rows = [
        {
            **{"user_id": ADMIN, "name": "Sandbox Admin", "email": ADMIN, "auth_type": "LOCAL"},
            **{"role_id": "managed-domain-admin", "role_type": "DOMAIN_ADMIN"},
        },
        {"user_id": USER, "name": "Developer", "email": USER, "auth_type": "EXTERNAL"},
    ]
    account = {
        **{"service_account_id": ACCOUNT, "name": "Sandbox AWS", "provider": "aws", "project_id": PROJECT},
        # An account number with a leading zero: clients that take it for a number lose it.
        **{"data": {"account_id": "012345670123"}, "tags": {"stage": "test"}},
    }
    providers: Rows = [
        {"provider": key, "name": name, "color": color, "order": order, "is_managed": True}
        for key, name, color, order in PROVIDERS
    ]
    project = {"project_id": PROJECT, "name": "Shop", "project_type": "PRIVATE", "project_group_id": GROUP}
    return (
        (IDENTITY + "Domain", [{"domain_id": DOMAIN, "name": "sandbox", "tags": {}}]),
        (IDENTITY + "Workspace", [{"workspace_id": WORKSPACE, "name": "Sandbox Workspace", "user_count": 2}]),
        (IDENTITY + "User", users),
        (IDENTITY + "ProjectGroup", [{"project_group_id": GROUP, "name": "Online"}]),
        (IDENTITY + "Project", [{**project, "tags": {"team": "web"}, "users": [USER]}]),
        (IDENTITY + "Provider", providers),
        (IDENTITY + "ServiceAccount", [account]),
    )


def plugins() -> tuple[tuple[str, Rows], ...]:
    """What is registered: a repository with plugins and schemas, and a notification protocol."""
    schema = {
        "type": "object",
        "properties": {"token": {"type": "string"}, "channel": {"type": "string"}},
        "required": ["token", "channel"],
    }
    registered: Rows = [
        {
            **{"plugin_id": plugin_id, "name": name, "service_type": service_type, "provider": provider},
            **{"image": f"cloudforet/{plugin_id}", "registry_url": REGISTRY_URLS["DOCKER_HUB"]},
            **{"capability": CAPABILITIES.get(service_type, {}), "repository_info": REPOSITORY_INFO},
            "tags": {"description": name, "spaceone:plugin_name": name},
        }
        for name, service_type, plugin_id, provider in PLUGINS
    ]
    protocol = {
        **{
            "protocol_id": "protocol-5a11db0c0001",
            "name": "Telegram",
            "capability": CAPABILITIES["notification.Protocol"],
        },
        "plugin_info": {"plugin_id": PLUGINS[-1][2], "version": "1.0", "options": {}, "metadata": {}},
    }
    slack = {"name": "slack_webhook", "service_type": "notification.Protocol", "schema": schema}
    return (
        (REPOSITORIES + "Repository", [{**REPOSITORY_INFO, "created_at": now()}]),
        (REPOSITORIES + "Plugin", registered),
        (REPOSITORIES + "Schema", [{**slack, "repository_info": REPOSITORY_INFO}]),
        (NOTIFICATION + "Protocol", [protocol]),
    )


def inventory() -> tuple[tuple[str, Rows], ...]:
    """What was found: regions, kinds of cloud services, cloud services; and the secret that a collector would use."""
    regions: Rows = [
        {
            **{"region_id": f"region-5a11db0c{number:04d}", "name": name, "region_code": code, "provider": provider},
            **{
                "region_key": f"{provider}.{code}",
                "tags": {"continent": "north_america" if "us-" in code else "asia_pacific"},
            },
        }
        for number, (provider, code, name) in enumerate(REGIONS, 1)
    ]
    types: Rows = [
        {
            **{"cloud_service_type_id": f"cloud-svc-type-5a11db0c{number:04d}", "name": name, "provider": provider},
            **{"group": group, "cloud_service_type_key": f"{provider}.{group}.{name}", "service_code": code},
            **{"is_primary": True, "is_major": True, "resource_type": "inventory.CloudService"},
        }
        for number, (provider, group, name, code) in enumerate(SERVICE_TYPES, 1)
    ]
    found: Rows = [
        {
            **{"cloud_service_id": f"cloud-svc-5a11db0c{number:04d}", "name": name, "provider": provider},
            **{"cloud_service_group": group, "cloud_service_type": kind, "region_code": region},
            **{"instance_type": size, "instance_size": data["cpu"], "project_id": PROJECT, "account": "012345670123"},
            **{"data": {"hardware": data}, "ip_addresses": [f"10.0.0.{number}"], "tags": {"Name": name}},
            "reference": {"resource_id": f"i-{number:05d}"},
            "collection_info": {"service_account_id": ACCOUNT, "last_collected_at": now()},
        }
        for number, (name, provider, group, kind, region, size, data) in enumerate(CLOUD_SERVICES, 1)
    ]
    secret = {
        **{"secret_id": "secret-5a11db0c0001", "name": "Sandbox AWS", "secret_type": "CREDENTIALS"},
        **{"schema": "aws_access_key", "provider": "aws", "service_account_id": ACCOUNT, "project_id": PROJECT},
    }
    return (
        (INVENTORY + "Region", regions),
        (INVENTORY + "CloudServiceType", types),
        (INVENTORY + "CloudService", found),
        (SECRET + "Secret", [secret]),
    )
