"""What expressions take from the answers of tasks: secrets among it, which a server tells only once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from spacectl.apply.expressions import compile_condition
from spacectl.apply.kinds import ExpressionError, NotYetKnownError
from spacectl.apply.manifest import Manifest, Task, every
from spacectl.apply.masking import is_secret_key
from spacectl.apply.trees import Found, expressions
from spacectl.errors import Problem
from spacectl.values import Scalar


def task_expressions(task: Task, problems: list[Problem]) -> Iterator[Found]:
    """All expressions of a task; what is wrong with how they are written goes to `problems`."""
    for path, node in (("name", task.name), ("loop", task.loop), ("spec", task.spec), ("var", task.var)):
        if node is not None:
            yield from expressions(node, path, problems=problems)
    if isinstance(task.condition, Scalar):
        try:
            yield Found(task.condition.where, "if", compile_condition(task.condition.text))
        except ExpressionError as error:
            problems.append(Problem(str(task.condition.where), "if", str(error)))
    elif task.condition is not None:
        problems.append(Problem(str(task.condition.where), "if", "one expression is due"))


def made_of_secrets(found: Iterable[Found], names: Mapping[str, Any], variables: Collection[str]) -> Iterator[str]:
    """The texts that expressions make of secrets: of secret `variables`, and of what stands under a secret's key."""
    for one in found:
        for part in one.expression.parts or (one.expression,):
            if not any(_is_secret(path, variables) for (path,) in part.references):
                continue
            with suppress(ExpressionError, NotYetKnownError):
                value = part.evaluate(names)
                if isinstance(value, str):
                    yield str(value)


def _is_secret(path: tuple[str, ...], variables: Collection[str]) -> bool:
    return (path[0] == "var" and "".join(path[1:2]) in variables) or is_secret_key(path[-1])


def needed_secrets(manifest: Manifest) -> Mapping[str, frozenset[str]]:
    """The fields of outputs, by the ids of their tasks, that expressions use and whose names are those of secrets."""
    needed: dict[str, frozenset[str]] = {}
    for task in every(manifest.tasks):
        for found in task_expressions(task, []):
            for (path,) in found.expression.references:
                if path[0] == "tasks" and path[2:3] == ("output",) and is_secret_key("".join(path[3:4])):
                    needed[path[1]] = needed.get(path[1], frozenset()) | {path[3]}
    return needed
