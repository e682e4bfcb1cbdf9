"""The token of an environment's calls: option over variable over file, and within a file by its keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from spacectl.config import Environment, header_text
from spacectl.errors import ConfigError, SpacectlError, UsageError

SERVICE = "spacectl"  # under which the system keyring keeps our entries
MAX_LENGTH = 65_536


class Credential(NamedTuple):
    """A token, "" for none, and where it was found; `kind` is the key of the settings, or `option`, or ""."""

    token: str
    origin: str
    kind: str

    def __repr__(self) -> str:
        # it must not reach a traceback
        return f"Credential(origin={self.origin!r}, kind={self.kind!r})"


def find(environment: Environment, base: Path, environ: Mapping[str, str], token_file: str | None = None) -> Credential:
    """The credential of an environment; `token_file` is that of the option, `base` the directory of the configuration.

    Programs and the keyring are asked only where nothing before them gives a token. Raises ConfigError, and UsageError
    for the file of the option; none of them shows a secret.
    """
    if token_file is not None:
        origin = f"--token-file {token_file}"
        return Credential(read_token(Path(token_file), origin, UsageError), origin, "option")
    settings = environment.settings
    for key in ("token", "api_key"):
        if token := environment.header(key):
            return Credential(token, environment.origins.get(key, key), key)
    for key, ask in (("token_command", _from_command), ("token_file", _from_file), ("keyring", _from_keyring)):
        if settings.get(key) not in (None, "", False, []):
            origin = environment.origins.get(key, key)
            token = ask(settings, origin, base, environ)
            return Credential(_checked(token, origin, ConfigError), origin, key)
    return Credential("", "", "")


def read_token(path: Path, origin: str, error: type[SpacectlError] = ConfigError) -> str:
    """The token that is all of a file. Raises `error`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LENGTH + 1)
        text = data.decode().removeprefix("\ufeff").strip()
    except OSError as problem:
        raise error(f"{origin}: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise error(f"{origin}: the file holds no token: it is not UTF-8") from None
    if len(data) > MAX_LENGTH:
        raise error(f"{origin}: the file holds more than a token")
    if not text:
        raise error(f"{origin}: the file is empty")
    return _checked(text, origin, error)


def _checked(token: str, origin: str, error: type[SpacectlError]) -> str:
    try:
        return header_text(token)
    except ConfigError as problem:
        raise error(f"{origin}: {problem.message}") from None


def _from_command(settings: Mapping[str, Any], origin: str, base: Path, environ: Mapping[str, str]) -> str:
    from spacectl.token_command import TIMEOUT, run, words_of

    seconds = settings.get("token_command_timeout", TIMEOUT)
    try:
        timeout = float(seconds)
    except (TypeError, ValueError):
        timeout = 0
    if not 0 < timeout <= 3600:
        raise ConfigError(f"{origin}_timeout: seconds are due, as in 30")
    return run(words_of(settings["token_command"], origin), origin, base, environ, timeout)


def _from_file(settings: Mapping[str, Any], origin: str, base: Path, _: Mapping[str, str]) -> str:
    name = settings["token_file"]
    if not isinstance(name, str):
        raise ConfigError(f"{origin}: the name of a file is due")
    return read_token(base / Path(name).expanduser(), origin)


def _from_keyring(settings: Mapping[str, Any], origin: str, _: Path, __: Mapping[str, str]) -> str:
    entry = settings["keyring"]
    named = {"service": SERVICE, "username": entry} if isinstance(entry, str) else entry
    if not isinstance(named, dict) or not isinstance(named.get("username"), str):
        raise ConfigError(f"{origin}: the name of an entry is due, as in `keyring: my-company`")
    service, username = str(named.get("service") or SERVICE), named["username"]
    try:
        import keyring
    except ImportError:
        from spacectl.distribution import installing

        raise ConfigError(
            f"{origin}: the system keyring cannot be read: keyring is not installed", f"`{installing('keyring')}`"
        ) from None
    try:
        token: str | None = keyring.get_password(service, username)
    except Exception as error:  # its backends raise what they like, and may quote what they hold
        kind = type(error).__name__
        raise ConfigError(f"{origin}: the system keyring cannot be read ({kind})", "`keyring diagnose`") from None
    if not token:
        raise ConfigError(
            f"{origin}: the system keyring has no entry {username!r} of {service!r}",
            f"`keyring set {service} {username}` makes it",
        )
    return token.strip()
