"""What a package's source files import and keep at module level, read with `ast` and without importing them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MUTATORS = frozenset(
    (
        "append",
        "extend",
        "insert",
        "add",
        "update",
        "setdefault",
        "pop",
        "popitem",
        "remove",
        "discard",
        "clear",
        "sort",
    )
)
When = Literal["module", "function", "typing"]


@dataclass(frozen=True)
class Import:
    """One import: who imports what, where it stands, and when it runs."""

    importer: str
    target: str  # a module's full name
    line: int
    when: When

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def read_sources(package: Path) -> dict[str, str]:
    """The source text of every module of the package, by full name; `__init__.py` under its package's name."""
    return {
        ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
        for path in package.rglob("*.py")
    }


def imports(sources: Mapping[str, str]) -> list[Import]:
    """Every import in the sources; `from package import name` counts as one of package.name where that is a module."""
    return [found for name, source in sources.items() for found in _imports_of(name, source, sources)]


def _imports_of(importer: str, source: str, modules: Mapping[str, str]) -> Iterator[Import]:
    def visit(node: ast.AST, when: When) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, node.lineno, when)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                # of other packages it cannot be told what is a module: importlib.metadata, google.protobuf.json_format
                known = full in modules or not base.startswith(importer.partition(".")[0])
                yield Import(importer, full if known else base, node.lineno, when)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                yield from visit(child, "typing")
            for child in node.orelse:
                yield from visit(child, when)
        else:
            inner = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for child in ast.iter_child_nodes(node):
                yield from visit(child, "function" if inner and when == "module" else when)

    return visit(ast.parse(source), "module")


def import_cycle(found: list[Import]) -> list[str]:
    """The names along one cycle of imports that run, at module level or inside functions, or nothing."""
    edges: dict[str, list[str]] = {}
    for one in found:
        if one.when != "typing" and one.target != one.importer:
            edges.setdefault(one.importer, []).append(one.target)
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in edges.get(name, []):
            if cycle := walk(target, [*path, name]):
                return cycle
        done.add(name)
        return []

    return next((cycle for name in sorted(edges) if (cycle := walk(name, []))), [])


def module_state(name: str, source: str) -> list[str]:
    """Where a module changes what it keeps at module level: `global`, or a list, dict or set that is mutated."""
    tree = ast.parse(source)
    kept = {
        target.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_mutable(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return [f"{name}:{node.lineno} changes {what}" for node, what in _changes(tree) if what == "global" or what in kept]


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        made = ast.unparse(value.func).rpartition(".")[2]
        return made in ("list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque")
    return isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))


def _changes(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Global():
                yield node, "global"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)) if attribute in MUTATORS:
                yield node, name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield node, name
            case ast.AugAssign(target=ast.Name(id=name)):
                yield node, name
