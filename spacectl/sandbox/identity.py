"""What identity does that other services do not: users, members of projects, plugins of providers, endpoints."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import status
from spacectl.sandbox.engine import serialized_page
from spacectl.sandbox.resources import IDENTITY
from spacectl.sandbox.schema import copy_fields, plain

if TYPE_CHECKING:
    from spacectl.sandbox.calls import Call
    from spacectl.sandbox.schema import Message

# The services that an environment lists: all of them answer at the same address.
SERVICES = {
    "identity": ("Identity Service", "v2"),
    "inventory": ("Inventory Service", "v1"),
    "notification": ("Notification Service", "v1"),
    "repository": ("Repository Service", "v1"),
    "sample": ("Sample Service", "v1"),
    "secret": ("Secret Service", "v1"),
    "statistics": ("Statistics Service", "v1"),
}
ITERATIONS = 10_000
DIGEST_SIZE = 32


def hashed(password: str, salt: bytes = b"") -> bytes:
    """The salt and the digest of a password."""
    salt = salt or secrets.token_bytes(16)
    return salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS, DIGEST_SIZE)


def create_domain(call: Call) -> Message:
    """Creates a domain and its administrator."""
    engine, admin = call.engine, call.request.admin
    with engine.store.writing():
        row = engine.create(call.resource, call.request)
        user = engine.schema.message_class(IDENTITY + "CreateUserRequest")()
        copy_fields(admin, user)
        user.auth_type = 1
        more = {"domain_id": row.domain_id, "role_type": "DOMAIN_ADMIN"}
        engine.create(engine.resource(IDENTITY + "User"), user, more, hashed(admin.password))
    return row


def create_user(call: Call) -> Message:
    """Creates a user; one that signs in here needs a password, and a second factor where that is enforced."""
    request = call.request
    local = plain(request).get("auth_type") == "LOCAL"
    if local and not request.password:
        raise status.required_parameter("password")
    more = None
    if request.enforce_mfa_state == "ENABLED":
        options = {"email": request.email or request.user_id, "enforce": True}
        more = {"mfa": {"state": "ENABLED", "mfa_type": request.enforce_mfa_type or "EMAIL", "options": options}}
    return call.engine.create(call.resource, request, more, hashed(request.password) if local else b"")


def update_user(call: Call) -> Message:
    """Changes a user, and the password where one is given."""
    with call.engine.store.writing():
        row = call.engine.update(call.resource, call.request)
        if call.request.password:
            seq, _ = call.engine.named(call.resource, call.request)
            call.engine.store.replace_private(seq, hashed(call.request.password))
    return row


def get_auth_info(call: Call) -> Message:
    """Says how users of the domain of that name sign in."""
    name = call.request.name
    engine = call.engine
    domain = engine.resource(IDENTITY + "Domain")
    for row in map(engine.row_class(domain).FromString, engine.store.bodies(domain.service)):
        if row.name == name:
            values: dict[str, Any] = {"domain_id": row.domain_id, "name": name, "external_auth_state": "DISABLED"}
            return call.answer(**values, metadata={}, config={})
    raise status.not_found({"name": name})


def move_project(call: Call) -> Message:
    """Puts a project, or a project group, below another group; below none when no group is named."""
    field = "project_group_id" if call.method.name == "change_project_group" else "parent_group_id"
    group = getattr(call.request, field)
    if group:
        call.engine.find(call.engine.resource(IDENTITY + "ProjectGroup"), group)
    return call.engine.change(call.resource, call.request, {field: group})


def change_users(call: Call) -> Message:
    """Adds users to a project or a project group, or takes them out."""
    with call.engine.store.writing():
        _, row = call.engine.named(call.resource, call.request)
        named = list(call.request.users)
        if call.method.name == "add_users":
            for user in named:
                call.engine.find(call.engine.resource(IDENTITY + "User"), user, row.domain_id)
            users = list(dict.fromkeys([*row.users, *named]))
        else:
            users = [user for user in row.users if user not in named]
        return call.engine.change(call.resource, call.request, {"users": users})


def update_plugin(call: Call) -> Message:
    """Changes the version, the options or the upgrade mode of the plugin behind a row."""
    with call.engine.store.writing():
        _, row = call.engine.named(call.resource, call.request)
        if not row.HasField("plugin_info"):
            raise status.invalid_parameter("plugin_info", "there is no plugin to update")
        source = type(row)()
        source.plugin_info.CopyFrom(row.plugin_info)
        copy_fields(call.request, source.plugin_info)
        return call.engine.change(call.resource, call.request, {}, source)


def list_endpoints(call: Call) -> bytes:
    """Lists the services of the sandbox, all at its one address."""
    endpoint_class = call.engine.schema.message_class(IDENTITY + "EndpointInfo")
    wanted = [name for name in SERVICES if call.request.service in ("", name)]
    rows = []
    for service in wanted:
        name, version = SERVICES[service]
        row = endpoint_class(name=name, service=service, endpoint=call.endpoint, version=version)
        rows.append(row.SerializeToString())
    return serialized_page(call.method.output_type, rows, len(rows))
