"""`${{ … }}` in the texts of a manifest: compiled once, evaluated on values.

What an expression gives is never read again as text: an answer that holds `${{` or a quote stays what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from spacectl.apply.environment import (
    CLOSE,
    OPEN,
    OWN,
    ROOTS,
    Reference,
    expressions_environment,
    references_of,
    renamed,
)
from spacectl.apply.filters import as_text, operand
from spacectl.apply.kinds import ExpressionError, NotYetKnownError, Quoted

# the most of what manifests say: tasks.ID.output.domain_id, item.name, var.list[0]
_PATH = re.compile(rf"\s*(?:{'|'.join(ROOTS)})(?:\.[^\W\d]\w*|\[[0-9]{{1,9}}\])*\s*\Z", re.ASCII)


class Expression(NamedTuple):
    """A compiled text: `evaluate` takes the names that are visible. Raises ExpressionError, NotYetKnownError.

    `parts` are the expressions in a text that is more than one.
    """

    source: str
    evaluate: Callable[[Mapping[str, Any]], Any]
    references: tuple[Reference, ...]
    parts: tuple[Expression, ...] = ()


def has_expression(text: str) -> bool:
    """Whether a text is more than itself."""
    return OPEN in text or "{%" in text


@lru_cache(4096)
def compile_text(text: str) -> Expression:
    """A text with expressions: one that is nothing else gives their value, any other a text. Raises ExpressionError."""
    if "{%" in text:
        return _template(text)
    parts = list(_parts(text))
    if len(parts) == 1 and not isinstance(parts[0], str):
        whole = parts[0]
        return Expression(text, lambda names: _whole(whole.evaluate(names)), whole.references)

    def joined(names: Mapping[str, Any]) -> str:
        return "".join(part if isinstance(part, str) else as_text(part.evaluate(names)) for part in parts)

    inner = tuple(part for part in parts if not isinstance(part, str))
    return Expression(text, joined, tuple(found for part in inner for found in part.references), inner)


@lru_cache(4096)
def compile_condition(text: str) -> Expression:
    """The text of an `if`: an expression in which others may stand as `${{ … }}`. Raises ExpressionError."""
    compiled = _compile(_condition_source(text) if OPEN in text else text)

    def holds(names: Mapping[str, Any]) -> bool:
        value = operand(compiled.evaluate(names))
        if value is None or value == "":
            return False
        if not isinstance(value, bool):
            kind = "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else repr(value)
            raise ExpressionError(f"true or false is due, and it is {kind}: `| bool` makes it one")
        return value

    return Expression(text, holds, compiled.references)


def _whole(value: Any) -> Any:
    return str(value) if isinstance(value, Quoted) else value


def _parts(text: str) -> Iterator[str | Expression]:
    position = 0
    while (start := text.find(OPEN, position)) >= 0:
        if start > position:
            yield text[position:start]
        source, position = _inner(text, start)
        yield _compile(source)
    if position < len(text) or not text:
        yield text[position:]


def _inner(text: str, start: int) -> tuple[str, int]:
    """The source of the expression that opens at `start`, and where the text goes on."""
    end, problem = start, ExpressionError(f"{OPEN} is never closed: {CLOSE} is missing")
    while (end := text.find(CLOSE, max(end, start + len(OPEN)))) >= 0:
        source = text[start + len(OPEN) : end]
        try:
            _compile(source)
        except ExpressionError as error:
            # a `}}` may close a mapping, or stand in a text
            problem = error if not str(problem).startswith("cannot") else problem
            end += 1
            continue
        return source, end + len(CLOSE)
    raise problem


def _condition_source(text: str) -> str:
    """The condition with each `${{ e }}` in place: in brackets, or joined to the text around it."""
    out, position = [], 0
    while position < len(text):
        if text.startswith(OPEN, position):
            source, position = _inner(text, position)
            out.append(f"(({source})|operand)")
        elif text[position] in "'\"":
            quote = text[position]
            end, parts, literal = position + 1, [], ""
            while end < len(text) and text[end] != quote:
                if text.startswith(OPEN, end):
                    source, end = _inner(text, end)
                    parts += [json.dumps(literal), f"(({source})|text)"]
                    literal = ""
                    continue
                if text[end] == "\\" and end + 1 < len(text):
                    end += 1
                literal += text[end]
                end += 1
            if end >= len(text):
                raise ExpressionError(f"a text that begins with {quote} is never closed")
            parts.append(json.dumps(literal, ensure_ascii=False))
            out.append("(" + " ~ ".join(parts) + ")|quote" if len(parts) > 1 else parts[0])
            position = end + 1
        else:
            out.append(text[position])
            position += 1
    return "".join(out)


def _path(source: str) -> Expression:
    """An expression that is nothing but a path of names: looked up as jinja2 does it, without compiling anything."""
    root, *rest = re.findall(r"\w+", source)
    keys = [int(key) if key.isdigit() else key for key in rest]
    named = next((index for index, key in enumerate(keys) if isinstance(key, int)), len(keys))

    def evaluate(names: Mapping[str, Any]) -> Any:
        import jinja2

        environment = expressions_environment()
        with Words(f"{OPEN} {source.strip()} {CLOSE}"):
            value = names[root] if root in names else environment.undefined(name=root)
            for key in keys:
                value = environment.getitem(value, key)
            if isinstance(value, jinja2.Undefined):
                str(value)  # raises, and says what there is not
            return value

    return Expression(source, evaluate, (Reference((root, *rest[:named])),) if named else ())


@lru_cache(4096)
def _compile(source: str) -> Expression:
    if _PATH.match(source):
        return _path(source)
    import jinja2

    environment = expressions_environment()
    try:
        tree = environment.parse(OPEN + source + CLOSE)
        # a text that closes the braces by itself is more than one expression
        if len(tree.body) != 1 or len(getattr(tree.body[0], "nodes", ())) != 1:
            raise ExpressionError(f"cannot read {OPEN}{source}{CLOSE}: not one expression")
        found = references_of(tree)
        target = jinja2.nodes.Name("result", "store", lineno=1)
        assignment = jinja2.nodes.Assign(target, renamed(tree).body[0].nodes[0], lineno=1)
        compiled = environment.from_string(jinja2.nodes.Template([assignment], lineno=1))
    except jinja2.TemplateError as error:
        raise ExpressionError(f"cannot read {OPEN}{source}{CLOSE}: {error.message}") from None

    def evaluate(names: Mapping[str, Any]) -> Any:
        with Words(f"{OPEN} {source.strip()} {CLOSE}"):
            context = compiled.new_context(_with_own(names))
            for _ in compiled.root_render_func(context):
                pass
            value = context.vars["result"]
            value = list(value) if isinstance(value, Iterator) else value
            for one in value if isinstance(value, list) else (value,):
                if isinstance(one, jinja2.Undefined):
                    str(one)  # raises, and says what there is not
            return value

    return Expression(source, evaluate, found)


def _template(text: str) -> Expression:
    import jinja2

    environment = expressions_environment()
    try:
        tree = environment.parse(text)
        found = references_of(tree)
        compiled = environment.from_string(renamed(tree))
    except jinja2.TemplateError as error:
        raise ExpressionError(f"cannot read the template: {error.message}") from None

    def evaluate(names: Mapping[str, Any]) -> str:
        with Words(text.strip().partition("\n")[0]):
            return str(compiled.render(_with_own(names)))

    return Expression(text, evaluate, found)


def _with_own(names: Mapping[str, Any]) -> dict[str, Any]:
    return {**names, OWN: names["self"]} if "self" in names else dict(names)


class Words:
    """Turns what an evaluation may raise into ExpressionError, which shows the source."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None or isinstance(error, (ExpressionError, NotYetKnownError)) or not isinstance(error, Exception):
            return
        reason = getattr(error, "message", None) or str(error) or type(error).__name__
        raise ExpressionError(f"{self.source}: {' '.join(str(reason).split())}") from None
