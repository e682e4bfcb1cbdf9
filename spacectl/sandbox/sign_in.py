"""Signing in: passwords, second factors and refresh tokens are exchanged for tokens; who a token is."""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import status, tokens
from spacectl.sandbox.identity import DIGEST_SIZE, hashed
from spacectl.sandbox.resources import ADMIN, DOMAIN, IDENTITY, WORKSPACE
from spacectl.sandbox.schema import plain

if TYPE_CHECKING:
    from spacectl.sandbox.calls import Call
    from spacectl.sandbox.schema import Message

VERIFY_CODE = "000000"  # nobody is sent a mail by a sandbox
ADMIN_ROLE, OWNER_ROLE = "managed-domain-admin", "managed-workspace-owner"


def issue_token(call: Call) -> Message:
    """Exchanges the user_id and password of a user for tokens; a second factor where the user has one."""
    request = call.request
    credentials, auth_type = plain(request.credentials), plain(request).get("auth_type")
    domain = request.domain_id
    call.engine.find(call.engine.resource(IDENTITY + "Domain"), domain)
    user_id = str(credentials.get("user_id", ""))
    if auth_type == "EXTERNAL":
        raise _wrong_password(user_id)
    user = _authenticated(call, user_id, str(credentials.get("password", "")), domain)
    if plain(user).get("mfa", {}).get("state") == "ENABLED":
        if auth_type != "MFA":
            address = plain(user)["mfa"].get("options", {}).get("email", user_id)
            raise status.ApiError("INTERNAL", "ERROR_MFA_REQUIRED", f"MFA is required. (user_id = {address})")
        if request.verify_code != VERIFY_CODE:
            raise _invalid_credentials()
    elif auth_type == "MFA":
        raise _invalid_credentials()
    lasting = tokens.life(request.timeout)
    return call.answer(
        access_token=tokens.issued(tokens.ACCESS, user_id, domain, lasting, rol="USER"),
        refresh_token=tokens.issued(tokens.REFRESH, user_id, domain, tokens.REFRESH_LIFE),
    )


def grant_token(call: Call) -> Message:
    """Exchanges a refresh token for an access token that counts in a domain or a workspace."""
    request = call.request
    claims = tokens.read(request.token)
    if claims is None:
        raise tokens.refused("Token validation failed.")
    if claims["typ"] != plain(request).get("grant_type") or claims["typ"] != tokens.REFRESH:
        words = f"Invalid grant type. (grant_type = {plain(request).get('grant_type')})"
        raise status.ApiError("INVALID_ARGUMENT", "ERROR_INVALID_GRANT_TYPE", words)
    if claims["exp"] <= time.time():
        raise tokens.refused("Token validation failed.")
    scope, workspace = plain(request).get("scope"), ""
    _, user = call.engine.find(call.engine.resource(IDENTITY + "User"), claims["aud"], claims["did"])
    if plain(user).get("state") != "ENABLED":
        words = f'A user "{user.user_id}" state is DISABLED.'
        raise status.ApiError("INVALID_ARGUMENT", "ERROR_USER_STATE_DISABLED", words)
    role_id, role = user.role_id, str(plain(user).get("role_type", "USER"))
    if scope == "WORKSPACE":
        workspace = request.workspace_id
        if not workspace:
            raise status.required_parameter("workspace_id")
        call.engine.find(call.engine.resource(IDENTITY + "Workspace"), workspace, claims["did"])
        mine = {row["workspace_id"]: row for row in _workspaces_of(call, user)}
        if workspace not in mine:
            raise _denied()
        role_id, role = mine[workspace].get("role_id", role_id), mine[workspace].get("role_type", "WORKSPACE_OWNER")
    elif scope == "USER":
        role = "USER"
    elif scope != "DOMAIN" or role != "DOMAIN_ADMIN":
        raise _denied()
    # what an administrator is in a workspace, the real service writes into the token and not into the answer
    there = "WORKSPACE_OWNER" if workspace and role == "DOMAIN_ADMIN" else role
    more = {"rol": there, "wid": workspace}
    token = tokens.issued(tokens.ACCESS, user.user_id, claims["did"], tokens.life(request.timeout), **more)
    named = {"role_id": role_id, "domain_id": claims["did"], "workspace_id": workspace}
    return call.answer(access_token=token, role_type=role, **{key: value for key, value in named.items() if value})


def get_profile(call: Call) -> Message:
    """Answers the user of the token, the administrator where a call carries none."""
    return _caller(call)


def list_my_workspaces(call: Call) -> Message:
    """Lists the workspaces of the user of the token."""
    rows = _workspaces_of(call, _caller(call))
    return call.answer(results=rows, total_count=len(rows))


def _caller(call: Call) -> Message:
    claims = tokens.of_caller(call.context)
    who = (claims["aud"], claims["did"]) if claims else (ADMIN, DOMAIN)
    return call.engine.find(call.engine.resource(IDENTITY + "User"), *who)[1]


def _workspaces_of(call: Call, user: Message) -> list[dict[str, Any]]:
    """The workspaces in which a user has a role, all for the administrator of the domain."""
    everywhere = plain(user).get("role_type") == "DOMAIN_ADMIN"
    roles = {row["role_id"]: row for row in _rows(call, "Role")}
    bound = {row.get("workspace_id", WORKSPACE): row for row in _rows(call, "RoleBinding", user_id=user.user_id)}
    found = []
    for row in _rows(call, "Workspace", domain_id=user.domain_id, state="ENABLED"):
        binding = bound.get(row["workspace_id"])
        if binding is None and not everywhere:
            continue
        kept = {name: row[name] for name in ("workspace_id", "name", "state", "domain_id", "created_at", "created_by")}
        role = {"role_type": "DOMAIN_ADMIN"}
        if binding is not None:
            known = roles.get(binding["role_id"], {})
            kind = known.get("role_type", "")
            role = {"role_id": binding["role_id"], "role_name": known.get("name", "")}
            role["role_type"] = kind if kind.startswith("WORKSPACE_") else "WORKSPACE_MEMBER"
        found.append({**kept, **role})
    return found


def _rows(call: Call, kind: str, **wanted: str) -> list[dict[str, Any]]:
    resource = call.engine.resource(IDENTITY + kind)
    parse = call.engine.row_class(resource).FromString
    rows = [plain(parse(body)) for body in call.engine.store.bodies(resource.service)]
    return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]


def _authenticated(call: Call, user_id: str, password: str, domain: str) -> Message:
    """The user, whose password it is. Raises ApiError."""
    engine = call.engine
    seq, user = engine.find(engine.resource(IDENTITY + "User"), user_id, domain)
    known = engine.store.private(seq)
    enabled = plain(user).get("state") == "ENABLED"
    if not enabled or not known or not hmac.compare_digest(hashed(password, known[:-DIGEST_SIZE]), known):
        raise _wrong_password(user_id)
    return user


def _wrong_password(user_id: str) -> status.ApiError:
    words = f'A user "{user_id}" is not exist or password is not correct.'
    return status.ApiError("UNAUTHENTICATED", "ERROR_AUTHENTICATION_FAILURE", words)


def _invalid_credentials() -> status.ApiError:
    return status.ApiError("UNAUTHENTICATED", "ERROR_INVALID_CREDENTIALS", "Invalid credentials provided.")


def _denied() -> status.ApiError:
    return status.ApiError("PERMISSION_DENIED", "ERROR_PERMISSION_DENIED", "Permission denied.")
