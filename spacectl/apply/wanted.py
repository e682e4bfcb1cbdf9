"""The spec of `@modules/resource`, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from spacectl.apply.trees import plain
from spacectl.errors import Problem
from spacectl.values import Fields, Items, Node, Scalar, is_null

MODES: Mapping[str, tuple[str, ...]] = {
    "DEFAULT": ("read", "create", "update"),
    "NO_UPDATE": ("read", "create"),
    "READ_ONLY": ("read",),
    "EXEC": ("exec",),
}
DEFAULT_VERBS: Mapping[str, str] = {"read": "list", "create": "create", "update": "update"}


class Wanted(NamedTuple):
    """The spec of a task, read. `verbs` are those of its mode; one that is left out is not called."""

    resource: str
    mode: str
    verbs: Mapping[str, str]
    matches: tuple[str, ...]
    data: Fields
    page_size: int | None = None

    @property
    def matched(self) -> Fields:
        """The fields by which the resource is read."""
        return self.data._replace(entries={k: e for k, e in self.data.entries.items() if k in self.matches})


def read_spec(spec: Fields) -> tuple[Wanted, list[Problem]]:
    """What a spec asks for, and what is wrong with it."""
    problems: list[Problem] = []

    def value(key: str) -> Node | None:
        entry = spec.entries.get(key)
        return None if entry is None or is_null(entry.value) else entry.value

    def complain(node: Node, message: str) -> None:
        problems.append(Problem(str(node.where), "", message))

    resource = value("resource_type")
    if not isinstance(resource, Scalar):
        complain(resource or spec, "resource_type is due: SERVICE.RESOURCE, as in identity.Domain")
    data = value("data")
    if data is not None and not isinstance(data, Fields):
        complain(data, "data: a mapping of the fields is due")
    mode_node = value("mode")
    mode = mode_node.text if isinstance(mode_node, Scalar) else "DEFAULT"
    if mode not in MODES and mode_node is not None:
        complain(mode_node, f"there is no mode {mode}; there is {', '.join(MODES)}")
    verbs = _verbs(spec, MODES.get(mode, ()), mode, complain)
    fields = data if isinstance(data, Fields) else Fields({}, spec.where)
    matches = _matches(value("matches"), fields, complain)
    if "read" in verbs and not matches and mode in ("DEFAULT", "NO_UPDATE"):
        complain(spec, "matches is due: the fields of data by which the resource is found; or `verb: {read: }`")
    pagination = value("pagination")
    size = plain(pagination).get("size", 1000) if isinstance(pagination, Fields) else None
    name = resource.text if isinstance(resource, Scalar) else ""
    return Wanted(name, mode, verbs, matches, fields, size if isinstance(size, int) else None), problems


def _verbs(spec: Fields, due: Sequence[str], mode: str, complain: Any) -> dict[str, str]:
    verbs = {kind: DEFAULT_VERBS[kind] for kind in due if kind in DEFAULT_VERBS}
    entry = spec.entries.get("verb")
    if entry is not None and isinstance(entry.value, Fields):
        for kind, given in entry.value.entries.items():
            if kind in due and is_null(given.value):
                verbs.pop(kind, None)
            elif kind in due and isinstance(given.value, Scalar):
                verbs[kind] = given.value.text
            elif not is_null(given.value):
                complain(given.value, f"mode {mode} calls no {kind}: it has {', '.join(due)}")
    elif entry is not None and not is_null(entry.value):
        complain(entry.value, "verb: a mapping is due, as in `create: register`")
    if mode == "EXEC" and "exec" not in verbs:
        complain(spec, "mode EXEC needs to know what to call: `verb: {exec: VERB}`")
    return verbs


def _matches(node: Node | None, data: Fields, complain: Any) -> tuple[str, ...]:
    if node is None:
        return ()
    names = node.items if isinstance(node, Items) else (node,)
    found = []
    for name in names:
        if not isinstance(name, Scalar):
            complain(name, "matches: names of fields are due")
        elif name.text not in data.entries:
            complain(name, f"matches: {name.text} is not in data")
        else:
            found.append(name.text)
    return tuple(found)
