"""What is known without asking anyone: the environments on disk, and what the cache keeps of their services.

The files are read with a few regular expressions: a YAML parser would be felt at a key press, and a line that they do
not understand only offers less.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from spacectl import __version__, cache_format
from spacectl.cache_format import OUTLINE, SERVICES
from spacectl.errors import UsageError
from spacectl.resource_type import SHORT_NAMES, ResourceType, parse
from spacectl.service_names import REFLECTION, VERSION, find_services, folded, group_by_service, service_of

SANDBOX = "sandbox"
MAX_BYTES = 4 * 1024 * 1024
READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
CURRENT = re.compile(r"^environment:\s*[\"']?([^\"'#\n]*[^\"'#\s])", re.MULTILINE)
ENDPOINTS = re.compile(r"^endpoints:(.*(?:\n(?:[ \t].*|#.*|))*)", re.MULTILINE)
ENDPOINT = re.compile(r"([A-Za-z][\w-]*)[\"']?\s*:\s*[\"']?((?:grpc|grpc\+ssl|grpcs|dns|unix):[^\s\"',}]+)")
VARIABLE = re.compile(r"SPACECTL_ENDPOINT_(\w+)")
NAME = re.compile(r"[\w.]+", re.ASCII)


class Field(NamedTuple):
    """A field of a request or a row: its dotted name, and its kind as the outline writes it."""

    name: str
    kind: str


class Known:
    """The environments, services, resources, verbs and fields that can be offered.

    `environment` and `endpoint` are the options of the line that is being typed.
    """

    def __init__(self, environ: Mapping[str, str], environment: str | None = None, endpoint: str | None = None) -> None:
        self._environ = environ
        self._chosen = environment
        self._endpoint = endpoint
        self._cache = cache_format.directory(environ)
        self._config = _config_directory(environ)
        self._services: dict[str, dict[str, str]] | None = None

    def environments(self) -> list[str]:
        """The names of all environments."""
        found: list[str] = []
        with suppress(OSError):
            found = os.listdir(f"{self._config}/environments")  # noqa: PTH208 (pathlib would be felt)
        names = {name.removesuffix(".yml") for name in found if name.endswith(".yml") and not name.startswith(".")}
        return sorted({*names, SANDBOX})

    def endpoints(self) -> dict[str, str]:
        """The URLs of the services of the environment that counts."""
        if self._is_sandbox():
            return {}
        text = _read(self._file(self._name())) if self._name() else ""
        block = ENDPOINTS.search(text)
        lines = re.sub(r"(?m)(^|\s)#.*", "", block[1]) if block else ""
        found: dict[str, str] = dict(ENDPOINT.findall(lines))
        for variable, url in self._environ.items():
            match = VARIABLE.fullmatch(variable)
            if match and url:
                service = match[1].lower()
                found[next((key for key in found if key.replace("-", "_").lower() == service), service)] = url
        return found

    def services(self) -> dict[str, dict[str, str]]:
        """The resources of each service: full name -> key of the endpoint that the cache keeps it under."""
        if self._services is None:
            self._services = self._of_key(self._endpoint) if self._endpoint else self._of_environment()
        return self._services

    def resources(self) -> Iterator[tuple[str, str, str]]:
        """Every resource as it is typed, the full name that it means, and the key of its endpoint."""
        for service, names in self.services().items():
            for full_name, key in names.items():
                yield f"{service}.{full_name.rpartition('.')[2]}", full_name, key

    def verbs(self, full_name: str, key: str) -> list[str]:
        """The verbs of a service."""
        return [line.partition("\t")[0] for line in self._outline(full_name, key)[::2]]

    def full_names(self, typed: str, version: str | None) -> list[tuple[str, str]]:
        """The full names that a resource may mean, the best first, with the key of the endpoint."""
        try:
            resource = parse(typed)
            names = self._names_of(resource)
            return [(name, names[name]) for name in find_services(list(names), resource, version)]
        except UsageError:
            return []

    def fields(self, typed: str, verb: str, version: str | None) -> list[Field]:
        """The fields of the request of a verb."""
        return self._part(typed, verb, version, 0)

    def columns(self, typed: str, verb: str, version: str | None) -> list[Field]:
        """The fields of the rows that a verb answers."""
        return self._part(typed, verb, version, 1)

    def versions(self, typed: str) -> list[str]:
        """The versions of a resource."""
        parts = (part for name, _ in self.full_names(typed, None) for part in name.split("."))
        return list(dict.fromkeys(part for part in parts if re.match(VERSION, part)))

    def short_names(self, resource: str) -> tuple[str, ...]:
        """The short names of a resource."""
        return SHORT_NAMES.get(resource, ())

    def _current(self) -> str | None:
        found = CURRENT.search(_read(f"{self._config}/environment.yml"))
        return found[1] if found else self._environ.get("SPACECTL_DEFAULT_ENVIRONMENT")

    def _name(self) -> str | None:
        return self._chosen or self._environ.get("SPACECTL_ENVIRONMENT") or self._current()

    def _file(self, name: str | None) -> str:
        return f"{self._config}/environments/{name}.yml"

    def _is_sandbox(self) -> bool:
        return self._name() == SANDBOX and not os.path.isfile(self._file(SANDBOX))  # noqa: PTH113 (pathlib would be felt)

    def _of_key(self, key: str) -> dict[str, dict[str, str]]:
        grouped: dict[str, dict[str, str]] = {}
        for name in self._listed(key):
            grouped.setdefault(service_of(name), {})[name] = key
        return grouped

    def _of_environment(self) -> dict[str, dict[str, str]]:
        if self._is_sandbox():
            return self._of_key(f"sandbox {__version__}")
        endpoints = self.endpoints()
        by_url: dict[str, list[str]] = {}
        for service, url in endpoints.items():
            by_url.setdefault(url, []).append(service)
        grouped: dict[str, dict[str, str]] = {service: {} for service in endpoints}
        for url, services in by_url.items():
            listed = self._listed(url)
            groups = {services[0]: listed} if len(services) == 1 else group_by_service(listed, services)
            for service, names in groups.items():
                grouped[service] = dict.fromkeys(names, url)
        return grouped

    def _names_of(self, resource: ResourceType) -> dict[str, str]:
        services = self.services()
        if self._endpoint or resource.service not in {folded_service(name) for name in services}:
            return {name: key for names in services.values() for name, key in names.items()}
        return next(names for name, names in services.items() if folded_service(name) == resource.service)

    def _listed(self, key: str) -> list[str]:
        names = self._kept(SERVICES, key)
        return [name for name in names if NAME.fullmatch(name) and name not in REFLECTION]

    def _outline(self, full_name: str, key: str) -> list[str]:
        return self._kept(OUTLINE, key, full_name)

    def _kept(self, kind: str, key: str, service: str = "") -> list[str]:
        if self._cache is None:
            return []
        data = _content(f"{self._cache}/{cache_format.file_name(key, kind, service)}")
        body = cache_format.opened(data, cache_format.head(key, service), checked=False)
        return body.decode(errors="replace").split("\n") if body else []

    def _part(self, typed: str, verb: str, version: str | None, offset: int) -> list[Field]:
        for full_name, key in self.full_names(typed, version):
            lines = self._outline(full_name, key)
            for index, line in enumerate(lines[::2]):
                if folded(line.partition("\t")[0]) == folded(verb):
                    cells = lines[index * 2 + offset].split("\t")[1:]
                    return [Field(name, kind) for name, _, kind in (cell.partition(":") for cell in cells) if name]
        return []


def folded_service(name: str) -> str:
    """A service's name as it compares."""
    return name.replace("-", "_").lower()


def _config_directory(environ: Mapping[str, str]) -> str:
    chosen = environ.get("SPACECTL_CONFIG_DIR")
    if chosen and not chosen.startswith("~/"):
        return chosen
    base = environ.get("HOME") or environ.get("USERPROFILE") or ""
    return f"{base}/{chosen[2:] if chosen else '.spaceone'}"


def _read(path: str) -> str:
    return _content(path).decode(errors="replace")


def _content(path: str) -> bytes:
    """All of a file, nothing for one that cannot be read or never ends."""
    try:
        descriptor = os.open(path, READ)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, MAX_BYTES)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
