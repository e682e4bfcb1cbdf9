"""The environment of one invocation: option over variable over file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from spacectl import environments
from spacectl.endpoint import parse as parse_endpoint
from spacectl.errors import ConfigError, UsageError
from spacectl.nearest import nearest

SANDBOX = "sandbox"
METADATA_KEYS = ("x_domain_id", "x_workspace_id")
ENDPOINT_VARIABLE = "SPACECTL_ENDPOINT_"
CREDENTIAL_VARIABLES = (("SPACECTL_TOKEN", "token"), ("SPACECTL_API_KEY", "api_key"))
SANDBOX_HINT = "`spacectl --environment sandbox …` runs on the embedded sandbox"


class Environment(NamedTuple):
    """Where the services are and who calls; `name` is None when variables alone say it.

    `origins` tells for a setting or `endpoints.SERVICE` where it was read: a file or a variable.
    """

    name: str | None
    settings: Mapping[str, Any]
    endpoints: Mapping[str, str]
    is_sandbox: bool
    origins: Mapping[str, str] = MappingProxyType({})

    def __repr__(self) -> str:
        # the settings hold credentials, which must not reach a traceback
        return f"Environment(name={self.name!r}, endpoints={self.endpoints!r}, is_sandbox={self.is_sandbox})"

    def metadata(self, token: str | None = None) -> tuple[tuple[str, str], ...]:
        """What goes with every call; an empty value sends nothing.

        Without a `token` that was found elsewhere it is the `token` or, after that, the `api_key` of the settings.
        Raises ConfigError for a value that cannot be a header, without showing it.
        """
        if token is None:
            token = self.header("token") or self.header("api_key")
        pairs = (("token", token), *((key, self.header(key)) for key in METADATA_KEYS))
        return tuple((key, value) for key, value in pairs if value)

    def endpoint(self, service: str) -> str:
        """The URL of a service, whose name may be written with `-` or `_`, in any case.

        Raises ConfigError: no such service (with the nearest and the command that adds it), or a malformed URL.
        """
        key = matching(service, self.endpoints)
        if key is None or not self.endpoints[key]:
            raise self._no_endpoint(service)
        try:
            parse_endpoint(self.endpoints[key])
        except UsageError as error:
            origin = self.origins.get(f"endpoints.{key}", f"endpoints.{key}")
            raise ConfigError(f"{origin}: {error.message}", *error.hints) from None
        return self.endpoints[key]

    def header(self, key: str) -> str:
        """A setting as the value of a header, "" for none. Raises ConfigError, which does not show the value."""
        try:
            return header_text(self.settings.get(key))
        except ConfigError as error:
            origin = self.origins.get(key, key)
            hints = () if origin.startswith("SPACECTL_") else (f"`spacectl config set {key} VALUE` replaces it",)
            raise ConfigError(f"{origin}: {error.message}", *hints) from None

    def _no_endpoint(self, service: str) -> ConfigError:
        hints = [f"did you mean {found}?" for found in nearest(service, [k for k, v in self.endpoints.items() if v])]
        if self.is_sandbox:
            hint = "`spacectl --environment sandbox api-resources` lists what it serves"
            return ConfigError(f"the embedded sandbox has no service {service!r}", *hints, hint)
        name = service.replace("-", "_")
        if self.name:
            hints.append(
                f"`spacectl --environment {_quoted(self.name)} config endpoint add {name} grpc://HOST:PORT` adds it"
            )
            return ConfigError(f"environment {self.name!r} has no endpoint for service {service!r}", *hints)
        hints += [
            f"`export SPACECTL_ENDPOINT_{name.upper()}=grpc://HOST:PORT`",
            "`spacectl config init` keeps it in a file",
        ]
        return ConfigError(f"there is no endpoint for service {service!r}", *hints)


def directory(environ: Mapping[str, str]) -> Path:
    """The directory of the configuration: SPACECTL_CONFIG_DIR, else `.spaceone` in the home directory."""
    chosen = environ.get("SPACECTL_CONFIG_DIR")
    if chosen and not chosen.startswith("~/"):
        return Path(chosen)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    try:
        base = Path(home) if home else Path.home()
    except RuntimeError:
        # A container's user without an entry in passwd: `/` is what Kubernetes sets HOME to.
        base = Path("/")
    return base / (chosen[2:] if chosen else ".spaceone")


def load(environ: Mapping[str, str], name: str | None = None, *, required: bool = True) -> Environment:
    """The environment of this invocation: `name`, else SPACECTL_ENVIRONMENT, else the current one of the files.

    SPACECTL_TOKEN, SPACECTL_API_KEY and SPACECTL_ENDPOINT_<SERVICE> overlay its file, and do without one. The embedded
    sandbox takes nothing from them. Raises ConfigError for a missing environment (unless not `required`) or a broken
    file.
    """
    base = directory(environ)
    chosen = choose(environ, name)
    if chosen is not None and is_embedded(base, chosen):
        return Environment(chosen, {}, {}, True)
    if chosen is None and required and not _has_variables(environ):
        raise nothing_chosen(base)
    settings: dict[str, Any] = {}
    origin = ""
    if chosen is not None:
        require(base, chosen)
        settings = environments.read(base, chosen)
        origin = f"{environments.file_of(base, chosen)}: "
    endpoints = endpoints_of(settings, origin)
    origins = {key: origin + key for key in settings} | {
        f"endpoints.{key}": f"{origin}endpoints.{key}" for key in endpoints
    }
    for variable, value in environ.items():
        service = _service_of(variable)
        if service and value:
            for key in [key for key in endpoints if folded(key) == service] or [service]:
                endpoints[key] = value
                origins[f"endpoints.{key}"] = variable
    given = [(variable, key) for variable, key in CREDENTIAL_VARIABLES if environ.get(variable)]
    if given:
        # the file's own must not win over the other kind of the variable
        settings.pop("token", None)
    for variable, key in given:
        settings[key] = environ[variable]
        origins[key] = variable
    if endpoints:
        settings["endpoints"] = endpoints
    return Environment(chosen, settings, endpoints, False, origins)


def choose(environ: Mapping[str, str], name: str | None = None) -> str | None:
    """The name of the environment that counts, whether it is there or not; None when nothing names one."""
    named = name or environ.get("SPACECTL_ENVIRONMENT")
    if named:
        return named
    base = directory(environ)
    current = environments.current(base)
    if current:
        return current
    default = environ.get("SPACECTL_DEFAULT_ENVIRONMENT")
    return default if default and (default == SANDBOX or default in environments.names(base)) else None


def is_embedded(base: Path, name: str) -> bool:
    """Whether a name means the embedded sandbox: a file of that name, from before there was one, is the user's."""
    return name == SANDBOX and not environments.has_file(base, name)


