"""How a platform begins: the root domain, and what the first version of identity has in its place."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from spacectl.sandbox import status
from spacectl.sandbox.identity import DIGEST_SIZE, hashed
from spacectl.sandbox.resources import DOMAIN, IDENTITY, OLD_IDENTITY
from spacectl.sandbox.schema import copy_fields, plain

if TYPE_CHECKING:
    from spacectl.sandbox.calls import Call
    from spacectl.sandbox.schema import Message


def init_system(call: Call) -> Message:
    """Adds the administrator of the root domain; a second time only where it is forced."""
    engine, admin = call.engine, call.request.admin
    users = engine.resource(IDENTITY + "User")
    with engine.store.writing():
        known = [seq for seq, _ in engine.store.find(users.service, admin.user_id)]
        if known and not call.request.force:
            raise status.ApiError("FAILED_PRECONDITION", "ERROR_SYSTEM_ALREADY_INITIALIZED", "It was begun before.")
        for seq in known:
            engine.store.delete(seq)
        user = engine.schema.message_class(IDENTITY + "CreateUserRequest")()
        copy_fields(admin, user)
        user.auth_type = 1
        engine.create(users, user, {"role_type": "DOMAIN_ADMIN"}, hashed(admin.password))
        _, domain = engine.find(engine.resource(IDENTITY + "Domain"), DOMAIN)
    return call.answer(domain_id=DOMAIN, name=domain.name, system_token=secrets.token_hex(36))


def create_owner(call: Call) -> Message:
    """Creates the owner of a domain."""
    return call.engine.create(call.resource, call.request, None, hashed(call.request.password))


def update_with_password(call: Call) -> Message:
    """Changes the owner of a domain, or a user, and the password where one is given."""
    with call.engine.store.writing():
        row = call.engine.update(call.resource, call.request)
        if call.request.password:
            seq, _ = call.engine.named(call.resource, call.request)
            call.engine.store.replace_private(seq, hashed(call.request.password))
    return row


def issue_old_token(call: Call) -> Message:
    """Exchanges the password of a domain's owner for tokens."""
    # in hexadecimal: one that begins with a dash could not be typed after `config set api_key`
    password = str(plain(call.request.credentials).get("password", ""))
    seq, owner = call.engine.find(call.engine.resource(OLD_IDENTITY + "DomainOwner"), call.request.domain_id)
    known = call.engine.store.private(seq)
    if owner.owner_id != call.request.user_id or not hmac.compare_digest(hashed(password, known[:-DIGEST_SIZE]), known):
        words = f'A user "{call.request.user_id}" is not exist or password is not correct.'
        raise status.ApiError("UNAUTHENTICATED", "ERROR_AUTHENTICATION_FAILURE", words)
    return call.answer(access_token=secrets.token_hex(36), refresh_token=secrets.token_hex(36))


def create_old_user(call: Call) -> Message:
    """Creates a user; a program, `API_USER`, has no password."""
    password, asked = call.request.password, plain(call.request)
    if not password and asked.get("backend") == "LOCAL" and asked.get("user_type") != "API_USER":
        raise status.required_parameter("password")
    return call.engine.create(call.resource, call.request, None, hashed(password) if password else b"")


def bind_role(call: Call) -> Message:
    """Gives a role to a user, once."""
    engine, request = call.engine, call.request
    _, role = engine.find(engine.resource(OLD_IDENTITY + "Role"), request.role_id)
    with engine.store.writing():
        for row in map(engine.row_class(call.resource).FromString, engine.store.bodies(call.resource.service)):
            if (row.resource_id, row.role_info.role_id) == (request.resource_id, request.role_id):
                words = f"The role is already bound. (role_id = {request.role_id}, resource_id = {request.resource_id})"
                raise status.ApiError("INVALID_ARGUMENT", "ERROR_DUPLICATE_ROLE_BOUND", words)
        return engine.create(call.resource, request, {"role_info": plain(role)})


def create_api_key(call: Call) -> Message:
    """Creates a key, which is told this once."""
    row = call.engine.create(call.resource, call.request)
    row.api_key = secrets.token_hex(36)
    return row
