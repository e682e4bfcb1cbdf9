"""The methods that are unlike those of other resources, by their path on the wire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import collector, identity, repository, setup, sign_in, status
from spacectl.sandbox.resources import IDENTITY, INVENTORY, NOTIFICATION, OLD_IDENTITY, REPOSITORIES, SECRET
from spacectl.sandbox.schema import plain

if TYPE_CHECKING:
    from spacectl.sandbox.calls import Call
    from spacectl.sandbox.schema import Message

Method = Callable[["Call"], Any]


def create_cloud_service_type(call: Call) -> Message:
    """Creates a cloud service type with its key."""
    request = call.request
    key = f"{request.provider}.{request.group}.{request.name}"
    return call.engine.create(call.resource, request, {"cloud_service_type_key": key})


def create_region(call: Call) -> Message:
    """Creates a region with its key."""
    key = f"{call.request.provider}.{call.request.region_code}"
    return call.engine.create(call.resource, call.request, {"region_key": key})


def create_protocol(call: Call) -> Message:
    """Creates a notification protocol with the capability of its plugin, where that is registered."""
    plugins = call.engine.resource(REPOSITORIES + "Plugin")
    try:
        _, plugin = call.engine.find(plugins, call.request.plugin_info.plugin_id)
    except status.ApiError:
        return call.engine.create(call.resource, call.request)
    return call.engine.create(call.resource, call.request, {"capability": plain(plugin.capability)})


def create_secret(call: Call) -> Message:
    """Creates a secret; its data is kept apart, and its provider is that of the service account."""
    more = {}
    if call.request.service_account_id:
        accounts = call.engine.resource(IDENTITY + "ServiceAccount")
        _, account = call.engine.find(accounts, call.request.service_account_id)
        more = {"provider": account.provider}
    return call.engine.create(call.resource, call.request, more, call.request.data.SerializeToString())


def update_secret_data(call: Call) -> Message:
    """Replaces the data of a secret."""
    with call.engine.store.writing():
        seq, _ = call.engine.named(call.resource, call.request)
        call.engine.store.replace_private(seq, call.request.data.SerializeToString())
    return call.answer()


def get_secret_data(call: Call) -> Message:
    """Answers the data of a secret."""
    seq, _ = call.engine.named(call.resource, call.request)
    answer = call.answer(data={})
    answer.data.MergeFromString(call.engine.store.private(seq))
    return answer


def say_hello(call: Call) -> Message:
    """Greets."""
    return call.answer(message=f"Hello, {call.request.name}!")


def get_version(call: Call) -> Message:
    """Answers the version of spacectl, whose sandbox this is."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return call.answer(version=version("spacectl"))
    except PackageNotFoundError:
        return call.answer(version="0")


def check_health(call: Call) -> Message:
    """Answers that the server, or the service that is named, is serving."""
    if call.request.service not in ("", *call.engine.schema.service_names):
        raise status.ApiError("NOT_FOUND", "ERROR_NOT_FOUND", f"Unknown service. (service = {call.request.service})")
    return call.answer(status="SERVING")


def watch_health(call: Call) -> Iterator[Message]:
    """Answers the health once, and then waits until the caller or the server goes."""
    known = call.request.service in ("", *call.engine.schema.service_names)
    yield call.answer(status="SERVING" if known else "SERVICE_UNKNOWN")
    gone = threading.Event()
    if call.context.add_callback(gone.set):
        gone.wait()


def special_methods() -> dict[str, Method]:
    """The function of each special method, by the method's full name."""
    plugin = "spaceone.api.inventory.plugin.Collector."
    return {
        IDENTITY + "Domain.create": identity.create_domain,
        IDENTITY + "Domain.get_auth_info": identity.get_auth_info,
        IDENTITY + "User.create": identity.create_user,
        IDENTITY + "User.update": identity.update_user,
        IDENTITY + "Token.issue": sign_in.issue_token,
        IDENTITY + "Token.grant": sign_in.grant_token,
        IDENTITY + "UserProfile.get": sign_in.get_profile,
        IDENTITY + "UserProfile.get_workspaces": sign_in.list_my_workspaces,
        IDENTITY + "Endpoint.list": identity.list_endpoints,
        IDENTITY + "Project.change_project_group": identity.move_project,
        IDENTITY + "Project.add_users": identity.change_users,
        IDENTITY + "Project.remove_users": identity.change_users,
        IDENTITY + "ProjectGroup.change_parent_group": identity.move_project,
        IDENTITY + "ProjectGroup.add_users": identity.change_users,
        IDENTITY + "ProjectGroup.remove_users": identity.change_users,
        IDENTITY + "Provider.update_plugin": identity.update_plugin,
        IDENTITY + "System.init": setup.init_system,
        OLD_IDENTITY + "DomainOwner.create": setup.create_owner,
        OLD_IDENTITY + "DomainOwner.update": setup.update_with_password,
        OLD_IDENTITY + "User.create": setup.create_old_user,
        OLD_IDENTITY + "User.update": setup.update_with_password,
        OLD_IDENTITY + "RoleBinding.create": setup.bind_role,
        OLD_IDENTITY + "APIKey.create": setup.create_api_key,
        OLD_IDENTITY + "Token.issue": setup.issue_old_token,
        NOTIFICATION + "Protocol.create": create_protocol,
        NOTIFICATION + "Protocol.update_plugin": identity.update_plugin,
        REPOSITORIES + "Repository.register": repository.register_repository,
        REPOSITORIES + "Plugin.register": repository.register_plugin,
        REPOSITORIES + "Plugin.get": repository.get_plugin,
        REPOSITORIES + "Plugin.get_versions": repository.get_versions,
        REPOSITORIES + "Plugin.list": repository.list_of_repository,
        REPOSITORIES + "Policy.create": repository.create_policy,
        REPOSITORIES + "Policy.list": repository.list_of_repository,
        REPOSITORIES + "Schema.create": repository.create_in_repository,
        REPOSITORIES + "Schema.get": repository.get_schema,
        REPOSITORIES + "Schema.list": repository.list_of_repository,
        INVENTORY + "CloudServiceType.create": create_cloud_service_type,
        INVENTORY + "Region.create": create_region,
        SECRET + "Secret.create": create_secret,
        SECRET + "Secret.update_data": update_secret_data,
        SECRET + "Secret.get_data": get_secret_data,
        plugin + "init": collector.init,
        plugin + "verify": collector.verify,
        plugin + "collect": collector.collect,
        "spaceone.api.sample.v1.HelloWorld.say_hello": say_hello,
        "spaceone.api.core.v1.ServerInfo.get_version": get_version,
        "grpc.health.v1.Health.Check": check_health,
        "grpc.health.v1.Health.Watch": watch_health,
    }
