"""The layouts in the metadata of resources: whether the data has what their root_path and keys name.

A path counts as there when one resource of all that carry the layout has it: empty fields are left out on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spacectl.plugin.resources import Show
from spacectl.plugin.results import Offences, Result
from spacectl.plugin.rows import Row, brief
from spacectl.plugin.shapes import kind_of

if TYPE_CHECKING:
    from spacectl.plugin.interfaces import Check

MOST_LAYOUTS = 2_000


@dataclass
class Path:
    """A path that a layout names, until it is found: `root` is empty where `key` counts from the resource.

    `problem` is what keeps it from being looked for.
    """

    layout: str
    root: str
    key: str
    judged: bool = False
    found: bool = False
    problem: str = ""


@dataclass
class Layout:
    """The paths of one metadata, and the first resource that carries it."""

    position: int
    part: Mapping[str, Any]
    paths: list[Path]


class LayoutCheck:
    """Every root_path and key of a layout is in the data of some resource that the layout is for."""

    def __init__(self, check: Check, show: Show) -> None:
        self._check = check
        self._show = show
        self._of_the_server = frozenset(check.settings["of_the_server"])
        self._own: dict[int, Layout] = {}
        self._of_types: dict[tuple[Any, ...], Layout] = {}
        self._too_many = False

    def see(self, row: Row) -> bool:
        """Looks for the paths that are still missing: of rows that are alike each may have another one."""
        self._look(row)
        return False

    def _look(self, row: Row) -> None:
        if row.state != "SUCCESS":
            return
        if row.kind == "inventory.CloudServiceType":
            layout = self._read(row, 0)
            if layout is not None and layout.paths:
                self._of_types[self._type(row, ("provider", "group", "name"))] = layout
            return
        if row.kind != "inventory.CloudService":
            return
        own = self._own_layout(row)
        if not self._of_types and (own is None or not own.paths):
            return
        # data that is missing, or of another shape, is another check's to say
        if row.item.kind("resource", "data") != "mapping":
            return
        if own is not None and own.paths:
            own.paths = [path for path in own.paths if not self._looked_for(path, row)]
        if self._of_types:
            key = self._type(row, ("provider", "cloud_service_group", "cloud_service_type"))
            shared = self._of_types.get(key)
            if shared is not None and shared.paths:
                shared.paths = [path for path in shared.paths if not self._looked_for(path, row)]

    def result(self, total: int) -> Result:
        """The paths that no resource had."""
        offences = Offences(self._check)
        count = len(self._own) + len(self._of_types)
        for layout in (*self._own.values(), *self._of_types.values()):
            for path in layout.paths:
                if path.problem:
                    words = f"the layout {path.layout!r}: {path.problem}"
                elif path.judged and not path.found:
                    what = f"key {path.key} under root_path {path.root}" if path.root and path.key else path.key
                    named = what or f"root_path {path.root}"
                    words = f"the layout {path.layout!r} names {named}, which no resource has"
                else:
                    continue
                offences.add(
                    f"resource {layout.position:,}",
                    words,
                    lambda layout=layout: layout.part,  # type: ignore[misc]
                    lambda layout=layout: self._show(layout.position),  # type: ignore[misc]
                )
        beyond = ", and more that were not looked at" if self._too_many else ""
        return offences.result(f"{count:,} layouts{beyond}" if count else "no layouts", f"{offences.count:,} paths")

    def _own_layout(self, row: Row) -> Layout | None:
        digest = row.item.fingerprint("resource", "metadata") or row.item.fingerprint("resource", "json_metadata")
        if digest is None:
            return None
        found = self._own.get(digest)
        if found is None:
            if len(self._own) >= MOST_LAYOUTS:
                self._too_many = True
                return None
            found = self._read(row, digest)
            if found is None:
                return None
            self._own[digest] = found
        return found

    def _looked_for(self, path: Path, row: Row) -> bool:
        """Whether a path is done with: found in this resource. What is empty can neither be found nor be missed."""
        if path.problem:
            return False
        if not path.root:
            first = path.key.partition(".")[0]
            if first in self._of_the_server:
                return True
            path.judged = True
            path.found = _within(row.value(first), path.key.partition(".")[2])
            return path.found
        root = _plain_at(row, path.root)
        if root is None:
            path.judged = True
            return False
        if not path.key:
            path.found = True
            return True
        if root in ([], {}):
            return False
        path.judged = True
        path.found = _within(root, path.key)
        return path.found

    @staticmethod
    def _read(row: Row, digest: int) -> Layout | None:
        metadata = row.value("metadata")
        if metadata is None:
            text = row.value("json_metadata")
            try:
                metadata = json.loads(text) if isinstance(text, str) else None
            except ValueError:
                metadata = None
        return Layout(row.position, brief(row), list(paths_of(metadata))) if isinstance(metadata, dict) else None

    @staticmethod
    def _type(row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(str(row.value(name)) for name in names)


def paths_of(value: Any, name: str = "", root: str = "") -> Iterator[Path]:
    """The paths that a metadata names: `{name, type, options: {root_path, fields: [{key}]}}`, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from paths_of(item, name, root)
        return
    if not isinstance(value, dict):
        return
    options = value.get("options")
    if isinstance(options, dict) and ("fields" in options or "root_path" in options or "layouts" in options):
        own_name = value.get("name") or name or str(value.get("type", ""))
        own_root = options.get("root_path") or ""
        inner_root = ".".join(part for part in (root, own_root) if part and isinstance(part, str))
        fields = options.get("fields") or []
        problem = _shape_problem(own_root, fields)
        if problem:
            yield Path(str(own_name), "", "", problem=problem)
            return
        keys = [field.get("key") for field in fields]
        wanted = [key for key in keys if isinstance(key, str) and key]
        if inner_root and not wanted:
            yield Path(str(own_name), inner_root, "")
        for key in wanted:
            yield Path(str(own_name), inner_root, key)
        yield from paths_of(options.get("layouts"), str(own_name), inner_root)
        return
    for key, item in value.items():
        if key != "query_sets":
            yield from paths_of(item, name, root)


def _shape_problem(root_path: Any, fields: Any) -> str:
    if not isinstance(root_path, str):
        return f"its root_path is {kind_of(root_path)}, and a text is due"
    if not isinstance(fields, list):
        return f"its fields are {kind_of(fields)}, and a list is due"
    wrong = next((field for field in fields if not isinstance(field, dict)), None)
    return "" if wrong is None else f"one of its fields is {kind_of(wrong)}, and a mapping with key and name is due"


def _plain_at(row: Row, path: str) -> Any:
    first, _, rest = path.partition(".")
    value = row.value(first)
    if not rest or value is None:
        return value
    found = list(_all_at(value, rest.split(".")))
    return found[0] if found else None


def _within(value: Any, path: str) -> bool:
    """Whether a path leads to something, through mappings, list positions and all items of lists."""
    if not path:
        return value is not None
    return next(_all_at(value, path.split(".")), None) is not None


def _all_at(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        if value is not None:
            yield value
        return
    if isinstance(value, list):
        if path[0].isdecimal():
            if int(path[0]) < len(value):
                yield from _all_at(value[int(path[0])], path[1:])
            return
        for item in value:
            yield from _all_at(item, path)
    elif isinstance(value, dict):
        joined = ".".join(path)
        if joined in value:
            yield value[joined]
        elif path[0] in value:
            inner = value[path[0]]
            yield from _all_at(inner, path[1:])
