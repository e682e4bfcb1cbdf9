"""The jinja2 that expressions are compiled with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from spacectl.apply.filters import FILTERS, GLOBALS, TESTS, as_text
from spacectl.apply.kinds import Loop, NotYetKnownError, Unknown
from spacectl.nearest import nearest

OPEN, CLOSE = "${{", "}}"
OWN = "own_task"
ROOTS = ("var", "env", "tasks", "self", "item")


class Reference(NamedTuple):
    """A name that an expression uses: `tasks.ID.output` is ("tasks", "ID", "output")."""

    path: tuple[str, ...]


def renamed(tree: Any) -> Any:
    """The tree with another name for `self`, which jinja2 keeps for itself."""
    from jinja2 import nodes

    for node in tree.find_all(nodes.Name):
        if node.name == "self":
            node.name = OWN
    return tree


def references_of(tree: Any) -> tuple[Reference, ...]:
    """The paths of constant names that begin at one of the roots."""
    from jinja2 import meta, nodes

    free = meta.find_undeclared_variables(tree)
    found = [Reference((name,)) for name in sorted(free - set(ROOTS)) if name not in expressions_environment().globals]
    inside = set()
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        path: list[str] = []
        at: Any = node
        while isinstance(at, (nodes.Getattr, nodes.Getitem)):
            key = at.attr if isinstance(at, nodes.Getattr) else getattr(at.arg, "value", None)
            path = [str(key), *path] if key is not None and not isinstance(key, int) else []
            if at is not node:
                inside.add(id(at))
            at = at.node
        if isinstance(at, nodes.Name) and at.name in ROOTS and id(node) not in inside and path:
            found.append(Reference((at.name, *path)))
    return tuple(found)


@lru_cache(1)
def expressions_environment() -> Any:
    """The one jinja2 environment: sandboxed, strict about names, without statements of its own."""
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    class Strict(jinja2.StrictUndefined):
        """A name that is not there, with what there is instead."""

        __slots__ = ()

        @property
        def _undefined_message(self) -> str:
            name, holder = str(self._undefined_name), self._undefined_obj
            if not isinstance(holder, Mapping):
                known = list(ROOTS) if holder is jinja2.utils.missing else []
                words = f"there is no {name}" if known else f"there is no {name} in it"
            else:
                known = [str(key) for key in holder]
                words = f"there is no {name}" + ("" if known else " (nothing is there)")
            near = nearest(name, known)
            if near:
                return f"{words}; did you mean {' or '.join(near)}?"
            return words + (f"; there is {', '.join(known[:12])}" if known else "")

    class Environment(SandboxedEnvironment):
        """Keys of mappings go before the methods of Python's dict; nothing of an Unknown can be had."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            if isinstance(obj, Unknown):
                raise NotYetKnownError
            if isinstance(obj, Loop) and argument in ("output", "spec", "state"):
                return [result[argument] for result in obj]
            if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
                return obj[argument]
            return super().getitem(obj, argument)

    environment = Environment(
        undefined=Strict, variable_start_string=OPEN, autoescape=False, keep_trailing_newline=True
    )
    environment.comment_start_string = "{##"
    environment.comment_end_string = "##}"
    environment.filters.update(FILTERS)
    environment.tests.update(TESTS)
    environment.globals.update(GLOBALS)
    environment.finalize = as_text
    return environment
