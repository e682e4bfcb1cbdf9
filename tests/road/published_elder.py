"""Published command lines for older versions of the API, and for other services."""

from __future__ import annotations

from published_line import elder

CREATED = {"k": "created_at"}
ELDER_LINES = (
    elder(
        "exec create identity.User -p user_id=user2@example.com -p password=xxxxxxx -p name=williams -p backend=LOCAL",
        "User/create",
        {"user_id": "user2@example.com", "password": "xxxxxxx", "name": "williams", "backend": "LOCAL"},
    ),
    elder(
        "exec create identity.RoleBinding -p resource_type=identity.User -p resource_id=user2@example.com"
        " -p role_id=role-xxxxxxxx",
        "RoleBinding/create",
        {"resource_type": "identity.User", "resource_id": "user2@example.com", "role_id": "role-xxxxxxxx"},
    ),
    elder(
        "exec list_plugins plugin.Supervisor -p domain_id=domain-123abc123",
        "Supervisor/list_plugins",
        {"domain_id": "domain-123abc123"},
    ),
    elder(
        """exec list_plugins plugin.Supervisor -j '{"domain_id":"domain-123abc123"}' -o table""",
        "Supervisor/list_plugins",
        {"domain_id": "domain-123abc123"},
    ),
    elder(
        "exec init identity.System -f root.yaml",
        "System/init",
        {"admin": {"user_id": "admin", "password": "12345678"}, "domain": {"name": "root"}},
    ),
    elder(
        "exec register cost_analysis.DataSource -f register_datasource.yaml",
        "DataSource/register",
        {"name": "Billing", "data_source_type": "EXTERNAL", "plugin_info": {"version": "1.10"}},
    ),
    elder(
        "exec sync cost_analysis.DataSource -p data_source_id={data_source_id} -p start='2023-06-01'",
        "DataSource/sync",
        {"data_source_id": "{data_source_id}", "start": "2023-06-01"},
    ),
    elder(
        "exec update_plugin inventory.Collector -f update_collector.yaml",
        "Collector/update_plugin",
        {"collector_id": "collector-1", "version": "1.0", "options": {}},
    ),
    elder(
        "exec change_auth_plugin identity.Domain -f keycloak.yaml",
        "Domain/change_auth_plugin",
        {
            "domain_id": "domain-1",
            "plugin_info": {"plugin_id": "plugin-keycloak", "version": "1.0", "options": {"realm": "x"}},
        },
    ),
    elder(
        "exec update identity.Domain -f config.yaml",
        "Domain/update",
        {"domain_id": "domain-1", "config": {"settings": {"ICON": None}}},
    ),
    elder(
        "exec create identity.Role -p domain_id=domain-xxxxx -f test-domain-admin.yaml",
        "Role/create",
        {
            "name": "Domain Admin",
            "role_type": "DOMAIN",
            "permissions": ["identity.*", "on"],
            "domain_id": "domain-xxxxx",
        },
    ),
    elder(
        "exec update identity.Role -p role_id=role-xxxxxx -p domain_id=domain-xxxxxx -f update_role.yaml",
        "Role/update",
        {"role_id": "role-xxxxxx", "domain_id": "domain-xxxxxx", "name": "no"},
    ),
    elder(
        "exec delete identity.Role -p role_id=role-xxxxxx -p domain_id=domain-xxxxx",
        "Role/delete",
        {"role_id": "role-xxxxxx", "domain_id": "domain-xxxxx"},
    ),
    elder(
        "exec delete repository.Policy -p policy_id=policy-custom-policy -p domain_id=domain-xxxxxxx",
        "Policy/delete",
        {"policy_id": "policy-custom-policy", "domain_id": "domain-xxxxxxx"},
    ),
    elder(
        "exec delete service_account -p service_account_id=<service_account_id> -p domain_id=<domain_id>",
        "ServiceAccount/delete",
        {"service_account_id": "<service_account_id>", "domain_id": "<domain_id>"},
    ),
    elder(
        """exec get_data billing.Billing -p start="2019-10-01" -p end="2020-12-17" -p granularity="MONTHLY\""""
        """ -j '{"aggregation": ["RESOURCE_TYPE"], "limit": 2, "sort": {"date":"2020-11","desc":true}}'""",
        "Billing/get_data",
        {
            "start": "2019-10-01",
            "end": "2020-12-17",
            "granularity": "MONTHLY",
            "aggregation": ["RESOURCE_TYPE"],
            "limit": 2,
            "sort": {"date": "2020-11", "desc": True},
        },
    ),
    elder(
        "exec register repository.DashboardTemplate -j <whole dashboard JSON>",
        "DashboardTemplate/register",
        {"name": "Costs", "layouts": {"rows": [[1, 0.5]]}, "labels": ["a"]},
    ),
    *(
        elder(
            f"exec {verb} repository.DashboardTemplate -p template_id=<id>{output}",
            f"DashboardTemplate/{verb}",
            {"template_id": "<id>"},
        )
        for verb, output in (("get", " -o json"), ("deregister", ""))
    ),
    elder(
        "list repository.DashboardTemplate --minimal -o json", "DashboardTemplate/list", {"query": {"minimal": True}}
    ),
    elder(
        "list repository.Policy -p repository_id=repo-xxxxxxxx"
        " -c policy_id,name,state,labels,repository_info,domain_id",
        "Policy/list",
        {
            "repository_id": "repo-xxxxxxxx",
            "query": {"only": ["policy_id", "name", "state", "labels", "repository_info", "domain_id"]},
        },
    ),
    elder(
        "list cost_analysis.Cost -p provider=aws -p region_code=us-east-1 --limit 10",
        "Cost/list",
        {"provider": "aws", "region_code": "us-east-1", "query": {"page": {"limit": 10}}},
    ),
    elder(
        "list provider -p domain_id=${{ tasks.domain.output.domain_id }}", "Provider/list", {"domain_id": "domain-1"}
    ),
    elder(
        """list server -j '{"query": {"filter": [{"k": "created_at", "v": "2022-04-01", "o": "gt"},"""
        """{"k": "created_at", "v": "2022-04-02", "o": "lt"}]}}' -c server_id,name,provider,created_at""",
        "Server/list",
        {
            "query": {
                "filter": [{**CREATED, "v": "2022-04-01", "o": "gt"}, {**CREATED, "v": "2022-04-02", "o": "lt"}],
                "only": ["server_id", "name", "provider", "created_at"],
            }
        },
    ),
    elder(
        "list server -c server_id,data.hardware.core,data.hardware.memory -s -data.hardware.core",
        "Server/list",
        {
            "query": {
                "only": ["server_id", "data.hardware.core", "data.hardware.memory"],
                "sort": [{"key": "data.hardware.core", "desc": True}],
            }
        },
    ),
    elder("list server -l 5", "Server/list", {"query": {"page": {"limit": 5}}}),
)
