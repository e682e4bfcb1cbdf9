"""What `spacectl login` leaves behind, and how an access token that is about to expire is exchanged for a new one.

The access token is the `token` of the environment's file, which other tools read too. The refresh token, which lives
longer, is in a file of its own that only this command reads: `logins/NAME.yml`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import NamedTuple

from spacectl import environments, files, jwt, yaml_io
from spacectl.errors import CallError, ConfigError, SpacectlError

UNAVAILABLE = 14


class Login(NamedTuple):
    """Who has logged in, and with what an access token can be renewed.

    `fingerprint` tells which access token is ours: one that somebody else put into the environment is left alone.
    `lifetime` is in seconds, "" for the server's own.
    """

    refresh_token: str
    fingerprint: str
    domain: str = ""
    domain_id: str = ""
    user_id: str = ""
    scope: str = ""
    workspace_id: str = ""
    lifetime: str = ""

    def __repr__(self) -> str:
        # it must not reach a traceback
        return f"Login(user_id={self.user_id!r}, domain={self.domain!r})"


def folder_of(base: Path) -> Path:
    """The directory of all logins."""
    return base / "logins"


def file_of(base: Path, name: str) -> Path:
    """The file of an environment's login, whether it is there or not. Raises UsageError for an impossible name."""
    environments.check_name(name)
    return folder_of(base) / f"{name}.yml"


def read(base: Path, name: str) -> Login | None:
    """The login of an environment, None without one. Raises ConfigError for a file that cannot be read."""
    path = file_of(base, name)
    try:
        if not path.exists():
            return None
    except PermissionError:
        return None
    found = yaml_io.load_mapping(yaml_io.read_text(path), str(path))
    known = {key: str(found[key]) for key in Login._fields if isinstance(found.get(key), (str, int))}
    if not known.get("refresh_token") or not known.get("fingerprint"):
        raise ConfigError(f"{path}: this is not the file of a login", f"`spacectl logout -e {name}` removes it")
    return Login(**known)


def keep(base: Path, name: str, token: str, login: Login) -> None:
    """Stores the tokens of a new login. Raises SpacectlError."""
    with files.locked(folder_of(base)):
        _write(base, name, token, login)


def remove(base: Path, name: str) -> bool:
    """Removes the tokens of a login; whether there was one. A token that is not of the login stays."""
    path = file_of(base, name)
    if not path.exists():
        return False
    with files.locked(folder_of(base)):
        try:
            login = read(base, name)
        except ConfigError:
            login = None
        files.remove(path)
        if environments.file_of(base, name).exists():
            token = environments.read(base, name).get("token")
            if login is not None and isinstance(token, str) and fingerprint(token) == login.fingerprint:
                environments.change(base, name, ["token"], None)
    return True


def forget(base: Path, name: str) -> None:
    """Removes what is kept of a login, and leaves the environment as it is."""
    files.remove(file_of(base, name))


def fresh_token(base: Path, name: str, token: str, grant: Callable[[Login], str], warn: Callable[[str], None]) -> str:
    """The token of an environment's file, renewed where a login can do that and it is about to expire.

    Of several processes one asks the server, by `grant`, and the others wait for what it gets. Raises ConfigError where
    the login itself has expired, and the SpacectlError of `grant`.
    """
    if not file_of(base, name).exists() or not _due(token):
        return token
    with files.locked(folder_of(base)):
        current = environments.read(base, name).get("token")
        login = read(base, name)
        if not isinstance(current, str) or login is None:
            return token
        if current != token and not _due(current):
            return current  # another process was quicker
        if fingerprint(current) != login.fingerprint:
            return current
        try:
            renewed = _renewed(name, login, grant)
        except SpacectlError as error:
            if _ended(current):
                raise
            warn(f"the login could not be renewed: {error.message}; `spacectl login` begins a new one")
            return current
        _write(base, name, renewed, login)
        return renewed


def fingerprint(token: str) -> str:
    """What tells a token from all others, and does not give it away."""
    from hashlib import sha256

    return "sha256-" + sha256(token.encode()).hexdigest()[:32]


def _renewed(name: str, login: Login, grant: Callable[[Login], str]) -> str:
    hint = f"`spacectl login -e {name}`"
    end = jwt.moment(jwt.claims(login.refresh_token) or {}, "exp")
    if end is not None and end <= time():
        raise ConfigError(f"the login of environment {name!r} expired {jwt.span(time() - end)} ago", hint)
    try:
        return grant(login)
    except CallError as error:
        what = f"the login of environment {name!r} cannot be renewed"
        raise CallError(
            what, error.code, error.details, hint, *(error.hints if error.code == UNAVAILABLE else ())
        ) from None


def _write(base: Path, name: str, token: str, login: Login) -> None:
    login = login._replace(fingerprint=fingerprint(token))
    known = {key: value for key, value in login._asdict().items() if value}
    files.write_atomically(file_of(base, name), yaml_io.dump(known))
    environments.change(base, name, ["token"], token)


def _due(token: str) -> bool:
    found = jwt.claims(token)
    return found is not None and jwt.ends_soon(found, time())


def _ended(token: str) -> bool:
    end = jwt.moment(jwt.claims(token) or {}, "exp")
    return end is not None and end <= time()
