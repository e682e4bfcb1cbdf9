"""The tokens of the sandbox: JSON Web Tokens with the claims of the real identity, signed with a key that all know."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from spacectl.sandbox.resources import IDENTITY
from spacectl.sandbox.status import ApiError

if TYPE_CHECKING:
    from spacectl.sandbox.schema import Descriptor

KEY = b"sandbox"  # there is nothing here that a signature would have to protect
ISSUER = "spaceone.identity"
ACCESS, REFRESH = "ACCESS_TOKEN", "REFRESH_TOKEN"
LIFE, LONGEST_LIFE, REFRESH_LIFE = 1800, 604_800, 10_800  # seconds
# What may be called without any token: by full name of the service, or of the method.
OPEN_TO_ALL = frozenset(
    (
        *(IDENTITY + name for name in ("Token", "Endpoint", "Domain.get_auth_info")),
        "grpc.health.v1.Health",
        "spaceone.api.core.v1.ServerInfo",
    )
)


def issued(kind: str, user_id: str, domain_id: str, seconds: int, **more: str) -> str:
    """A token for a user of a domain that lasts so many seconds; `more` are claims, empty ones are left out."""
    now = int(time.time())
    claims = {
        **{"iss": ISSUER, "typ": kind, "own": "USER", "did": domain_id, "aud": user_id, "jti": secrets.token_hex(16)},
        **{"iat": now, "exp": now + seconds, "ver": "2.0"},
        **{name: value for name, value in more.items() if value},
    }
    body = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
    return f"{body}.{_signature(body)}"


def life(wanted: int) -> int:
    """How long an access token lasts where a caller wants so many seconds, 0 for no wish."""
    return min(wanted, LONGEST_LIFE) if wanted > 0 else LIFE


def read(token: str) -> dict[str, Any] | None:
    """The claims of a token that is ours; None for any other text."""
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(body).encode(), signature.encode()):
        return None
    payload = body.partition(".")[2]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def of_caller(context: Any) -> dict[str, Any] | None:
    """The claims of the token that a call carries, None where it carries none of ours."""
    return next((read(str(value)) for name, value in context.invocation_metadata() if name == "token"), None)


def check(method: Descriptor, context: Any) -> None:
    """Raises ApiError for a call with a token of ours that has expired, or is no access token.

    The sandbox asks for no token, and lets any other text pass for one.
    """
    claims = of_caller(context)
    if claims is None or OPEN_TO_ALL.intersection((method.full_name, method.containing_service.full_name)):
        return
    if claims["typ"] != ACCESS or claims["exp"] <= time.time():
        raise refused("Token is invalid or expired.")


def refused(reason: str) -> ApiError:
    """The error for a token that does not count."""
    return ApiError("UNAUTHENTICATED", "ERROR_AUTHENTICATE_FAILURE", f"Authenticate failure. (message = {reason})")


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _signature(body: str) -> str:
    return _encoded(hmac.digest(KEY, body.encode(), hashlib.sha256))
