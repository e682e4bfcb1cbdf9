"""YAML and JSON texts -> trees of values that know their lines.

YAML is read event by event: scalars stay text, nesting is bounded, an alias bomb is refused, duplicate keys and custom
tags stay in the tree as problems with their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from spacectl.errors import InputError, Problem
from spacectl.values import MAX_DEPTH, MAX_NODES, Entry, Fields, Invalid, Items, Node, Scalar, Where, placeholder

MAX_BYTES = 64 * 1024 * 1024
MAX_CHARACTERS = 16 * 1024 * 1024  # of YAML or JSON, of which libyaml keeps several copies; servers refuse over 4 MiB
CORE_TAGS = frozenset("tag:yaml.org,2002:" + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))
STRING_TAGS = frozenset(("!", "tag:yaml.org,2002:str"))

# what a skeleton puts where somebody has to write
FILL = "!fill"


def decode_text(data: bytes, name: str) -> str:
    """The text of a file's bytes (UTF-8, a byte order mark allowed). Raises InputError."""
    if len(data) > MAX_BYTES:
        raise InputError([Problem(name, "", f"longer than {MAX_BYTES // 1024 // 1024} MiB")])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]:
        problem = Problem(name, "", "not UTF-8 but, it seems, UTF-16")
        raise InputError([problem], f"convert it: iconv -f UTF-16 -t UTF-8 {name}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(str(Where(name, line, column)), "", f"not UTF-8 (byte 0x{data[error.start]:02x})")
        raise InputError([problem], f"convert it: iconv -f LATIN1 -t UTF-8 {name}") from None


def parse(text: str, name: str, before: int = 0) -> list[Node]:
    """Every document of a YAML, JSON or JSON-lines text; none for an empty one. Raises InputError.

    `before` is how many lines of the file come before the text.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError([Problem(name, "", f"longer than {MAX_CHARACTERS // 1024 // 1024} MiB of YAML or JSON")])
    if text[:1000].lstrip()[:1] not in ("{", "["):
        return list(_yaml_documents(text, name, before))
    from spacectl.json_tree import NotJsonError, places, read_all

    place = places(text, name, before)
    try:
        return read_all(text, place)
    except NotJsonError as error:
        reason, where = error.reason, places(text, name, before)(error.position)
        if text.startswith(("//", "/*"), error.position):
            # YAML would take it for a part of the value
            raise InputError([Problem(str(where), "", "JSON has no comments; YAML has: # …")]) from None
        if error.is_limit:
            raise InputError([Problem(str(where), "", reason)]) from None
    try:
        return list(_yaml_documents(text, name, before))
    except InputError:
        if name.endswith((".yml", ".yaml")):
            raise
        raise InputError([Problem(str(where), "", f"neither JSON nor YAML: {reason}")]) from None


def parse_json(text: str, where: Where) -> Node:
    """The tree of one JSON text. Raises InputError."""
    from spacectl.json_tree import NotJsonError, places, read_one

    try:
        return read_one(text, lambda _: where)
    except NotJsonError as error:
        place = places(text, "")(error.position)
        reason = f"{error.reason} (line {place.line}, column {place.column})"
        raise InputError([Problem(str(where), "", f"not JSON: {reason}")], *_json_hints(text, error.position)) from None


def _json_hints(text: str, position: int) -> list[str]:
    """What may have happened to a JSON text in an option on its way here."""
    wrong = text[position : position + 1]
    if text[:1] == "@" or text.endswith((".json", ".yml", ".yaml")):
        return [f"a file is given with -f: -f {text.removeprefix('@')}"]
    if wrong == "'":
        return ["JSON takes double quotes; what is printed by Python is no JSON"]
    if text[:1] in ("{", "[") and wrong.isalpha():
        return ['a shell takes quotes away unless others are around them: \'{"name": "value"}\'']
    return []


def _yaml_documents(text: str, name: str, before: int) -> Iterator[Node]:
    import yaml

    loader = getattr(yaml, "CLoader", yaml.Loader)
    try:
        # the events alone: no object is ever constructed from a tag
        yield from _Builder(name, before).documents(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(name, before + mark.line + 1, mark.column + 1) if mark else Where(name)
        if "nesting depth" in (error.problem or ""):
            # libyaml's own limit, which is beyond ours
            raise InputError([Problem(str(where), "", f"nested more than {MAX_DEPTH} deep")]) from None
        words = " ".join(part for part in (error.problem, error.context) if part)
        raise InputError([Problem(str(where), "", f"not YAML: {words}")], *_yaml_hints(text, mark)) from None
    except yaml.YAMLError as error:
        character = getattr(error, "character", None)
        if isinstance(character, int):
            start = text.find(chr(character))
            where = Where(name, before + text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
            raise InputError([Problem(str(where), "", f"not YAML: unacceptable character U+{character:04X}")]) from None
        raise InputError([Problem(name, "", f"not YAML: {' '.join(str(error).split())}")]) from None
    except RecursionError:
        raise InputError([Problem(name, "", f"nested more than {MAX_DEPTH} deep")]) from None


def _yaml_hints(text: str, mark: Any) -> list[str]:
    """What to do about a character that YAML does not want where it is."""
    line = text.split("\n")[mark.line : mark.line + 1] if mark else []
    wrong = line[0][mark.column : mark.column + 1] if line else ""
    if wrong == "\t":
        return ["YAML is indented with spaces, not tabs"]
    return [f"a text that begins with {wrong} needs quotes"] if wrong in ("@", "`", "%") else []


def _too_many(where: Where) -> InputError:
    return InputError([Problem(str(where), "", f"more than {MAX_NODES:,} values, those of aliases counted")])


class _Builder:
    """Puts the events of one YAML stream together into trees, on a stack of its own instead of the interpreter's."""

    def __init__(self, name: str, before: int) -> None:
        self.name = name
        self.before = before
        self.anchors: dict[str, Node | None] = {}
        self.extents: dict[int, tuple[int, int]] = {}

    def documents(self, events: Iterator[Any]) -> Iterator[Node]:
        import yaml

        stack: list[tuple[Any, list[Node]]] = []
        node: Node
        for event in self.counted(events):
            match event:
                case yaml.DocumentStartEvent():
                    self.anchors = {}
                    self.extents = {}
                    continue
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    if len(stack) >= MAX_DEPTH:
                        where = str(self.where(event))
                        raise InputError([Problem(where, "", f"nested more than {MAX_DEPTH} deep")])
                    if event.anchor:
                        self.anchors[event.anchor] = None
                    stack.append((event, []))
                    continue
                case yaml.ScalarEvent():
                    node, anchor = self.scalar(event), event.anchor
                case yaml.AliasEvent():
                    node, anchor = self.alias(event), None
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    start, children = stack.pop()
                    node, anchor = self.collection(start, children), start.anchor
                case _:
                    continue
            if anchor:
                self.anchors[anchor] = node
            if stack:
                stack[-1][1].append(node)
            else:
                yield node

    def counted(self, events: Iterator[Any]) -> Iterator[Any]:
        """The events, as long as they make not too many values; so that memory stays bounded, too."""
        import yaml

        count = 0
        for event in events:
            count += isinstance(event, yaml.NodeEvent)
            if count > MAX_NODES:
                raise _too_many(self.where(event))
            yield event

    def where(self, event: Any) -> Where:
        return Where(self.name, self.before + event.start_mark.line + 1, event.start_mark.column + 1)

    def scalar(self, event: Any) -> Node:
        where = self.where(event)
        if event.tag and event.tag not in CORE_TAGS and event.tag != "!":
            return Invalid(_tagged(event.tag, event.value), where)
        is_string = not event.implicit[0] if not event.tag else event.tag in STRING_TAGS
        style: Literal["plain", "quoted"] = "quoted" if is_string else "plain"
        return Scalar(event.value, style, where)

    def alias(self, event: Any) -> Node:
        where = self.where(event)
        if event.anchor not in self.anchors:
            return Invalid(f"the alias *{event.anchor} has no anchor", where)
        return self.anchors[event.anchor] or Invalid(f"the alias *{event.anchor} contains itself", where)

    def collection(self, event: Any, children: list[Node]) -> Node:
        import yaml

        where = self.where(event)
        extents = [self.extents[id(child)] for child in children if isinstance(child, Fields | Items)]
        size = 1 + len(children) - len(extents) + sum(size for size, _ in extents)
        depth = 1 + max((depth for _, depth in extents), default=0)
        if size > MAX_NODES:
            raise _too_many(where)
        if depth > MAX_DEPTH:
            raise InputError([Problem(str(where), "", f"nested more than {MAX_DEPTH} deep by its aliases")])
        node: Node
        # a skeleton's placeholder that holds something now is filled in
        if event.tag and event.tag not in CORE_TAGS and not (event.tag == FILL and children):
            node = Invalid(_tagged(event.tag, "a value"), where)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self.mapping(where, children)
        else:
            node = Items(tuple(children), where)
        self.extents[id(node)] = (size, depth)
        return node

    def mapping(self, where: Where, children: list[Node]) -> Node:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        duplicates = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if isinstance(key, Invalid):
                return key
            if not isinstance(key, Scalar):
                name = placeholder(key)
                words = f"fill in the placeholder {{{{{name}}}}}" if name else "a key must be a plain word"
                return Invalid(words, key.where)
            if key.text == "<<" and key.style == "plain":
                for source in value.items if isinstance(value, Items) else (value,):
                    if not isinstance(source, Fields):
                        return Invalid("`<<` merges mappings only", key.where)
                    merged = {**source.entries, **merged}
                continue
            if key.text in entries:
                duplicates.append((key.text, key.where))
            entries[key.text] = Entry(key.where, value)
        return Fields({**merged, **entries}, where, tuple(duplicates))


def _tagged(tag: str, due: str) -> str:
    """What is wrong with a value that has a tag."""
    if tag == FILL:
        return f"fill in: {due or 'a value'} is due"
    return f"the tag {tag} means nothing here; write the value itself"
