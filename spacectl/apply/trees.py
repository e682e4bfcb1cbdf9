"""Trees of a manifest -> values: scalars by what they say, expressions by what they give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple

from spacectl.apply.expressions import Expression, Words, compile_text, has_expression
from spacectl.apply.kinds import ExpressionError, NotYetKnownError, Typed, Unknown
from spacectl.errors import InputError, Problem
from spacectl.values import NULL_TEXTS, Blob, Entry, Fields, Invalid, Items, Node, Scalar, Where, from_python

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# only what prints as it was written is a number: 012, 1.10 and 1e5 stay the text that they are
_INT = re.compile(r"(?:-?[1-9][0-9]{0,17}|0)\Z")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,6})\.(?:0|[0-9]{0,6}[1-9])\Z")
NULL = Scalar("null", "plain")


class Found(NamedTuple):
    """An expression of a tree, with its place and the path of keys that leads to it."""

    where: Where
    path: str
    expression: Expression


def plain(node: Node) -> Any:
    """The plain value of a tree, expressions as their text."""
    match node:
        case Scalar():
            return scalar(node)
        case Items():
            return [plain(item) for item in node.items]
        case Fields():
            return {key: plain(entry.value) for key, entry in node.entries.items()}
        case _:
            return None


def scalar(node: Scalar) -> Any:
    """The plain value of a scalar: a number or a boolean only where it prints as it was written."""
    text = node.text
    if node.style != "plain":
        return text
    if text in NULL_TEXTS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


def expressions(node: Node, path: str = "", *, problems: list[Problem]) -> Iterator[Found]:
    """All expressions of a tree; what is wrong with the tree itself goes to `problems`."""
    match node:
        case Scalar() if has_expression(node.text):
            try:
                yield Found(node.where, path, compile_text(node.text))
            except ExpressionError as error:
                problems.append(Problem(str(node.where), path, str(error)))
        case Items():
            for index, item in enumerate(node.items):
                yield from expressions(item, f"{path}[{index}]", problems=problems)
        case Fields():
            for key, where in node.duplicates:
                problems.append(Problem(str(where), path, f"{key} is there twice"))
            for key, entry in node.entries.items():
                yield from expressions(entry.value, f"{path}.{key}" if path else key, problems=problems)
        case Invalid():
            problems.append(Problem(str(node.where), path, node.message))


def masked_tree(node: Node) -> Node:
    """The tree with each expression as null, and without those that are items of lists: what can be known of it."""
    match node:
        case Scalar() if has_expression(node.text):
            return NULL._replace(where=node.where)
        case Items():
            return node._replace(
                items=tuple(
                    masked_tree(item)
                    for item in node.items
                    if not (isinstance(item, Scalar) and has_expression(item.text))
                )
            )
        case Fields():
            return node._replace(
                entries={key: Entry(entry.where, masked_tree(entry.value)) for key, entry in node.entries.items()}
            )
        case _:
            return node


class Evaluated(NamedTuple):
    """A tree whose expressions are evaluated, and the same as a plain value; `known` unless a plan cannot tell."""

    node: Node
    value: Any
    known: bool = True


def evaluate(node: Node, names: Mapping[str, Any]) -> Evaluated:
    """The tree with its expressions evaluated, every scalar still at its place. Raises InputError."""
    match node:
        case Scalar() if has_expression(node.text):
            try:
                value = compile_text(node.text).evaluate(names)
                # only here a generator runs, and a list is asked for what is in it
                with Words(node.text.strip().partition("\n")[0]):
                    value = copied(value)
            except NotYetKnownError:
                return Evaluated(NULL._replace(where=node.where), Unknown(), known=False)
            except ExpressionError as error:
                raise InputError([Problem(str(node.where), "", str(error))]) from None
            return _given(value, node.where)
        case Scalar():
            return Evaluated(node, scalar(node))
        case Items():
            items = [evaluate(item, names) for item in node.items]
            known = all(item.known for item in items)
            return Evaluated(node._replace(items=tuple(i.node for i in items)), [i.value for i in items], known)
        case Fields():
            pairs = {key: (entry.where, evaluate(entry.value, names)) for key, entry in node.entries.items()}
            entries = {key: Entry(where, inner.node) for key, (where, inner) in pairs.items()}
            value = {key: inner.value for key, (_, inner) in pairs.items()}
            return Evaluated(node._replace(entries=entries), value, all(i.known for _, i in pairs.values()))
        case Blob() | Invalid():
            raise InputError([Problem(str(node.where), "", getattr(node, "message", "no value"))])


def _given(value: Any, where: Where) -> Evaluated:
    if has_unknown(value):
        return Evaluated(NULL._replace(where=where), value, known=False)
    try:
        node = from_python(value, where)
    except TypeError as error:
        raise InputError([Problem(str(where), "", str(error))]) from None
    # what was typed on the command line is read by the type of its field
    if isinstance(value, Typed) and isinstance(node, Scalar):
        node = node._replace(style="argument")
    return Evaluated(node, value)


def copied(value: Any) -> Any:
    """A plain copy of what an expression gave: mappings, lists and single values. Raises ExpressionError."""
    if isinstance(value, Mapping):
        return {str(key): copied(item) for key, item in value.items()}
    if isinstance(value, (str, int, float, Unknown)) or value is None:
        return value
    if isinstance(value, FunctionType | MethodType | BuiltinFunctionType | type):
        raise ExpressionError("a function is no value: ( ) calls it")
    if isinstance(value, Iterable):
        return [copied(item) for item in value]
    return str(value)


def has_unknown(value: Any) -> bool:
    """Whether a part of a value is not known before the run."""
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return isinstance(value, Unknown)
