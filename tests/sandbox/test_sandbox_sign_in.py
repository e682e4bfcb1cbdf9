"""Signing in to the sandbox: the tokens of the real identity, their claims, their ends and their refusals."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import grpc
import pytest
from rpc_caller import Caller, as_dict

ADMIN = {"user_id": "admin@sandbox.example", "password": "sandbox"}
LOCAL = {"auth_type": "LOCAL", "domain_id": "domain-sandbox"}


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def with_token(call: Caller, name: str, token: str, /, **values: Any) -> Any:
    stub, request = call._stub(name, values)
    return as_dict(stub(request, timeout=20, metadata=(("token", token),)))


def refusal(call: Caller, name: str, token: str, /, **values: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        with_token(call, name, token, **values)
    return caught.value.code().name, (caught.value.details() or "").partition(":")[0]


def grant(call: Caller, token: str, scope: str, **more: Any) -> dict[str, Any]:
    granted: dict[str, Any] = call("identity.Token.grant", grant_type="REFRESH_TOKEN", token=token, scope=scope, **more)
    return granted


def new_user(call: Caller, name: str, **more: Any) -> dict[str, Any]:
    call("identity.User.create", user_id=name, password="pa55word", auth_type="LOCAL", **more)
    return {"user_id": name, "password": "pa55word"}


def test_tokens_have_the_claims_of_the_real_identity(call: Caller) -> None:
    issued = call("identity.Token.issue", credentials=ADMIN, timeout=90, **LOCAL)
    access, refresh = claims(issued["access_token"]), claims(issued["refresh_token"])
    assert (access["typ"], access["own"], access["did"], access["aud"]) == (
        *("ACCESS_TOKEN", "USER", "domain-sandbox", ADMIN["user_id"]),
    )
    assert access["exp"] - access["iat"] == 90
    assert abs(access["iat"] - time.time()) < 5
    assert (refresh["typ"], refresh["exp"] - refresh["iat"]) == ("REFRESH_TOKEN", 10_800)


def test_a_refresh_token_is_granted_the_scopes_that_its_user_may_have(call: Caller) -> None:
    refresh = call("identity.Token.issue", credentials=ADMIN, **LOCAL)["refresh_token"]
    domain = grant(call, refresh, "DOMAIN")
    assert (domain["role_type"], claims(domain["access_token"])["rol"]) == ("DOMAIN_ADMIN", "DOMAIN_ADMIN")
    workspace = grant(call, refresh, "WORKSPACE", workspace_id="workspace-sandbox", timeout=5)
    assert claims(workspace["access_token"])["wid"] == workspace["workspace_id"] == "workspace-sandbox"
    assert grant(call, refresh, "USER")["role_type"] == "USER"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"scope": "WORKSPACE"}, "ERROR_REQUIRED_PARAMETER"),
        ({"scope": "WORKSPACE", "workspace_id": "workspace-none"}, "ERROR_NOT_FOUND"),
        ({"scope": "SYSTEM"}, "ERROR_PERMISSION_DENIED"),
        ({"scope": "DOMAIN", "grant_type": "SYSTEM_TOKEN"}, "ERROR_INVALID_GRANT_TYPE"),
        ({"scope": "DOMAIN", "token": "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"}, "ERROR_AUTHENTICATE_FAILURE"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(call: Caller, values: dict[str, str], code: str) -> None:
    refresh = call("identity.Token.issue", credentials=ADMIN, **LOCAL)["refresh_token"]
    status = call.error("identity.Token.grant", **{"grant_type": "REFRESH_TOKEN", "token": refresh, **values})
    assert status[1].partition(":")[0] == code


def test_an_access_token_cannot_be_exchanged_nor_a_refresh_token_be_sent(call: Caller) -> None:
    issued = call("identity.Token.issue", credentials=ADMIN, **LOCAL)
    wrong = {"grant_type": "REFRESH_TOKEN", "token": issued["access_token"], "scope": "DOMAIN"}
    assert call.error("identity.Token.grant", **wrong)[0] == "INVALID_ARGUMENT"
    assert refusal(call, "repository.Plugin.list", issued["refresh_token"]) == (
        *("UNAUTHENTICATED", "ERROR_AUTHENTICATE_FAILURE"),
    )


def test_an_expired_token_is_refused_by_all_that_needs_one_and_any_other_text_passes(call: Caller) -> None:
    token = call("identity.Token.issue", credentials=ADMIN, timeout=1, **LOCAL)["access_token"]
    assert with_token(call, "repository.Plugin.list", token)["total_count"] == 8
    time.sleep(max(claims(token)["exp"] - time.time(), 0) + 0.1)
    assert refusal(call, "repository.Plugin.list", token) == ("UNAUTHENTICATED", "ERROR_AUTHENTICATE_FAILURE")
    assert with_token(call, "identity.Domain.get_auth_info", token, name="sandbox")
    assert with_token(call, "repository.Plugin.list", "any text")["total_count"] == 8


def test_a_profile_is_the_users_own_and_the_administrators_without_a_token(call: Caller) -> None:
    assert call("identity.UserProfile.get")["role_type"] == "DOMAIN_ADMIN"
    credentials = new_user(call, "ann@sandbox.example")
    token = call("identity.Token.issue", credentials=credentials, **LOCAL)["access_token"]
    assert with_token(call, "identity.UserProfile.get", token)["user_id"] == "ann@sandbox.example"


def test_users_see_the_workspaces_in_which_they_have_a_role(call: Caller) -> None:
    other = call("identity.Workspace.create", name="Other")["workspace_id"]
    everywhere = call("identity.UserProfile.get_workspaces")
    assert (everywhere["total_count"], {row["role_type"] for row in everywhere["results"]}) == (2, {"DOMAIN_ADMIN"})
    credentials = new_user(call, "bob@sandbox.example")
    issued = call("identity.Token.issue", credentials=credentials, **LOCAL)
    assert with_token(call, "identity.UserProfile.get_workspaces", issued["access_token"]) == {}
    role = call("identity.Role.create", name="Owner", role_type="WORKSPACE_OWNER")["role_id"]
    call("identity.RoleBinding.create", user_id="bob@sandbox.example", role_id=role, workspace_id=other)
    [row] = with_token(call, "identity.UserProfile.get_workspaces", issued["access_token"])["results"]
    assert (row["workspace_id"], row["role_type"], row["role_name"]) == (other, "WORKSPACE_OWNER", "Owner")
    granted = grant(call, issued["refresh_token"], "WORKSPACE", workspace_id=other)
    assert (granted["role_type"], granted["role_id"]) == ("WORKSPACE_OWNER", role)
    denied = {"grant_type": "REFRESH_TOKEN", "token": issued["refresh_token"], "scope": "DOMAIN"}
    assert call.error("identity.Token.grant", **denied)[0] == "PERMISSION_DENIED"


def test_a_second_factor_is_asked_for_where_it_is_enforced(call: Caller) -> None:
    credentials = new_user(call, "eve@sandbox.example", enforce_mfa_state="ENABLED", enforce_mfa_type="EMAIL")
    status, details = call.error("identity.Token.issue", credentials=credentials, **LOCAL)
    assert (status, details) == ("INTERNAL", "ERROR_MFA_REQUIRED: MFA is required. (user_id = eve@sandbox.example)")
    with_code = {"credentials": credentials, "auth_type": "MFA", "domain_id": "domain-sandbox"}
    assert call.error("identity.Token.issue", verify_code="999999", **with_code)[0] == "UNAUTHENTICATED"
    assert call("identity.Token.issue", verify_code="000000", **with_code)["access_token"]
    assert call.error("identity.Token.issue", **{**LOCAL, "auth_type": "EXTERNAL"}, credentials=ADMIN)[0] == (
        "UNAUTHENTICATED"
    )
