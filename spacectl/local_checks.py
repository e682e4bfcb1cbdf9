"""What doctor finds on this machine: the files of the configuration, the token, the cache, the clock."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from spacectl import cache_files, config, environments, jwt, logins
from spacectl.credentials import Credential
from spacectl.errors import SpacectlError
from spacectl.findings import FAILURE, OK, SKIPPED, WARNING, Finding
from spacectl.masking import is_secret_key

CONFIGURATION = 3
SOON = 86_400
# what tokens forgive, and more than a request takes
SKEW_LIMIT, SKEW_NOTICED = 60.0, 5.0


def configuration(base: Path) -> list[Finding]:
    """The directory and the files of the configuration: that they can be read, and by nobody else."""
    if not base.is_dir():
        return [Finding("config", str(base), SKIPPED, "there is no configuration", "`spacectl config init` makes one")]
    found = [_mode("config", base, 0o022, "others can change it", f"chmod 700 {base}")]
    main = base / "environment.yml"
    if main.exists():
        found.append(_readable(main, partial(environments.current, base)))
    try:
        names = environments.names(base)
    except SpacectlError as error:
        return [*found, Finding("config", str(base), FAILURE, error.message, f"`ls -l {base}`", error.exit_status)]
    for name in names:
        path = environments.file_of(base, name)
        finding = _readable(path, partial(environments.read, base, name))
        has_secret = finding.state != FAILURE and _has_secret(base, name)
        private = _mode("config", path, 0o077, "others can read it", f"chmod 600 {path}")
        found.append(private if has_secret else finding)
        kept = logins.file_of(base, name)
        if kept.exists():
            found.append(_mode("config", kept, 0o077, "others can read it", f"chmod 600 {kept}"))
    return [one._replace(subject=one.subject.removeprefix(f"{base}{os.sep}")) for one in found]


def credential(found: Credential, environment: config.Environment, login: logins.Login | None) -> list[Finding]:
    """The token: where it comes from, and until when it counts."""
    if not found.token:
        hint = "`spacectl login`, or `spacectl config set api_key -`"
        return [Finding("token", environment.name or "", WARNING, "there is none", hint)]
    claims = jwt.claims(found.token)
    if claims is None:
        return [Finding("token", found.origin, OK, "no JSON Web Token: only the server knows until when it counts")]
    end = jwt.moment(claims, "exp")
    if end is None:
        words, state, to_do, status = "counts without end", OK, "", 0
    elif end <= time.time():
        words, state, status = f"expired {jwt.span(time.time() - end)} ago, at {jwt.utc(end)}", FAILURE, CONFIGURATION
        to_do = "`spacectl login`, or `spacectl config set api_key -`"
    else:
        words, state, to_do, status = f"counts for {jwt.span(end - time.time())}, until {jwt.utc(end)}", OK, "", 0
        if login is None and end - time.time() < SOON:
            state, to_do = WARNING, "a new one is due soon"
    findings = [Finding("token", found.origin, state, words, to_do, status)]
    last = jwt.moment(jwt.claims(login.refresh_token) or {}, "exp") if login is not None else None
    if last is not None:
        left = last - time.time()
        words = f"can be renewed for {jwt.span(left)}, until {jwt.utc(last)}" if left > 0 else "expired"
        state = OK if left > 0 else FAILURE
        findings.append(
            Finding(
                "login", environment.name or "", state, words, "" if left > 0 else "`spacectl login`", CONFIGURATION
            )
        )
    return findings


def cache(environ: Mapping[str, str]) -> Finding:
    """The directory of the descriptor cache."""
    root = cache_files.directory(environ)
    if root is None:
        return Finding("cache", "", SKIPPED, "nothing is kept", "`export SPACECTL_CACHE_DIR=DIR` makes calls quicker")
    if not root.exists():
        return Finding("cache", str(root), OK, "nothing is kept yet")
    try:
        folders = cache_files.folders(root)
        size = sum(size for folder in folders for _, size in cache_files.files_of(folder))
    except OSError as error:
        words = error.strerror or str(error)
        return Finding("cache", str(root), WARNING, words, "calls are slower: `export SPACECTL_CACHE_DIR=DIR`")
    if not os.access(root, os.W_OK):
        return Finding("cache", str(root), WARNING, "it cannot be written", "calls are slower: SPACECTL_CACHE_DIR")
    mode = _mode("cache", root, 0o022, "others can change it", f"chmod 700 {root}")
    return mode._replace(
        found=f"{mode.found}; {len(folders)} endpoint{'s' * (len(folders) != 1)}, {size / 1024:.0f} KiB"
    )


def clock(measured: Sequence[float], token: str, login: Path | None) -> Finding:
    """How far this machine's clock is from the servers'.

    `measured` are seconds by which servers are ahead, by their own word; without these it is told by the token: it
    cannot be of the future, and that of a login (`login` is its file) was written when it was issued.
    """
    begin = jwt.moment(jwt.claims(token) or {}, "iat")
    if measured:
        skew, how = max(measured, key=abs), "by the servers' date"
    elif begin is not None and begin > time.time() + 1:
        skew, how = begin - time.time(), "at least: the token is of the future"
    elif begin is not None and login is not None:
        skew, how = begin - login.stat().st_mtime, "when the token was issued"
    else:
        return Finding("clock", "", SKIPPED, "no server says what time it has")
    direction = "behind" if skew > 0 else "ahead of"
    words = f"{abs(skew):.0f} s {direction} the servers, {how}"
    if abs(skew) >= SKEW_LIMIT:
        return Finding("clock", "", FAILURE, words, "set the clock: tokens are refused", 1)
    if abs(skew) >= SKEW_NOTICED:
        return Finding("clock", "", WARNING, words, "set the clock, by NTP")
    return Finding("clock", "", OK, f"within {SKEW_NOTICED:.0f} s of the servers', {how}")


def _readable(path: Path, read: Callable[[], object]) -> Finding:
    try:
        read()
    except SpacectlError as error:
        to_do = "; ".join(error.hints) or f"mend {path}, or make it anew"
        return Finding("config", str(path), FAILURE, error.message, to_do, error.exit_status)
    return Finding("config", str(path), OK, f"mode {stat.S_IMODE(path.stat().st_mode):04o}")


def _has_secret(base: Path, name: str) -> bool:
    return any(is_secret_key(key) and value for key, value in environments.read(base, name).items())


def _mode(check: str, path: Path, wrong: int, words: str, to_do: str) -> Finding:
    seen = path.stat()
    mode = stat.S_IMODE(seen.st_mode)
    if hasattr(os, "geteuid") and seen.st_uid not in (os.geteuid(), 0):
        return Finding(check, str(path), WARNING, f"it belongs to user {seen.st_uid}", f"chown {os.geteuid()} {path}")
    if mode & wrong and os.name == "posix":
        return Finding(check, str(path), FAILURE, f"mode {mode:04o}: {words}", f"`{to_do}`", CONFIGURATION)
    return Finding(check, str(path), OK, f"mode {mode:04o}")
