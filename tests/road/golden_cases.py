"""The cases of golden/: what is typed, what the server answers; NAME.out beside this module has what is printed."""

from __future__ import annotations

from typing import Any

PLUGIN = "spaceone.api.repository.v1.Plugin"
COLLECTOR = "spaceone.api.inventory.plugin.Collector"
PLUGINS: list[dict[str, Any]] = [
    {
        "plugin_id": "plugin-slack",
        "name": "Slack",
        "image": "lab/plugin-slack",
        "state": "ENABLED",
        "capability": {"weight": 3, "supported_schema": ["slack_webhook"], "active": True, "ratio": 0.5},
        "labels": ["chat", "noti"],
        "tags": {"spaceone:plugin_name": "Slack", "description": 'a "quoted", b'},
        "repository_info": {"repository_id": "repo-1", "name": "Local"},
        "created_at": "2024-01-02T03:04:05.678Z",
    },
    {"plugin_id": "plugin-kakao", "name": "카카오 알림", "labels": [], "tags": {}, "template": {}},
    {"plugin_id": "plugin-long", "name": "- x: 'y'", "state": "DISABLED", "provider": "0123"},
]
RESOURCES: list[dict[str, Any]] = [
    {
        "state": "SUCCESS",
        "resource_type": "inventory.CloudService",
        "match_rules": {"1": ["reference.resource_id"]},
        "resource": {"name": "vm-1", "data": {"cpu": 2, "memory": 1.5}},
    },
    {"state": "FAILURE", "message": "세 번째 실패", "resource_type": "inventory.ErrorResource"},
]
LIST = "list repository.Plugin"
COLUMNS = "-c plugin_id,name,repository_info.name|Repository,labels.0|Label"
GET = "get repository.Plugin -p plugin_id=plugin-slack"
COLLECT = "exec collect inventory.Collector"
LISTED = {f"{PLUGIN}/list": [{"results": PLUGINS, "total_count": 12}]}
NONE = {f"{PLUGIN}/list": [{}]}
GOT = {f"{PLUGIN}/get": PLUGINS[:1]}
COLLECTED = {f"{COLLECTOR}/collect": RESOURCES}
FORMATS = ("table", "yaml", "json", "csv", "jsonl")
CASES: dict[str, tuple[str, dict[str, list[Any]]]] = {
    **{f"list_{o}": (f"{LIST} -o {o}", LISTED) for o in FORMATS},
    **{f"list_columns_{o}": (f"{LIST} {COLUMNS} -o {o}", LISTED) for o in FORMATS},
    **{f"list_empty_{o}": (f"{LIST} -o {o}", NONE) for o in FORMATS},
    "list_empty_columns_csv": (f"{LIST} -c plugin_id,name -o csv", NONE),
    "list_quiet": (f"{LIST} -c plugin_id -o quiet", LISTED),
    "list_empty_quiet": (f"{LIST} -c plugin_id -o quiet", NONE),
    **{f"get_{o}": (f"{GET} -o {o}", GOT) for o in FORMATS},
    **{f"collect_{o}": (f"{COLLECT} -o {o}", COLLECTED) for o in FORMATS},
    **{
        f"versions_{o}": (
            f"exec get_versions repository.Plugin -o {o}",
            {f"{PLUGIN}/get_versions": [{"results": ["1.0.2", "1.10", "v2"], "total_count": 3}]},
        )
        for o in FORMATS
    },
    "nothing_yaml": ("exec deregister repository.Plugin -p plugin_id=x", {}),
    "nothing_json": ("exec deregister repository.Plugin -p plugin_id=x -o json", {}),
    "nothing_jsonl": ("exec deregister repository.Plugin -p plugin_id=x -o jsonl", {}),
    **{
        f"stat_{o}": (
            f"stat repository.Plugin -o {o}",
            {f"{PLUGIN}/stat": [{"results": [{"provider": "aws", "count": 12}, {"provider": "구글", "count": 3.5}]}]},
        )
        for o in FORMATS
    },
    "health": ("exec check identity.Health", {"grpc.health.v1.Health/Check": [{"status": "SERVING"}]}),
    "version": (
        "exec get_version repository.ServerInfo",
        {"spaceone.api.core.v1.ServerInfo/get_version": [{"version": "1.10"}]},
    ),
}
