"""The plugin interfaces, each a table in `tables/`: its RPCs and messages, the order of the calls, and the checks.

A table that is added there is an interface that is tested, written and deployed; no code knows any of them by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from spacectl.errors import SpacectlError, UsageError
from spacectl.nearest import did_you_mean
from spacectl.yaml_io import load_any_mapping, read_text

TABLES = Path(__file__).with_name("tables")
EVERY = "every"


class Check(NamedTuple):
    """One thing that must hold: `name` is `collect.match_rules`, the settings say how it is tested."""

    name: str
    reason: str
    way_out: str
    settings: Mapping[str, Any]


class Step(NamedTuple):
    """A call in the order of the core service.

    `request` are fields with `$names` of what is known by then, `gives` what the answer adds to that, `deadline` is in
    seconds; `needs` are fields of which one must be given by the author, or the step is left out; `stream` says what a
    message of a stream is: one of the `resources`, or several `rows` in the field of that name.
    """

    name: str
    service: str
    rpc: str
    deadline: float
    request: Mapping[str, Any]
    gives: Mapping[str, str]
    needs: tuple[str, ...]
    stream: str
    rows: str
    probes: tuple[str, ...]
    wrong: str
    types: Mapping[str, Any]
    checks: tuple[Check, ...]
    every: Mapping[str, Check]


class Interface(NamedTuple):
    """A plugin interface: `services` are those of its package, by short name, each with its RPCs as written.

    `no_framework` says why spaceone-core's plugin framework cannot serve it, nothing where it can.
    """

    name: str
    package: str
    file: str
    services: Mapping[str, Mapping[str, str]]
    messages: Mapping[str, Mapping[str, str]]
    enums: Mapping[str, Sequence[str]]
    optional: tuple[str, ...]
    steps: tuple[Step, ...]
    lives: Check
    register: Mapping[str, Any]
    example: Mapping[str, Any]
    requests: Mapping[str, Any]
    no_framework: str

    @property
    def main(self) -> str:
        """The service that makes a server a plugin of this interface."""
        return next(iter(self.services))

    def full_name(self, service: str) -> str:
        """The full name of one of the services."""
        return f"{self.package}.{service}"


class Signature(NamedTuple):
    """The messages of an RPC, by the names that the table gives them; `Empty` is google.protobuf.Empty."""

    request: str
    response: str
    streaming: bool


class FieldSpec(NamedTuple):
    """A field as the table declares it: `type` is Struct, ListValue, a scalar, a message or an enum of the table."""

    type: str
    number: int
    repeated: bool


def interfaces(directory: Path = TABLES) -> list[Interface]:
    """All interfaces, by name. Raises SpacectlError for a table that cannot be used."""
    return list(_read(directory))


@lru_cache(4)
def _read(directory: Path) -> tuple[Interface, ...]:
    every = _table(TABLES / f"{EVERY}.yml")
    found = [_interface(_table(path), every) for path in sorted(directory.glob("*.yml")) if path.stem != EVERY]
    return tuple(sorted(found, key=lambda one: one.name))


def interface_named(name: str) -> Interface:
    """The interface of a name. Raises UsageError with the nearest one."""
    known = interfaces()
    for one in known:
        if one.name.lower() == name.lower():
            return one
    names = [one.name for one in known]
    raise UsageError(f"{name}: no such plugin interface{did_you_mean(name, names)}", f"there are {', '.join(names)}")


def signature(text: str) -> Signature:
    """What `InitRequest -> stream PluginInfo` says."""
    request, _, response = text.partition(" -> ")
    return Signature(request, response.removeprefix("stream "), response.startswith("stream "))


def field_spec(text: str) -> FieldSpec:
    """What `repeated string = 1` says."""
    match = re.fullmatch(r"(repeated )?([\w.]+) = (\d+)", text)
    if match is None:
        raise SpacectlError(f"{text!r} is no field of a table of an interface")
    return FieldSpec(match[2], int(match[3]), match[1] is not None)


def _table(path: Path) -> dict[str, Any]:
    return load_any_mapping(read_text(path, SpacectlError), path.name, SpacectlError)


def _interface(table: Mapping[str, Any], every: Mapping[str, Any]) -> Interface:
    try:
        return Interface(
            name=table["interface"],
            package=table["package"],
            file=table["file"],
            services=table["services"],
            messages=table["messages"],
            enums=table.get("enums", {}),
            optional=tuple(table.get("optional", ())),
            steps=tuple(_step(step, every) for step in table["steps"]),
            lives=_check("server", {**every["lives"], "name": "lives"}),
            register=table.get("register", {}),
            example=table.get("example", {}),
            requests=table.get("requests", {}),
            no_framework=table.get("no_framework", ""),
        )
    except KeyError as error:
        raise SpacectlError(f"the table of {table.get('interface', 'an interface')} lacks {error}") from None


def _step(step: Mapping[str, Any], every: Mapping[str, Any]) -> Step:
    service, _, rpc = step["rpc"].partition(".")
    name = step["name"]
    needs = step.get("needs", "")
    return Step(
        name=name,
        service=service,
        rpc=rpc,
        deadline=float(step["deadline"]),
        request=step["request"],
        gives=step.get("gives", {}),
        needs=tuple(needs.split("|")) if needs else (),
        stream=step.get("stream", ""),
        rows=step.get("rows", ""),
        probes=tuple(step.get("probes", ())),
        wrong=step.get("wrong", "secret_data"),
        types=step.get("types", {}),
        checks=tuple(_check(name, check) for check in step.get("checks", ())),
        every={kind: _check(name, {**texts, "name": kind}) for kind, texts in every.items()},
    )


def _check(step: str, table: Mapping[str, Any]) -> Check:
    return Check(f"{step}.{table['name']}", table["reason"], table["way_out"], table)
