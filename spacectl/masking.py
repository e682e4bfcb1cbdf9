"""Settings as they may be shown: secrets replaced by `****`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "****"
# A shorter value would give too much away with its last four characters.
LONG = 24

_SECRET_WORDS = ("token", "secret", "passw", "passphrase", "credential", "authorization")
_KEYS = r"(?:api|access|private)[-_]?key"
# Where a secret comes from, which is none itself.
_SOURCES = frozenset(("token_command", "token_command_timeout", "token_file"))
_JWT = r"eyJ[\w-]+\.[\w-]+\.[\w-]*"


class Secret(str):
    """A text that somebody took care not to type: it is shown nowhere, whatever it looks like."""

    __slots__ = ()


def is_secret(text: str) -> bool:
    """Whether a text speaks of a secret: JSON with a password in it, a JSON Web Token."""
    return isinstance(text, Secret) or _names_secret(text) or _has_token(text)


def is_secret_key(name: str) -> bool:
    """Whether what stands under a key, or in a header of this name, is a secret."""
    return _names_secret(name) or "cookie" in name.lower()


def masked_word(word: str) -> str:
    """A word of a command line as it may be shown: of one that speaks of a secret, what comes before that."""
    if not is_secret(word):
        return word
    return re.split(r"[\s:=@]", word, maxsplit=1)[0] + f" {MASK}"


def masked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an environment with its secrets masked.

    A long secret keeps its last four characters, so that two can be told apart; an empty one stays empty.
    """
    return {key: _masked_setting(key, value) for key, value in settings.items()}


def _masked_setting(key: str, value: Any) -> Any:
    # The keys of the endpoints are names of services, and one of those is `secret`: so are those of the connections.
    if key == "endpoints":
        return value
    if key in _SOURCES:
        return masked(value)
    if key == "headers":
        return masked(value, secret=True)
    if key == "connection" and isinstance(value, dict):
        return {name: masked(given, secret=name == "headers") for name, given in value.items()}
    if key == "connections" and isinstance(value, dict):
        return {service: _masked_setting("connection", given) for service, given in value.items()}
    return masked({key: value})[key]


def masked(value: Any, *, secret: bool = False) -> Any:
    """A copy in which what stands under the key of a secret, and every JSON Web Token, is masked."""
    if isinstance(value, dict):
        return {key: masked(item, secret=secret or _names_secret(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, secret=secret) for item in value]
    if value is None or value == "":
        return value
    if isinstance(value, str) and _has_token(value):
        secret = True
    if not secret:
        return value
    text = str(value)
    return MASK + text[-4:] if len(text) >= LONG else MASK


def _names_secret(text: str) -> bool:
    # words before patterns: to compile one takes longer than a whole answer of a few rows
    folded = text.casefold()
    return any(word in folded for word in _SECRET_WORDS) or ("key" in folded and bool(re.search(_KEYS, folded)))


def _has_token(text: str) -> bool:
    return "eyJ" in text and bool(re.search(_JWT, text))
