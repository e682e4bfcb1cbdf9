"""The names that expressions see: `var`, `env`, `tasks`, `self` and `item`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from spacectl.apply.kinds import ExpressionError, Loop
from spacectl.apply.manifest import Task
from spacectl.apply.trees import copied, evaluate, plain
from spacectl.errors import InputError
from spacectl.values import Entry, Fields, Node, Scalar

NOTHING = object()
NO_NAME = Scalar("", "quoted")


class Scope:
    """Variables, environment variables and results of a run. `given` variables are never taken back by a file's.

    Raises ExpressionError where a variable that they are a part of cannot be evaluated.
    """

    def __init__(self, var: Mapping[str, Entry], env: Mapping[str, Entry], given: Mapping[str, Any]) -> None:
        self.results: dict[str, Any] = {}
        self.secret_names: list[str] = []
        self._given = dict(given)
        self.var = Lazy(self.names, {name: self._revealed(name, entry.value) for name, entry in var.items()})
        self.env = Lazy(self.names, {name: entry.value for name, entry in env.items()})
        for name, value in given.items():
            self._give(name, value)

    def names(self) -> dict[str, Any]:
        """What every expression sees."""
        return {"var": self.var, "env": self.env, "tasks": self.results}

    def names_of(self, task: Task, item: Any = NOTHING) -> dict[str, Any]:
        """What the expressions of a task see; `item` is that of the loop around it."""
        names = self.names()
        if item is not NOTHING:
            names["item"] = item
        own: dict[str, Node] = {"id": Scalar(task.id, "quoted"), "spec": task.spec, "name": task.name or NO_NAME}
        names["self"] = Lazy(lambda: names, own, deep=False)
        return names

    def set_var(self, values: Mapping[str, Any]) -> None:
        """Sets variables from a task, except those that were given on the command line."""
        self.var.values_known.update({name: value for name, value in values.items() if name not in self._given})

    def begin_loop(self, task_id: str) -> None:
        """From here on the results of a task are those of its loop."""
        self.results[task_id] = Loop()

    def record(self, task_id: str, result: dict[str, Any], *, looped: bool) -> None:
        """Keeps the result of a task; those of one that is in a loop of its own are a list."""
        if not task_id:
            return
        if looped:
            before = self.results.get(task_id)
            self.results[task_id] = Loop([*(before if isinstance(before, Loop) else ()), result])
        else:
            self.results[task_id] = result

    def secrets(self) -> list[str]:
        """What the variables say that are marked as secret. Raises ExpressionError."""
        return [str(self.var[name]) for name in self.secret_names]

    def _give(self, name: str, value: Any) -> None:
        """Puts a value of the command line over the file's: `domain.user` is the user of the variable domain."""
        root, *path = name.split(".")
        if not path or name in self.var:
            self.var.values_known[name] = value
            return
        whole = copied(self.var[root]) if root in self.var else {}
        at = whole = whole if isinstance(whole, dict) else {}
        for key in path[:-1]:
            at[key] = at[key] if isinstance(at.get(key), dict) else {}
            at = at[key]
        at[path[-1]] = value
        self._given[root] = self.var.values_known[root] = whole

    def _revealed(self, name: str, node: Node) -> Node:
        """The value of a variable that is written as `{value: …, secret: true}`; its name is kept as a secret's."""
        if not (isinstance(node, Fields) and set(node.entries) == {"value", "secret"}):
            return node
        if plain(node.entries["secret"].value) is True:
            self.secret_names.append(name)
        return node.entries["value"].value


class Lazy(Mapping[str, Any]):
    """Trees under names, each evaluated when it is first asked for; `deep` makes plain values of whole trees.

    Raises ExpressionError for one that needs itself.
    """

    def __init__(self, names: Callable[[], Mapping[str, Any]], nodes: Mapping[str, Node], *, deep: bool = True) -> None:
        self._deep = deep
        self._names = names
        self._nodes = dict(nodes)
        self._busy: set[str] = set()
        self.values_known: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key in self.values_known:
            return self.values_known[key]
        node = self._nodes[key]
        if isinstance(node, Fields) and not self._deep:
            # one part of a spec may be made of another
            nodes = {name: entry.value for name, entry in node.entries.items()}
            value: Any = Lazy(self._names, nodes, deep=False)
        else:
            if key in self._busy:
                raise ExpressionError(f"{key} is made of itself")
            self._busy.add(key)
            try:
                value = evaluate(node, self._names()).value
            except InputError as error:
                raise ExpressionError(error.message) from None
            finally:
                self._busy.discard(key)
        self.values_known[key] = value
        return value

    def __iter__(self) -> Iterator[str]:
        return iter({**self._nodes, **self.values_known})

    def __len__(self) -> int:
        return len({**self._nodes, **self.values_known})

    def __str__(self) -> str:
        return str({key: self[key] for key in self})
