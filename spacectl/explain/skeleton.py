"""Print a request template as YAML.

What must be written is a placeholder `!fill TYPE`: a tag that no input may have, so that nothing is sent by mistake
while one is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spacectl.explain.expand import Branch, expand
from spacectl.explain.shape import Method, summary

TAG = "!fill"
INDENT = "  "
FORMS: Mapping[str, str] = {
    "bytes": "base64",
    "bool": "true|false",
    "timestamp": "2026-01-31T09:30:00Z",
    "duration": "1.5s",
    "field names": "name,tags.icon",
    "any message": "mapping with @type",
}


def skeleton(title: str, method: Method, *, every: bool) -> str:
    """The YAML text of a method's request; `title` names the verb and resource, as in `register repository.Plugin`.

    Required fields come first; optional ones are commented out, unless `every`. Where nobody says which are required,
    all of the request's own fields are placeholders.
    """
    request = method.request
    branches = expand(method.messages, request.name, "the request", repeats=False)
    lines = [f"# spacectl exec {title} -f FILE", *_commented(method.verb.prose)]
    if method.verb.client_streaming:
        lines.append("# A stream of requests: further ones follow in documents of their own, after a line `---`.")
    lines += [f"# {line}".rstrip() for line in ("Example:", *request.example.splitlines()) if request.example]
    fields = _chosen(branches, every, top=True)
    active = [branch for branch, is_active in fields if is_active]
    passive = [branch for branch, is_active in fields if not is_active]
    known = any(branch.field.required is not None for branch in branches)
    if active:
        rule = "" if known else " or take the line out: which ones are required is not known here"
        lines += ["#", f"# Write a value for each {TAG}{rule}."]
        for branch in active:
            lines += _field(branch, "", every)
    if passive:
        lines += ["#" if not active else "", "# Optional; take away the # before those that you need:"]
        for branch in passive:
            lines += _hidden(_shown(branch, ""))
    if not active:
        lines += ["{}"] if not passive else []
    return "\n".join(lines) + "\n"


def _commented(prose: str) -> list[str]:
    return [f"# {line}" for line in prose.splitlines()]


def _chosen(branches: Sequence[Branch], every: bool, *, top: bool) -> list[tuple[Branch, bool]]:
    """The fields, required ones first, each with whether it is to be filled in or only shown."""
    taken: set[str] = set()
    chosen = []
    for branch in branches:
        field = branch.field
        active = every or field.required is True or (top and field.required is None)
        if field.deprecated and not field.required:
            active = False
        if field.oneof:
            # only one of a oneof may be given
            active = active and field.oneof not in taken
            taken.update([field.oneof] if active else [])
        chosen.append((branch, active))
    return sorted(chosen, key=lambda pair: (not pair[1], pair[0].field.required is not True))


def _field(branch: Branch, margin: str, every: bool) -> list[str]:
    """The lines of a field that is to be filled in; what is optional in it is commented out."""
    if not branch.children:
        return _leaf(branch, margin)
    chosen = _chosen(branch.children, every, top=False)
    if any(active for _, active in chosen):
        return [f"{margin}{_key(branch)}:{_comment(branch)}", *_below(branch, margin, chosen, every)]
    # nothing in it must be given: the whole is one placeholder, which is filled by taking away the # below it
    return [
        f"{margin}{_key(branch)}: {TAG}{_comment(branch)}",
        *_hidden(_shown(branch, margin)[1:]),
    ]


def _shown(branch: Branch, margin: str) -> list[str]:
    """The lines of a field that is only shown, with all that is below it."""
    if not branch.children:
        return _leaf(branch, margin)
    chosen = [(child, True) for child, _ in _chosen(branch.children, False, top=False)]
    return [f"{margin}{_key(branch)}:{_comment(branch)}", *_below(branch, margin, chosen, None)]


def _below(branch: Branch, margin: str, chosen: Sequence[tuple[Branch, bool]], every: bool | None) -> list[str]:
    """The lines of the fields below a field; `every` is None where they are only shown."""
    label = branch.field.label
    inner = margin + INDENT * (1 if label == "single" else 2)
    lines: list[str] = []
    for child, active in chosen:
        if every is None:
            lines += _shown(child, inner)
        else:
            lines += _field(child, inner, every) if active else _hidden(_shown(child, inner))
    if label == "list":
        lines[0] = f"{inner[:-2]}- {lines[0][len(inner) :]}"
    return [f"{margin}{INDENT}{TAG} {branch.field.key}:", *lines] if label == "map" else lines


def _hidden(lines: Sequence[str]) -> list[str]:
    return [f"#{line}" for line in lines]


def _leaf(branch: Branch, margin: str) -> list[str]:
    field, key = branch.field, _key(branch)
    words = field.choices if field.enum else FORMS.get(field.item, field.item)
    if branch.cut and branch.cut != branch.path:
        words = f"{field.item} as in {branch.cut}"
    comment = _comment(branch, typed=field.label != "single")
    match field.label:
        case "list":
            return [f"{margin}{key}:{comment}", f"{margin}{INDENT}- {TAG} {words}"]
        case "map":
            return [f"{margin}{key}:{comment}", f"{margin}{INDENT}{TAG} {field.key}: {TAG} {words}"]
    return [f"{margin}{key}: {TAG} {words}{comment}"]


def _key(branch: Branch) -> str:
    name = branch.field.name
    return f'"{name}"' if name.startswith("[") else name


def _comment(branch: Branch, *, typed: bool = True) -> str:
    field = branch.field
    notes = [
        field.type if typed else "",
        f"oneof {field.oneof}" if field.oneof else "",
        f"default {field.default}" if field.default else "",
        "deprecated" if field.deprecated else "",
        summary(field.prose),
    ]
    said = "; ".join(note for note in notes if note)
    return f"  # {said}" if said else ""
