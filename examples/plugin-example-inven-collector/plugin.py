"""plugin-example-inven-collector: a plugin of inventory.Collector. Put your own code into these functions.

Each gets the request as a dict, and answers with a dict, or yields several. What cannot be done raises a PluginError.
"""

import grpc

PACKAGE = "spaceone.api.inventory.plugin"


class PluginError(Exception):
    """An error that the caller sees: a gRPC status, and a sentence that helps."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


METADATA = {
    "supported_schedules": ["hours"],
    "supported_resource_type": ["inventory.CloudService", "inventory.CloudServiceType", "inventory.Region"],
    "supported_features": ["garbage_collection"],
    "filter_format": [],
    "options_schema": {
        "type": "object",
        "properties": {
            "regions": {"type": "array", "title": "Collect these regions only", "items": {"type": "string"}},
        },
    },
}


def check_options(options):
    """Refuses options that the schema of METADATA does not allow."""
    types = {"string": str, "integer": (int, float), "number": (int, float), "boolean": bool, "array": list, "object": dict}
    for name, schema in METADATA.get("options_schema", {}).get("properties", {}).items():
        if name in options and not isinstance(options[name], types[schema["type"]]):
            message = f"options.{name}: {schema['type']} is due, and this is {options[name]!r}"
            raise PluginError(grpc.StatusCode.INVALID_ARGUMENT, message)


def check_credentials(secret_data):
    """Refuses credentials that are wrong. Ask your provider here."""
    if secret_data.get("token") != "let-me-in":
        raise PluginError(grpc.StatusCode.UNAUTHENTICATED, "the provider does not accept these credentials")



def init(request):
    return {"metadata": METADATA}


def verify(request):
    check_options(request.get("options", {}))
    check_credentials(request.get("secret_data", {}))
    return {}


def get_tasks(request):
    check_options(request.get("options", {}))
    check_credentials(request.get("secret_data", {}))
    return {"tasks": [{"task_options": {}}]}


def collect(request):
    check_options(request.get("options", {}))
    check_credentials(request.get("secret_data", {}))
    yield {
        "state": "SUCCESS",
        "resource_type": "inventory.CloudServiceType",
        "match_rules": {"1": ["name", "group", "provider"]},
        "resource": {
            "name": "Machine",
            "group": "Example",
            "provider": "example",
            "is_primary": True,
            "is_major": True,
            "service_code": "ExampleMachine",
            "tags": {},
            "metadata": {
                "view": {
                    "table": {
                        "layout": {
                            "name": "",
                            "type": "query-search-table",
                            "options": {"fields": [{"type": "text", "key": "data.size", "name": "Size"}]},
                        },
                    },
                },
            },
        },
    }
    yield {
        "state": "SUCCESS",
        "resource_type": "inventory.Region",
        "match_rules": {"1": ["region_code", "provider"]},
        "resource": {"name": "Somewhere", "region_code": "somewhere-1", "provider": "example", "tags": {}},
    }
    yield {
        "state": "SUCCESS",
        "resource_type": "inventory.CloudService",
        "match_rules": {"1": ["reference.resource_id", "provider", "cloud_service_type", "cloud_service_group"]},
        "resource": {
            "name": "machine-1",
            "provider": "example",
            "cloud_service_group": "Example",
            "cloud_service_type": "Machine",
            "region_code": "somewhere-1",
            "account": "123456789012",
            "data": {"size": "small", "disks": [{"name": "root", "gigabytes": 20}]},
            "metadata": {
                "view": {
                    "sub_data": {
                        "layouts": [
                            {
                                "name": "Machine",
                                "type": "item",
                                "options": {
                                    "root_path": "data",
                                    "fields": [{"type": "text", "key": "size", "name": "Size"}],
                                },
                            },
                            {
                                "name": "Disks",
                                "type": "table",
                                "options": {
                                    "root_path": "data.disks",
                                    "fields": [
                                        {"type": "text", "key": "name", "name": "Name"},
                                        {"type": "text", "key": "gigabytes", "name": "Size (GB)"},
                                    ],
                                },
                            },
                        ],
                    },
                },
            },
            "reference": {"resource_id": "machine-1", "external_link": "https://example.com/machine-1"},
            "tags": {},
        },
    }

METHODS = {
    "Collector.init": init,
    "Collector.verify": verify,
    "Job.get_tasks": get_tasks,
    "Collector.collect": collect,
}
