"""What `explain` shows: sections of lines, the same for a terminal and for a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spacectl.explain.expand import Branch, expand, expand_field
from spacectl.explain.shape import WELL_KNOWN, Field, Message, Method, Resource, Verb, summary


@dataclass(frozen=True)
class Line:
    """One line: a name, its type, and what is said of it; `path` is the name as it is found in a pipe."""

    name: str
    path: str
    type: str = ""
    text: str = ""
    required: bool = False
    children: Sequence[Line] = ()


@dataclass(frozen=True)
class Section:
    """A titled list of lines; `words` stand beside the title, `prose` and `example` below it."""

    title: str
    words: str
    lines: Sequence[Line]
    prose: str = ""
    example: str = ""


@dataclass(frozen=True)
class View:
    """All that is shown of one thing. `facts` are short lines under the title; `hint` is for people alone."""

    title: str
    words: str
    prose: str
    facts: Sequence[str]
    sections: Sequence[Section]
    hint: str = ""


def service_view(service: str, resources: Sequence[Resource]) -> View:
    """The resources of a service, each with its verbs."""
    lines = []
    for resource in resources:
        names = ", ".join(verb.name for verb in resource.verbs) or "(the server does not describe it)"
        said = summary(resource.prose)
        name = resource.name.rpartition(".")[2]
        lines.append(Line(name, f"{service}.{name}", resource.name, f"{said} Verbs: {names}" if said else names))
    hint = f"`spacectl explain {service}.RESOURCE` shows one of them"
    return View(service, "", "", (), (Section("resources", "", lines),), hint)


def resource_view(title: str, resources: Sequence[Resource]) -> View:
    """The verbs of a resource, of all its versions; the first version that has a verb is the one that is called."""
    seen: set[str] = set()
    sections = []
    for resource in resources:
        lines = []
        for verb in resource.verbs:
            older = " (of an older version: -v)" if verb.name in seen else ""
            notes = [verb.kind, "deprecated" if verb.deprecated else "", summary(verb.prose)]
            lines.append(Line(verb.name, verb.name, _signature(verb), "; ".join(n for n in notes if n) + older))
        seen |= {verb.name for verb in resource.verbs}
        sections.append(Section("verbs", resource.name, lines))
    prose = next((resource.prose for resource in resources if resource.prose), "")
    return View(title, "", prose, (), sections, f"`spacectl explain {title}.VERB` shows one of them")


def method_view(title: str, method: Method, *, brief: bool) -> View:
    """The request and the response of a verb; `brief` for names and types alone."""
    verb = method.verb
    sections = tuple(
        _message_section(method, message, side, stream, brief)
        for message, side, stream in (
            (method.request, "request", verb.client_streaming),
            (method.response, "response", verb.server_streaming),
        )
    )
    facts = [f"calls /{verb.service}/{verb.name}"] + (["deprecated"] if verb.deprecated else [])
    return View(title, verb.kind, verb.prose, facts, sections)


def field_view(title: str, method: Method, side: str, field: Field, path: str, *, brief: bool) -> View:
    """One field of a request or response, its values or what is below it."""
    branch = expand_field(method.messages, field, path)
    facts = [f"field {field.number} of the {side}"]
    facts += [note for note in _notes(branch, side, choices=False) if note]
    if field.required is not None and side == "request":
        facts.insert(0, "required" if field.required else "optional")
    sections = []
    if field.enum:
        lines = [Line(v.name, v.name, str(v.number), v.prose.replace("\n", " ")) for v in field.enum]
        sections.append(Section("values", "", lines))
    if field.message:
        message = method.messages[field.message]
        lines = [_line(child, side, brief) for child in branch.children]
        sections.append(Section("fields", message.words, lines, message.prose, message.example))
    if field.example:
        sections.append(Section("example", "", (), "", field.example))
    return View(title, field.type, field.prose, facts, sections)


def _message_section(method: Method, message: Message, side: str, stream: bool, brief: bool) -> Section:
    branches = expand(method.messages, message.name, f"the {side}")
    words = f"stream of {message.words}" if stream else message.words
    lines = [_line(branch, side, brief) for branch in branches]
    return Section(side, words, lines, "" if brief else message.prose, "" if brief else message.example)


def _line(branch: Branch, side: str, brief: bool) -> Line:
    field = branch.field
    asked = side == "request"
    text = "; ".join(note for note in _notes(branch, side, choices=not brief) if note)
    if not brief and field.prose:
        prose = field.prose.replace("\n", " ")
        text = f"{text}. {prose}" if text else prose
    required = asked and field.required is True
    return Line(
        field.name,
        branch.path,
        field.type + (", required" if required else ", optional" if asked and field.required is False else ""),
        text,
        required,
        tuple(_line(child, side, brief) for child in branch.children),
    )


def _notes(branch: Branch, side: str, *, choices: bool) -> list[str]:
    field = branch.field
    cut = ""
    if branch.cut == branch.path:
        cut = "goes deeper: explain this field by its path"
    elif branch.cut:
        cut = f"again the fields of {branch.cut}" + (", and so on" if branch.recursive else "")
    return [
        f"one of {field.choices}" if choices and field.enum else "",
        f"oneof {field.oneof}" if field.oneof else "",
        f"default {field.default}" if field.default and side == "request" else "",
        "deprecated" if field.deprecated else "",
        cut,
    ]


def _signature(verb: Verb) -> str:
    return f"{_short(verb.request)} -> {_short(verb.response)}"


def _short(full_name: str) -> str:
    return WELL_KNOWN.get(full_name, full_name.rpartition(".")[2])
