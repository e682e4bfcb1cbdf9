"""The register file of a plugin and the running server: whether they agree, before anything is registered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from spacectl.errors import SpacectlError
from spacectl.nearest import did_you_mean
from spacectl.plugin.interfaces import TABLES, Check, Interface, interfaces
from spacectl.plugin.results import Event, Offence, Result, cut
from spacectl.plugin.runner import step_events
from spacectl.plugin.shapes import json_schema_problem, shape
from spacectl.plugin.world import value_at
from spacectl.yaml_io import load_any_mapping, read_text

if TYPE_CHECKING:
    from spacectl.plugin.world import World

TABLE = TABLES / "deploy" / "register.yml"
MOST_OF_NAME = 40
REQUIRED = ("name", "image")


def table() -> dict[str, Any]:
    """What a register file may have, and the texts of its checks."""
    return load_any_mapping(read_text(TABLE, SpacectlError), TABLE.name, SpacectlError)


def file_results(register: Mapping[str, Any]) -> Iterator[Result]:
    """The checks that need no server."""
    known = table()
    checks = {name: Check(f"register.{name}", **texts, settings={}) for name, texts in known["checks"].items()}
    problems = list(_file_problems(register, known["fields"]))
    yield _result(checks["file"], problems, f"{len(register)} fields")
    name = interface_name(register)
    interface = interface_of(register)
    if interface is None:
        names = [one.name for one in interfaces()]
        words = f"{name!r} is no plugin interface{did_you_mean(name, names)}" if name else "it is missing"
        yield _result(checks["service_type"], [("service_type", words)], "")
    else:
        yield _result(checks["service_type"], [], interface.name)
    yield _result(checks["image"], list(_image_problems(register)), str(register.get("image", "")))
    if interface is None:
        yield Result(checks["capability"], "skipped", "register.service_type failed")
        return
    if interface.register.get("needs_provider"):
        provider = register.get("provider")
        missing = [] if isinstance(provider, str) and provider else [("provider", "it is missing")]
        yield _result(checks["provider"], missing, str(provider))
    yield _result(checks["capability"], list(_capability_problems(register, interface)), "")


def server_results(register: Mapping[str, Any], world: World, served: list[str]) -> Iterator[Event]:
    """The checks of the running server against the file; `served` are the full names of its services."""
    checks = {name: Check(f"server.{name}", **texts, settings={}) for name, texts in table()["checks"].items()}
    interface = world.interface
    wanted = interface.full_name(interface.main)
    if wanted not in served:
        others = ", ".join(one.name for one in interfaces() if one.full_name(one.main) in served)
        words = f"the server at {world.target.address} has no {wanted}" + (f"; it serves {others}" if others else "")
        yield _result(checks["interface"], [("service_type", words)], "")
        yield Result(checks["agrees"], "skipped", "server.interface failed")
        return
    yield _result(checks["interface"], [], wanted)
    failed = False
    for event in step_events(world, interface.steps[0]):
        failed = failed or (
            isinstance(event, Result)
            and event.check.name in ("init.rpc", "init.answers", "init.deadline")
            and event.state == "failed"
        )
        yield event
    if failed:
        yield Result(checks["agrees"], "skipped", "init failed")
        return
    problems = list(_disagreements(register, interface, world.known["metadata"], served))
    yield _result(checks["agrees"], problems, "capability and metadata say the same")


def interface_name(register: Mapping[str, Any]) -> str:
    """The interface that a register file names, under either of its two names."""
    found = register.get("service_type") or register.get("resource_type")
    return found if isinstance(found, str) else ""


def interface_of(register: Mapping[str, Any]) -> Interface | None:
    """The interface that a register file names, None where there is none."""
    name = interface_name(register)
    return next((one for one in interfaces() if one.name == name), None)


def _file_problems(register: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in REQUIRED:
        if register.get(name) in (None, ""):
            yield name, "it is missing"
    for name, value in register.items():
        if name not in fields:
            yield name, f"unknown field{did_you_mean(name, fields)}"
        elif value not in (None, ""):
            problem = shape(fields[name])(value)
            if problem:
                yield name, problem
    schema = value_at(dict(register), "template.options.schema")
    problem = None if schema is None else json_schema_problem(schema)
    if problem:
        yield "template.options.schema", problem


def _image_problems(register: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    image = register.get("image")
    if not isinstance(image, str) or not image:
        return
    path, at, digest = image.partition("@")
    folder, slash, name = path.rpartition("/")
    if at:
        yield "image", f"a digest has no place in it: {digest[:20]}…"
    tagged, colon, tag = name.partition(":")
    if colon:
        yield "image", f"a tag has no place in it: {tag}; the version is chosen when the plugin is installed"
    if path != path.lower():
        yield "image", f"{path} is no name of an image: registries take small letters only"
    if not slash or not folder:
        yield "image", f"{image} has no repository before the name, as in example/{tagged}"
    if not tagged or not re.fullmatch(r"[A-Za-z0-9-]+", tagged):
        yield "image", f"the name {tagged!r} may have letters, digits and dashes only"
    if len(tagged) > MOST_OF_NAME:
        yield "image", f"the name {tagged} has {len(tagged)} characters, and {MOST_OF_NAME} are allowed"
    if folder and not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*", folder):
        yield "image", f"{folder} is no repository"


def _capability_problems(register: Mapping[str, Any], interface: Interface) -> Iterator[tuple[str, str]]:
    capability = register.get("capability")
    if capability is not None and not isinstance(capability, Mapping):
        return
    given = capability or {}
    for name in interface.register.get("required_capability", ()):
        if name not in given:
            yield f"capability.{name}", f"{interface.name} needs it"
    for name, schema in interface.register.get("capability", {}).items():
        if name in given:
            problem = shape(schema)(given[name])
            if problem:
                yield f"capability.{name}", problem


def _disagreements(
    register: Mapping[str, Any], interface: Interface, metadata: Any, served: list[str]
) -> Iterator[tuple[str, str]]:
    capability = register.get("capability") or {}
    if not isinstance(capability, Mapping) or not isinstance(metadata, Mapping):
        return
    for name, value in capability.items():
        if name in metadata and metadata[name] != value:
            words = f"the register file says {_short(value)}, and the metadata of init {_short(metadata[name])}"
            yield f"capability.{name}", words
    for name, services in interface.register.get("serves", {}).items():
        service = services.get(capability.get(name))
        if service is not None and interface.full_name(service) not in served:
            yield f"capability.{name}", f"it is {capability[name]}, and the server has no {service}"
    provider, providers = register.get("provider"), metadata.get("supported_providers")
    if isinstance(provider, str) and isinstance(providers, list) and providers and provider not in providers:
        yield "provider", f"it is {provider}, and supported_providers of init has {_short(providers)}"


def _short(value: Any) -> str:
    return str(cut(value, 1))


def _result(check: Check, problems: list[tuple[str, str]], good: str) -> Result:
    if not problems:
        return Result(check, "passed", good)
    offences = tuple(Offence(where, words) for where, words in problems)
    where, words = problems[0]
    return Result(check, "failed", f"{where}: {words}", offences if len(offences) > 1 else (), len(offences))
