"""Cloudforet's sign-in, step by step: the domain, the tokens of a user, the workspace, the token that counts there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from spacectl.errors import CallError, UsageError
from spacectl.logins import Login
from spacectl.nearest import nearest

NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED = 5, 7, 16
SCOPES = ("DOMAIN", "WORKSPACE", "USER", "SYSTEM")

# resource, verb, request, token ("" for none) -> the answer as plain values. Raises CallError.
Ask = Callable[[str, str, Mapping[str, Any], str], Any]


class Domain(NamedTuple):
    """A domain, and whether its users may also sign in through an outside identity provider."""

    name: str
    domain_id: str
    external: bool


class Workspace(NamedTuple):
    """A workspace in which a user may work, and the kind of role there."""

    workspace_id: str
    name: str
    role: str


class Tokens(NamedTuple):
    """What a sign-in gives."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        # they must not reach a traceback
        return "Tokens(…)"


def find_domain(ask: Ask, name: str) -> Domain:
    """The domain of that name; an identifier will do, too. Raises CallError."""
    try:
        found = ask("identity.Domain", "get_auth_info", {"name": name}, "")
    except CallError as error:
        if error.code == NOT_FOUND and name.startswith("domain-"):
            return Domain("", name, True)
        raise
    return Domain(name, str(found.get("domain_id", "")), found.get("external_auth_state") == "ENABLED")


def issue(
    ask: Ask, domain_id: str, auth_type: str, credentials: Mapping[str, Any], *, verify_code: str, lifetime: str
) -> Tokens:
    """The tokens for the credentials of a user; a verify code makes it the second step. Raises CallError."""
    request = {"credentials": credentials, "auth_type": auth_type, "domain_id": domain_id, **_timeout(lifetime)}
    if verify_code:
        request |= {"auth_type": "MFA", "verify_code": verify_code}
    found = ask("identity.Token", "issue", request, "")
    return Tokens(str(found.get("access_token", "")), str(found.get("refresh_token", "")))


def wants_second_factor(error: CallError) -> bool:
    """Whether a sign-in failed for want of a verify code."""
    return error.details.startswith("ERROR_MFA_REQUIRED")


def workspaces_of(ask: Ask, token: str) -> list[Workspace]:
    """The workspaces of the user of a token, by name. Raises CallError."""
    found = ask("identity.UserProfile", "get_workspaces", {}, token).get("results", [])
    rows = [Workspace(row.get("workspace_id", ""), row.get("name", ""), row.get("role_type", "")) for row in found]
    return sorted(rows, key=lambda row: (row.name, row.workspace_id))


def workspace_named(workspaces: Sequence[Workspace], wanted: str) -> Workspace:
    """The workspace of that identifier or name. Raises UsageError, with the nearest names."""
    exact = [row for row in workspaces if wanted in (row.workspace_id, row.name)]
    alike = exact or [row for row in workspaces if row.name.lower() == wanted.lower()]
    if len(alike) == 1:
        return alike[0]
    if alike:
        ids = " or ".join(row.workspace_id for row in alike)
        raise UsageError(f"several workspaces are called {wanted!r}", f"name one by its identifier: {ids}")
    near = nearest(wanted, [row.name for row in workspaces])
    hints = [f"did you mean {' or '.join(repr(name) for name in near)}?"] if near else []
    raise UsageError(f"you have no workspace {wanted!r}", *hints, listed(workspaces))


def listed(workspaces: Sequence[Workspace]) -> str:
    """The workspaces on one line, no more than ten of them."""
    shown = [f"{row.name} ({row.workspace_id})" for row in workspaces[:10]]
    more = f" and {len(workspaces) - 10} more" if len(workspaces) > 10 else ""
    return f"your workspaces: {', '.join(shown)}{more}" if shown else "you have no workspaces"


def grant(ask: Ask, login: Login) -> str:
    """An access token of the scope of a login. Raises CallError."""
    request = {"grant_type": "REFRESH_TOKEN", "token": login.refresh_token, "scope": login.scope}
    request |= {key: value for key in ("domain_id", "workspace_id") if (value := getattr(login, key))}
    return str(ask("identity.Token", "grant", {**request, **_timeout(login.lifetime)}, "").get("access_token", ""))


def _timeout(lifetime: str) -> dict[str, Any]:
    return {"timeout": int(lifetime)} if lifetime.isdecimal() else {}
