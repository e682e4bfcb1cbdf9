"""Published command lines for what the sandbox serves."""

from __future__ import annotations

from published_line import cloudforet

AWS = {"provider": "aws", "aws_access_key_id": "xxxxxxxx", "aws_secret_access_key": "xxxxxxxx"}
SLACK = {
    "name": "Slack Notification Protocol",
    "service_type": "notification.Protocol",
    "image": "pyengine/plugin-slack-notification-protocol_settings",
    "provider": "slack",
    "capability": {"supported_schema": ["slack_webhook"], "data_type": "SECRET"},
    "template": {},
    "tags": {
        "description": "Slack",
        "spaceone:plugin_name": "Slack",
        "icon": "https://assets.example.test/slack.svg",
    },
}
CLOUDFORET_LINES = (
    cloudforet("exec get_version repository.ServerInfo", "core.v1.ServerInfo/get_version"),
    cloudforet("exec Check identity.Health", "grpc.health.v1.Health/Check"),
    cloudforet(
        "exec create project_group -p name=<project_group_name>",
        "identity.v2.ProjectGroup/create",
        {"name": "<project_group_name>"},
    ),
    cloudforet(
        "exec create identity.ProjectGroup -p name=test-project-group-03",
        "identity.v2.ProjectGroup/create",
        {"name": "test-project-group-03"},
    ),
    cloudforet(
        """exec create service_account -p name=aws-service-test-account -j '{"data": {"account_id": "xxxxxxxx"}}'"""
        " -p project_id=project-xxxxxxxx -p provider=aws",
        "identity.v2.ServiceAccount/create",
        {
            "name": "aws-service-test-account",
            "data": {"account_id": "xxxxxxxx"},
            "project_id": "project-xxxxxxxx",
            "provider": "aws",
        },
    ),
    cloudforet(
        "exec create secret.Secret -p name=aws-service-test-account -p schema=aws_access_key"
        " -p project_id=project-xxxxxxxx -p secret_type=CREDENTIALS -p service_account_id=sa-xxxxxxxx"
        """ -j '{"data": {"provider":"aws", "aws_access_key_id": "xxxxxxxx","aws_secret_access_key":"xxxxxxxx"}}'""",
        "secret.v1.Secret/create",
        {
            "name": "aws-service-test-account",
            "data": AWS,
            "secret_type": "CREDENTIALS",
            "schema": "aws_access_key",
            "service_account_id": "sa-xxxxxxxx",
            "project_id": "project-xxxxxxxx",
        },
    ),
    *(
        cloudforet(f"exec list identity.Domain -o {output}", "identity.v2.Domain/list")
        for output in ("yaml", "json", "table")
    ),
    cloudforet(
        "exec create identity.Domain -f domain.yaml",
        "identity.v2.Domain/create",
        {"name": "spaceone", "admin": {"user_id": "admin@example.com", "password": "0123"}},
    ),
    cloudforet(
        "exec register repository.Plugin -f plugin_slack_notification_protocol.yml",
        "repository.v1.Plugin/register",
        SLACK,
    ),
    cloudforet(
        "exec register repository.Plugin -f register_plugin.yaml",
        "repository.v1.Plugin/register",
        {"name": "Billing", "image": "lab/plugin-billing", "labels": ["cost"]},
    ),
    cloudforet(
        "exec register repository.Repository -f register_repository.yaml",
        "repository.v1.Repository/register",
        {"name": "Local", "repository_type": "local", "endpoint": "grpc://repository:50051"},
    ),
    cloudforet(
        "exec create repository.Schema -f create_schema.yaml",
        "repository.v1.Schema/create",
        {"name": "aws_access_key", "schema": {"required": ["aws_access_key_id"], "order": 1}},
    ),
    cloudforet(
        "exec create identity.Provider -f provider.yaml",
        "identity.v2.Provider/create",
        {"provider": "appdynamics", "name": "AppDynamics", "order": 10, "tags": {"color": "#fff"}},
    ),
    cloudforet(
        "exec create provider -f ncloud_provider.yaml",
        "identity.v2.Provider/create",
        {"provider": "ncloud", "name": "네이버 클라우드"},
    ),
    cloudforet(
        "exec register repo -p name=Private -p repository_type=local",
        "repository.v1.Repository/register",
        {"name": "Private", "repository_type": "local"},
    ),
    cloudforet("exec init inventory.Collector -f test/init.yml", "inventory.plugin.Collector/init", {"options": {}}),
    cloudforet(
        "exec verify inventory.Collector -f test/verify.yml",
        "inventory.plugin.Collector/verify",
        {"options": {}, "secret_data": {"key": "0123"}},
    ),
    cloudforet(
        "exec collect inventory.Collector -f test/collect.yml",
        "inventory.plugin.Collector/collect",
        {"options": {"regions": ["us-east-1"]}, "secret_data": {}, "filter": {}},
    ),
    cloudforet(
        """exec init inventory.Collector -j'{"options":{}}'""", "inventory.plugin.Collector/init", {"options": {}}
    ),
    cloudforet("list domain", "identity.v2.Domain/list"),
    cloudforet("list identity.Provider --minimal", "identity.v2.Provider/list", {"query": {"minimal": True}}),
    cloudforet(
        "list repository.Plugin -p repository_id=<REPOSITORY_ID>  -c plugin_id,name",
        "repository.v1.Plugin/list",
        {"repository_id": "<REPOSITORY_ID>", "query": {"only": ["plugin_id", "name"]}},
    ),
    cloudforet(
        "list repository.Plugin -p service_type=cost_analysis.DataSource --minimal",
        "repository.v1.Plugin/list",
        {"service_type": "cost_analysis.DataSource", "query": {"minimal": True}},
    ),
    cloudforet(
        "list domain -p name=<NAME> -o quiet -c domain_id",
        "identity.v2.Domain/list",
        {"name": "<NAME>", "query": {"only": ["domain_id"]}},
    ),
    cloudforet(
        "list domain -c 'domain_id,name,plugin_info.plugin_id|Plugin ID,plugin_info.version|Version'",
        "identity.v2.Domain/list",
        {"query": {"only": ["domain_id", "name", "plugin_info.plugin_id", "plugin_info.version"]}},
    ),
)