def require(base: Path, name: str) -> None:
    """Raises ConfigError, with the nearest names and the list, unless the environment has a file."""
    if environments.has_file(base, name):
        return
    known = [*environments.names(base), SANDBOX]
    hints = [f"did you mean {found}?" for found in nearest(name, known)]
    hints += [f"there are: {', '.join(known)}", f"`spacectl config init -e {_quoted(name)}` makes it"]
    raise ConfigError(f"environment {name!r} not found in {base / 'environments'}", *hints)


def nothing_chosen(base: Path) -> ConfigError:
    """The error for an invocation without an environment: it names both ways on."""
    known = environments.names(base)
    if known:
        there = f"there are: {', '.join(known)}"
        return ConfigError(
            "no environment is chosen", there, "`spacectl config environment -s NAME` chooses", SANDBOX_HINT
        )
    return ConfigError("no environment is configured", "`spacectl config init` makes one", SANDBOX_HINT)


def endpoints_of(settings: Mapping[str, Any], origin: str = "") -> dict[str, str]:
    """The endpoints of an environment's settings, service -> URL. Raises ConfigError unless they are such a mapping."""
    endpoints = settings.get("endpoints")
    if endpoints is None:
        return {}
    if not isinstance(endpoints, dict):
        raise ConfigError(f"{origin}endpoints: a mapping is due, as in `identity: grpc://HOST:PORT`")
    for service, url in endpoints.items():
        if isinstance(url, (dict, list)):
            raise ConfigError(f"{origin}endpoints.{service}: a URL is due, as in grpc://HOST:PORT")
    return {service: "" if url is None else str(url) for service, url in endpoints.items()}


def protosets_of(environment: Environment, base: Path) -> list[Path]:
    """The descriptor sets that an environment names under `protosets`, relative to the directory `base`.

    Raises ConfigError unless they are a list of file names, or one.
    """
    named = environment.settings.get("protosets")
    names = [named] if isinstance(named, str) else named
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        origin = environment.origins.get("protosets", "protosets")
        raise ConfigError(f"{origin}: a list of files is due, as in `- docs/api.protoset`")
    return [base / Path(name).expanduser() for name in names]


def header_text(value: Any) -> str:
    """A setting as the value of a header, "" for null. Raises ConfigError, which does not show the value."""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise ConfigError(f"a text is due, not {'a list' if isinstance(value, list) else 'a mapping'}")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\n" in text or "\r" in text:
        raise ConfigError("the value has more than one line")
    if not (text.isascii() and text.isprintable()):
        raise ConfigError("the value has characters other than printable ASCII")
    return text


def matching(service: str, known: Iterable[str]) -> str | None:
    """The known service of that name, spelled the same or with `-` for `_` or in another case; None without one."""
    names = list(known)
    return service if service in names else next((name for name in names if folded(name) == folded(service)), None)


def folded(service: str) -> str:
    """A service's name as it compares: `-` like `_`, upper case like lower case."""
    return service.lower().replace("-", "_")


def _has_variables(environ: Mapping[str, str]) -> bool:
    credentials = [variable for variable, _ in CREDENTIAL_VARIABLES]
    return any(value and (key in credentials or _service_of(key)) for key, value in environ.items())


def _service_of(variable: str) -> str:
    """The service whose endpoint a variable gives; nothing for any other variable."""
    service = variable.removeprefix(ENDPOINT_VARIABLE)
    known = service != variable and service.isascii() and service.replace("_", "x").isalnum()
    return service.lower() if known else ""


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
