"""The credential of an invocation: found once, and renewed where a login can do that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from spacectl import config

if TYPE_CHECKING:
    from spacectl.credentials import Credential
    from spacectl.logins import Login

KEYS = ("token", "api_key", "token_command", "token_file", "keyring")


class Authentication:
    """Finds the credentials of environments; `warn` is told of a login that could not be renewed."""

    def __init__(self, environ: Mapping[str, str], warn: Callable[[str], None]) -> None:
        self._environ = environ
        self._warn = warn
        self._lock = Lock()
        # programs are run and logins renewed once, however many connections an invocation makes
        self._found: dict[str, Credential] = {}

    def credential(
        self, environment: config.Environment, token_file: str | None, grant: Callable[[Login], str]
    ) -> Credential:
        """The credential of an environment; `token_file` is that of the option, `grant` asks for a new access token.

        Raises ConfigError, UsageError, CallError.
        """
        key = repr([environment.name, *(environment.settings.get(name) for name in KEYS)])
        with self._lock:
            if key not in self._found:
                self._found[key] = self._find(environment, token_file, grant)
            return self._found[key]

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
