"""A collector on spaceone-core's plugin framework that does everything right, but for what `options.break` names."""

import threading
import time
import uuid

from plugin_under_test.framework import Plugin
from spaceone.core.error import ERROR_AUTHENTICATE_FAILURE, ERROR_INVALID_PARAMETER

app = Plugin()
running = threading.Semaphore(1)
cancelled = threading.Event()

METADATA = {
    "supported_schedules": ["hours"],
    "supported_resource_type": ["inventory.CloudService", "inventory.CloudServiceType", "inventory.Region"],
    "supported_features": ["garbage_collection"],
    "filter_format": [],
    "options_schema": {"type": "object", "properties": {"count": {"type": "integer"}}},
}


def broken(request):
    return request.get("options", {}).get("break", "")


@app.route("Collector.init")
def init(request):
    what = broken(request)
    metadata = dict(METADATA)
    if what == "metadata":
        metadata = {}
    elif what == "schedules":
        del metadata["supported_schedules"]
    elif what == "types of resources":
        metadata["supported_resource_type"] = "inventory.CloudService"
    elif what == "schema":
        metadata["options_schema"] = {"type": "object", "properties": {"count": {"type": "int"}}}
    return {"metadata": metadata}


@app.route("Collector.verify")
def verify(request):
    what = broken(request)
    if what == "slow verify":
        time.sleep(3)
    if what == "verify":
        raise KeyError("role_arn")
    if request.get("secret_data", {}).get("token") != "right-token":
        if what == "takes all":
            return
        if what == "plain exception":
            raise Exception("bad credentials")
        raise ERROR_AUTHENTICATE_FAILURE(message="bad credentials")


@app.route("Job.get_tasks")
def get_tasks(request):
    if broken(request) == "no tasks":
        return {"tasks": []}
    return {"tasks": [{"task_options": {"half": 0}}, {"task_options": {"half": 1}}]}


def machine(index):
    return {
        "state": "SUCCESS",
        "resource_type": "inventory.CloudService",
        "match_rules": {"1": ["reference.resource_id", "provider"]},
        "resource": {
            "name": f"vm-{index}",
            "provider": "aws",
            "region_code": "ap-northeast-2",
            "cloud_service_group": "EC2",
            "cloud_service_type": "Instance",
            "data": {"cpu": 2, "disks": [{"size": 20}]},
            "metadata": {
                "view": {
                    "sub_data": {
                        "layouts": [
                            {
                                "name": "Instance",
                                "type": "item",
                                "options": {"root_path": "data", "fields": [{"key": "cpu"}]},
                            },
                            {
                                "name": "Disks",
                                "type": "table",
                                "options": {"root_path": "data.disks", "fields": [{"key": "size"}]},
                            },
                        ]
                    }
                }
            },
            "reference": {"resource_id": f"i-{index}"},
        },
    }


KIND = {
    "state": "SUCCESS",
    "resource_type": "inventory.CloudServiceType",
    "match_rules": {"1": ["name", "group", "provider"]},
    "resource": {"name": "Instance", "group": "EC2", "provider": "aws"},
}


def found(what, half):
    machines = [machine(index) for index in range(half * 4, half * 4 + 4)]
    one = machines[2]
    if what == "state":
        one["state"] = "PENDING"
    elif what == "type":
        one["resource_type"] = "inventory.Machine"
    elif what == "shape":
        one["resource"]["data"] = ["cpu", 2]
    elif what == "rules":
        one["match_rules"] = {}
    elif what == "rule":
        one["match_rules"] = {"1": ["data.instance_id"]}
    elif what == "twice":
        one["resource"]["reference"]["resource_id"] = machines[0]["resource"]["reference"]["resource_id"]
    elif what == "message":
        machines.append({"state": "FAILURE", "resource_type": "inventory.ErrorResource", "resource": {}})
    elif what == "root_path":
        for other in machines:
            other["resource"]["metadata"]["view"]["sub_data"]["layouts"][1]["options"]["root_path"] = "data.volumes"
    elif what == "key":
        for other in machines:
            other["resource"]["metadata"]["view"]["sub_data"]["layouts"][0]["options"]["fields"].append(
                {"key": "memory"}
            )
    elif what == "large":
        one["resource"]["data"]["raw"] = "x" * (5 << 20)
    elif what == "other ids":
        for other in machines:
            other["resource"]["reference"]["resource_id"] = uuid.uuid4().hex
    if half:
        return machines
    return [*machines, KIND] if what == "order" else [KIND, *machines]


@app.route("Collector.collect")
def collect(request):
    what = broken(request)
    if not isinstance(request.get("options", {}).get("count", 0), int | float):
        if what == "garbage is taken":
            pass
        elif what == "garbage":
            raise ValueError("invalid literal for int()")
        else:
            raise ERROR_INVALID_PARAMETER(key="options.count", reason="a number is due")
    if what == "alone" and not running.acquire(blocking=False):
        raise RuntimeError("a collection is running")
    try:
        for index, one in enumerate(found(what, int(request.get("task_options", {}).get("half", 0)))):
            if what == "alone":
                time.sleep(0.1)
            if what == "silence" and index == 2:
                time.sleep(4)
            if what == "breaks" and index == 2:
                raise ValueError("the provider said no")
            yield one
    finally:
        if what == "alone":
            running.release()
