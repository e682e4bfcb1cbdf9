"""Plain YAML files: read with errors that name file, line and column, and changed without touching their other keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacectl.errors import ConfigError, SpacectlError
from spacectl.plain_config import plain_mapping

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 100_000
# A text of this length cannot be nested so deeply that libyaml's recursive composer overflows the stack.
SAFE_LENGTH = 8_000

_NULL = r"~|null|Null|NULL|"
_BOOL = r"true|false"
# Only what prints as it was written is a number: 012, 1.10 and 1e5 stay the text that they are.
_INT = r"-?[1-9][0-9]{0,17}|0"
_FLOAT = r"-?(?:0|[1-9][0-9]{0,6})\.(?:0|[0-9]{0,6}[1-9])"


def read_text(path: Path, error: type[SpacectlError] = ConfigError) -> str:
    """The text of a file of at most 16 MiB (UTF-8, a byte order mark allowed). Raises `error`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise error(f"cannot read {path}: {problem.strerror or problem}") from None
    return decode(data, str(path), error)


def decode(data: bytes, name: str, error: type[SpacectlError] = ConfigError) -> str:
    """The text of a file's bytes. Raises `error` for too many, or for what is not UTF-8."""
    if len(data) > MAX_BYTES:
        raise error(f"{name}: longer than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        # the codec utf-8-sig would be one more module to load
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        raise error(f"{name}:{line}:{column}: not UTF-8 (byte 0x{data[problem.start]:02x})") from None


def load_mapping(text: str, name: str, error: type[SpacectlError] = ConfigError) -> dict[str, Any]:
    """The mapping of a YAML text, keys as text; an empty text is an empty mapping. Raises `error`, with its place.

    A plain scalar is a number or a boolean only when it prints as it was written; every other one is its text.
    """
    plain = plain_mapping(text)
    return load_any_mapping(text, name, error) if plain is None else plain


def load_any_mapping(text: str, name: str, error: type[SpacectlError] = ConfigError) -> dict[str, Any]:
    """The same as `load_mapping`, by PyYAML even where the text is plain."""
    import yaml

    try:
        if len(text) > SAFE_LENGTH:
            _check_depth(text, name, error)
        value = yaml.load(text, _loader())  # noqa: S506 (it is a safe loader)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise error(f"{name}:1:1: a mapping is due (`key: value` lines), not {_kind(value)}")
        mapping: dict[str, Any] = _bounded(value, name, error, [MAX_VALUES], MAX_DEPTH)
    except yaml.YAMLError as problem:
        raise error(f"{name}{_place(problem, text)}: {_reason(problem, text)}") from None
    except RecursionError:
        raise error(f"{name}: nested too deeply") from None
    return mapping


def dump(value: Any) -> str:
    """The YAML text of plain values, keys in their order."""
    import yaml

    text: str = yaml.dump(value, Dumper=yaml.SafeDumper, allow_unicode=True, sort_keys=False, width=1 << 20)
    return text


def with_value(text: str, path: Sequence[str], value: str | None, name: str) -> str:
    """The same YAML mapping with the key at `path` set to a string, or without that key for None.

    Every other value keeps its exact notation, tag and place, and comments stay where the edit can be made line by
    line. Raises ConfigError where the text is not such a mapping.
    """
    import yaml

    load_mapping(text, name)
    root: Any = yaml.compose(text, yaml.SafeLoader) or _mapping()
    spliced = _spliced(text, root, path, value)
    node = root
    for key in path[:-1]:
        child = _child(node, key)
        if not isinstance(child, yaml.MappingNode):
            child = _mapping()
            _put(node, key, child)
        node = child
    _put(node, path[-1], None if value is None else yaml.ScalarNode(_tag("str"), value))
    if spliced is not None and _means(spliced, root):
        return spliced
    return _serialized(root)


def _spliced(text: str, root: Any, path: Sequence[str], value: str | None) -> str | None:
    """The text with only the lines of one entry changed; a guess from line numbers, to be checked. None: no guess."""
    import yaml

    node, rest = root, list(path)
    while (
        len(rest) > 1 and isinstance(_child(node, rest[0]), yaml.MappingNode) and not _child(node, rest[0]).flow_style
    ):
        node = _child(node, rest.pop(0))
    if node.flow_style or not node.value:
        return None
    lines = text.splitlines(keepends=True)
    first = next((key.start_mark.line for key, _ in node.value if key.value == rest[0]), None)
    if first is None:
        first = _last_line(node) + 1
        after = first
    else:
        after = _last_line(_child(node, rest[0])) + 1
    entry: Any = None if value is None else yaml.ScalarNode(_tag("str"), value)
    new = ""
    if entry is not None:
        for key in reversed(rest):
            outer = _mapping()
            _put(outer, key, entry)
            entry = outer
        indent = " " * node.value[0][0].start_mark.column
        new = "".join(indent + line for line in _serialized(entry).splitlines(keepends=True))
    before = "".join(lines[:first])
    if before and not before.endswith("\n"):
        before += "\n"
    return before + (new.replace("\n", "\r\n") if "\r\n" in text else new) + "".join(lines[after:])


def _last_line(node: Any) -> int:
    import yaml

    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    # A block scalar ends where the next line begins.
    line: int = node.end_mark.line if node.end_mark.column else node.end_mark.line - 1
    return line


def _means(text: str, root: Any) -> bool:
    """Whether a text is the same YAML tree."""
    import yaml

    try:
        return _serialized(yaml.compose(text, yaml.SafeLoader)) == _serialized(root)
    except (yaml.YAMLError, RecursionError):
        return False


def _serialized(root: Any) -> str:
    import yaml

    text: str = yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True, width=1 << 20)
    return text


