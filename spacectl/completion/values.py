"""What values may be: resources, verbs, fields of a request, columns of an answer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from spacectl.completion.known import Field, Known

SETTINGS = ("api_key", "token", "x_domain_id", "x_workspace_id")
OPEN_ENDS = ("=", ".", "/")


class Candidate(NamedTuple):
    """A word, and what is said of it where the shell shows that."""

    text: str
    help: str = ""

    @property
    def is_open(self) -> bool:
        """Whether more is to be typed right after it, without a space."""
        return self.text.endswith(OPEN_ENDS)


class Target(NamedTuple):
    """What a line calls, as far as it is typed."""

    resource: str
    verb: str | None
    version: str | None


def verbs(known: Known) -> Iterator[Candidate]:
    """The verbs of all resources."""
    found = {verb for _, full_name, key in known.resources() for verb in known.verbs(full_name, key)}
    yield from map(Candidate, sorted(found))


def resources(known: Known, verb: str | None) -> Iterator[Candidate]:
    """The resources that have a verb (all for None), with their short names; services of which none is known."""
    with_resources = set()
    for resource, full_name, key in known.resources():
        with_resources.add(resource.partition(".")[0])
        has = known.verbs(full_name, key) if verb is not None else []
        # a resource whose verbs are not kept may have this one
        if verb is not None and has and _folded(verb) not in map(_folded, has):
            continue
        yield Candidate(resource, full_name)
        for short in known.short_names(resource):
            yield Candidate(short, resource)
    for service in known.services():
        if service not in with_resources:
            yield Candidate(f"{service}.")


def explained(known: Known, current: str, version: str | None) -> Iterator[Candidate]:
    """What can be explained: services, resources, `RESOURCE.verb`, `RESOURCE.verb.field`."""
    yield from map(Candidate, known.services())
    for resource, full_name, key in known.resources():
        yield Candidate(resource, full_name)
        if not current.startswith(f"{resource}."):
            continue
        for verb in known.verbs(full_name, key):
            path = f"{resource}.{verb}"
            yield Candidate(path)
            if current.startswith(f"{path}."):
                fields = known.fields(resource, verb, version)
                for field in _level(fields, current[len(path) + 1 :]):
                    yield Candidate(f"{path}.{field.name}", _kind_text(field.kind))


def parameters(known: Known, target: Target, current: str, given: Sequence[str]) -> Iterator[Candidate]:
    """The fields of a request as `name=`, or the values of one after its `=`."""
    fields = known.fields(target.resource, target.verb or "", target.version)
    key, equals, value = current.partition("=")
    if not equals:
        once = {one.partition("=")[0] for one in given}
        for field in _level(fields, key):
            if field.name not in once or field.kind.endswith("[]"):
                yield Candidate(f"{field.name}=", _kind_text(field.kind))
            if any(inner.name.startswith(f"{field.name}.") for inner in fields):
                yield Candidate(f"{field.name}.", _kind_text(field.kind))
        return
    if value.startswith("@"):
        yield from (Candidate(f"{key}=@{path}") for path in _paths(value[1:]))
        return
    kind = next((field.kind for field in fields if field.name == key.rstrip(": ")), "").removesuffix("[]")
    options = kind[1:].split("|") if kind.startswith("=") else ("true", "false") if kind == "bool" else ()
    for option in options:
        # enum names may be typed in either case
        typed = option.lower() if value and value.islower() else option
        yield Candidate(f"{key}={typed}")


def columns(known: Known, target: Target, current: str, *, sort: bool) -> Iterator[Candidate]:
    """The columns of a list, after those before the last comma; with `-` before it the other way round."""
    before, comma, last = current.rpartition(",")
    minus = "-" if sort and last.startswith("-") else ""
    used = {one.partition("|")[0].lstrip("-") for one in before.split(",")}
    for field in _level(known.columns(target.resource, target.verb or "", target.version), last[len(minus) :]):
        if field.name not in used:
            yield Candidate(f"{before}{comma}{minus}{field.name}", _kind_text(field.kind))


def _level(fields: Iterable[Field], typed: str) -> Iterator[Field]:
    """The fields as deep as the dots that are typed."""
    return (field for field in fields if field.name.count(".") == typed.count("."))


def _kind_text(kind: str) -> str:
    return kind.removeprefix("=").replace("|", ", ")


def _paths(typed: str) -> Iterator[str]:
    folder, slash, start = typed.rpartition("/")
    with suppress(OSError):
        for entry in os.scandir(folder + slash or "."):
            if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith(".")):
                yield folder + slash + entry.name + ("/" if entry.is_dir() else "")


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
