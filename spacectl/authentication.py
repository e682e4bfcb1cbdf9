"""The credential of an invocation: found once, and renewed where a login can do that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from time import time
from typing import TYPE_CHECKING

from spacectl import config, jwt
from spacectl.errors import SpacectlError

if TYPE_CHECKING:
    from spacectl.credentials import Credential
    from spacectl.logins import Login

YOUNG = 5.0  # seconds for which nobody looks at a token again: most commands end before, and need no json for it
AGAIN = 30.0  # seconds after which a token that could not be renewed is tried again
Metadata = tuple[tuple[str, str | bytes], ...]
KEYS = ("token", "api_key", "token_command", "token_file", "keyring")


class Authentication:
    """Finds the credentials of environments; `warn` is told of a login that could not be renewed."""

    def __init__(self, environ: Mapping[str, str], warn: Callable[[str], None]) -> None:
        self._environ = environ
        self._warn = warn
        self._lock = Lock()
        # programs are run and logins renewed once, however many connections an invocation makes
        self._found: dict[str, tuple[Credential, float]] = {}  # each with the time at which it was found

    def credential(
        self, environment: config.Environment, token_file: str | None, grant: Callable[[Login], str]
    ) -> Credential:
        """The credential of an environment; `token_file` is that of the option, `grant` asks for a new access token.

        Raises ConfigError, UsageError, CallError.
        """
        key = repr([environment.name, *(environment.settings.get(name) for name in KEYS)])
        with self._lock:
            found, since = self._found.get(key, (None, 0.0))
            if found is None or (time() - since >= YOUNG and _until(found.token) <= time()):
                found = self._find(environment, token_file, grant)
                self._found[key] = found, time()
            return found

    def _find(
        self, environment: config.Environment, token_file: str | None, grant: Callable[[Login], str]
    ) -> Credential:
        from spacectl.credentials import find

        base = config.directory(self._environ)
        found = find(environment, base, self._environ, token_file)
        name = environment.name
        of_file = found.kind == "token" and name is not None and found.origin.startswith(str(base))
        if not of_file or name is None:
            return found
        from spacectl.logins import file_of, fresh_token

        if not file_of(base, name).exists():
            return found
        return found._replace(token=fresh_token(base, name, found.token, grant, self._warn))


class CallMetadata:
    """The metadata of an endpoint's calls: what `make` gives with its token, made anew when that is about to expire.

    What cannot be renewed is used on: whether it still counts is for the server to say.
    """

    def __init__(self, make: Callable[[], tuple[Metadata, str]]) -> None:
        self._make = make
        self._pairs, self._token = make()
        self._look_at = time() + YOUNG

    def __call__(self) -> Metadata:
        """The metadata of a call that is made now."""
        now = time()
        if now >= self._look_at:
            if _until(self._token) <= now:
                with suppress(SpacectlError):
                    self._pairs, self._token = self._make()
            # not once more for each of many calls
            self._look_at = max(now + (AGAIN if _until(self._token) <= now else YOUNG), _until(self._token))
        return self._pairs


def _until(token: str) -> float:
    return jwt.due(jwt.claims(token) or {})