def _child(node: Any, key: str) -> Any:
    return next((value for name, value in node.value if name.value == key), None)


def _put(node: yaml.MappingNode, key: str, value: yaml.Node | None) -> None:
    import yaml

    entries = [entry for entry in node.value if entry[0].value != key]
    if value is not None:
        place = next((i for i, entry in enumerate(node.value) if entry[0].value == key), len(entries))
        entries.insert(min(place, len(entries)), (yaml.ScalarNode(_tag("str"), key), value))
    node.value = entries
    # `{}` is how an empty mapping is written; one with entries reads better as a block.
    node.flow_style = not entries if node.flow_style is None or not entries else node.flow_style and len(entries) > 1


def _mapping() -> yaml.MappingNode:
    import yaml

    return yaml.MappingNode(_tag("map"), [])


def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {
        None: [
            (_tag(name), re.compile(f"(?:{pattern})$"))
            for name, pattern in (("null", _NULL), ("bool", _BOOL), ("int", _INT), ("float", _FLOAT), ("merge", "<<"))
        ]
    }
    return type("ConfigLoader", (base,), {"yaml_implicit_resolvers": resolvers})


def _bounded(value: Any, name: str, error: type[SpacectlError], left: list[int], depth: int) -> Any:
    """A copy without shared parts, so that neither a cycle nor an alias bomb travels further."""
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        raise error(f"{name}: {'nested too deeply' if depth < 0 else 'its aliases expand to too many values'}")
    if isinstance(value, dict):
        return {_key(key): _bounded(item, name, error, left, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bounded(item, name, error, left, depth - 1) for item in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _check_depth(text: str, name: str, error: type[SpacectlError]) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            mark: Any = event.start_mark
            raise error(f"{name}:{mark.line + 1}:{mark.column + 1}: nested too deeply")


def _key(key: Any) -> str:
    return ("true" if key else "false") if isinstance(key, bool) else str(key)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a single value"


def _tag(name: str) -> str:
    return f"tag:yaml.org,2002:{name}"


def _place(problem: yaml.YAMLError, text: str) -> str:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark:
        return f":{mark.line + 1}:{mark.column + 1}"
    position = getattr(problem, "position", None)
    if position is None:
        return ""
    before = text[:position]
    return f":{before.count(chr(10)) + 1}:{position - before.rfind(chr(10))}"


def _reason(problem: yaml.YAMLError, text: str) -> str:
    reason = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "not YAML"
    # newer parsers have a limit of their own: the same words for it as for ours
    if "nesting depth" in str(reason):
        return "nested too deeply"
    mark = getattr(problem, "problem_mark", None)
    lines = [] if mark is None else text.splitlines()[mark.line : mark.line + 1]
    tabs = any(line[mark.column : mark.column + 1] == "\t" for line in lines if mark is not None)
    return ("a tab, and YAML is indented by spaces: " if tabs else "") + " ".join(str(reason).split())
