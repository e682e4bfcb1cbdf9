"""A tree of values -> a request message, guided by its descriptor; every problem is reported at once.

The rules are those of protobuf's JSON mapping (protobuf.dev/programming-guides/json), read from the source text: a YAML
scalar is what the field's type says that it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from spacectl.documents import decode_text, parse, parse_json
from spacectl.errors import InputError, Problem
from spacectl.nearest import nearest
from spacectl.renames import what_became_of
from spacectl.rpc import scalars, well_known
from spacectl.rpc.decode import is_map
from spacectl.rpc.wrong_shape import fields_of, instead, join, without_secret
from spacectl.values import (
    MAX_DEPTH,
    Blob,
    Entry,
    Fields,
    Invalid,
    Items,
    Node,
    Scalar,
    Where,
    is_null,
    placeholder,
    precedence,
)

MAX_PROBLEMS = 50
MAX_NAME = 200
REQUIRED = "is required"


def encode(message: Any, fields: Fields, find_type: Callable[[str], Any] = lambda name: None) -> list[str]:
    """Fills an empty message from a tree; the warnings that it gave rise to. Raises InputError with all problems.

    `find_type` is asked for the type of an Any that is not in the message's pool.
    """
    encoder = Encoder(find_type)
    try:
        encoder.message(message, fields, "")
    except RecursionError:
        raise InputError([Problem(str(fields.where), "", f"nested more than {MAX_DEPTH} deep")]) from None
    problems = encoder.problems
    if problems:
        more = len(problems) - MAX_PROBLEMS
        hints = [f"{more} more problems are not shown"] if more > 0 else []
        raise InputError(problems[:MAX_PROBLEMS], *hints)
    return encoder.warnings


class Encoder:
    """One walk over one tree: what it finds wrong, and what it finds strange."""

    def __init__(self, find_type: Callable[[str], Any]) -> None:
        self.find_type = find_type
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.shapes: dict[str, tuple[dict[str, Any], list[str]]] = {}

    def problem(
        self, node: Node | Where, path: str, message: str, *, may_be_stale: bool = False, meant: str = ""
    ) -> None:
        """Notes a problem at the place of a node.

        `may_be_stale` where newer descriptors may know better; `meant` is the name to write instead.
        """
        where = node if isinstance(node, Where) else node.where
        if not isinstance(node, Where):
            message = without_secret(node, path, message)
        self.problems.append(Problem(str(where), path, message, may_be_stale, meant))

    def message(self, message: Any, node: Node, path: str) -> None:
        """Fills a message from a node."""
        name = message.DESCRIPTOR.full_name
        special = well_known.WRITERS.get(name)
        if name == "google.protobuf.ListValue":
            node = self.listed(node)
        elif name == "google.protobuf.FieldMask" and isinstance(node, Items) and node.repeated:
            pass
        elif name != "google.protobuf.Value" or isinstance(node, Scalar):
            node = self.opened(node)
        if isinstance(node, Invalid):
            self.problem(node, path, node.message)
        elif special is not None:
            try:
                special(self, message, node, path)
            except ValueError as error:
                self.problem(node, path, str(error))
        elif isinstance(node, Fields):
            self.members(message, node, path)
        else:
            self.problem(node, path, instead(node, f"a mapping of {fields_of(message.DESCRIPTOR)}"))

    def opened(self, node: Node) -> Node:
        """The node, or what its text holds where it is a text given on the command line for something composed."""
        if isinstance(node, Items) and node.repeated:
            node = node.items[-1]
        try:
            if isinstance(node, Blob):
                documents = parse(decode_text(node.data, node.name), node.name)
                return documents[0] if len(documents) == 1 else Invalid("one document is due in the file", node.where)
            if isinstance(node, Scalar) and node.style == "argument" and node.text.lstrip()[:1] in ("{", "["):
                return parse_json(node.text, node.where)
        except InputError as error:
            # an option is named already as the place of the field
            reason = "; ".join(str(p) if p.where != str(node.where) else p.message for p in error.problems)
            return Invalid("; ".join((reason, *error.hints)), node.where)
        return node

    def members(self, message: Any, node: Fields, path: str) -> None:
        """Fills the fields of a message from the entries of a mapping."""
        names, required = self.shape(message.DESCRIPTOR)
        self.duplicates(node, path)
        given: dict[str, str] = {}
        chosen: dict[str, str] = {}

        def overrides(entry: Entry, other: str) -> bool:
            return precedence(entry.where) > precedence(node.entries[other].where)

        for key, entry in node.entries.items():
            field = names.get(key) or _extension(message, key)
            if field is None:
                self.unknown(message.DESCRIPTOR, key, node, path)
                continue
            here = join(path, key if field.is_extension else field.name)
            spelled = given.setdefault(field.full_name, key)
            if spelled != key and not overrides(entry, spelled):
                self.problem(entry.where, here, f"is given twice, as {spelled} and as {key}")
                continue
            if spelled != key and not field.is_extension:
                message.ClearField(field.name)
            absent = is_null(entry.value) and not well_known.takes_null(field)
            oneof = field.containing_oneof
            if oneof is not None and not absent:
                other = chosen.setdefault(oneof.name, key)
                # a member of a oneof takes the place of the one before it
                if names[other].name != field.name and not overrides(entry, other):
                    self.problem(
                        entry.where, here, f"only one of {oneof.name} may be given, and {names[other].name} is"
                    )
                    continue
            if absent and field.name in required:
                del given[field.full_name]
            self.field(message, field, entry.value, here)
        for name in required:
            if names[name].full_name not in given:
                self.problem(node.where, join(path, name), REQUIRED)

    def shape(self, descriptor: Any) -> tuple[dict[str, Any], list[str]]:
        """The fields of a message by all their names, and the names of those that proto2 requires."""
        known = self.shapes.get(descriptor.full_name)
        if known is None:
            fields = descriptor.fields
            names = {f.json_name: f for f in fields} | {f.name: f for f in fields}
            known = names, [field.name for field in fields if field.is_required]
            self.shapes[descriptor.full_name] = known
        return known

    def duplicates(self, node: Fields, path: str) -> None:
        """Notes the keys of a mapping that were written more than once."""
        for key, where in node.duplicates:
            self.problem(where, join(path, key), "is given twice")

    def unknown(self, descriptor: Any, key: str, node: Fields, path: str) -> None:
        """Notes a key that is no field, with the nearest that is one."""
        if placeholder(node) == key:
            self.problem(node, path, instead(node, "a mapping"))
            return
        message, meant = "unknown field", ""
        became = what_became_of(descriptor.full_name, key, descriptor.fields_by_name)
        if became is not None:
            message += f"; {became.words}"
        elif len(self.problems) < MAX_PROBLEMS and len(key) < MAX_NAME:  # to look for near names is slow
            near = nearest(key, descriptor.fields_by_name, 1)
            meant = near[0] if near else ""
            message += f"; did you mean {meant}?" if meant else f"; the fields are {fields_of(descriptor)}"
        may_be_stale = became is None or not became.is_old
        self.problem(node.entries[key].where, join(path, key), message, may_be_stale=may_be_stale, meant=meant)

    def field(self, message: Any, field: Any, node: Node, path: str) -> None:
        """Sets one field of a message."""
        if isinstance(node, Invalid):
            self.problem(node, path, node.message)
        elif isinstance(node, Scalar) and node.style == "argument" and not node.text and not _is_text(field):
            message.ClearField(field.name) if not field.is_extension else message.ClearExtension(field)
        elif is_null(node) and not well_known.takes_null(field):
            return
        elif is_map(field):
            self.map(getattr(message, field.name), field, node, path)
        elif field.is_repeated:
            self.repeated(_get(message, field), field, node, path)
        elif field.message_type is not None:
            inner = _get(message, field)
            inner.SetInParent()
            self.message(inner, node, path)
        else:
            self.scalar(field, node, path, lambda value: _set(message, field, value))

    def scalar(self, field: Any, node: Node, path: str, store: Callable[[Any], Any]) -> None:
        """Reads a scalar or enum from a node and stores it."""
        if isinstance(node, Items) and node.repeated:
            node = node.items[-1]
        if isinstance(node, Invalid):
            self.problem(node, path, node.message)
            return
        try:
            store(scalars.read(field, node))
        except ValueError as error:
            self.problem(node, path, str(error), may_be_stale=isinstance(error, scalars.UnknownNameError))

    def repeated(self, target: Any, field: Any, node: Node, path: str) -> None:
        """Fills a repeated field from a list."""
        node = self.listed(node, field)
        if not isinstance(node, Items):
            self.problem(node, path, instead(node, "a list"))
            return
        for index, item in enumerate(node.items):
            here = f"{path}[{index}]"
            if is_null(item) and not well_known.item_takes_null(field):
                self.problem(item, here, "null has no place in a list")
            elif field.message_type is not None:
                self.message(target.add(), item, here)
            else:
                self.scalar(field, item, here, target.append)

    def listed(self, node: Node, field: Any = None) -> Node:
        """The node as a list: JSON, a file's content or a single item where it is given on the command line."""
        if isinstance(node, Blob):
            opened = self.opened(node)
            if isinstance(opened, Items):
                return opened
            return Items((node if field is not None and field.message_type is None else opened,), node.where)
        if isinstance(node, Scalar) and node.style == "argument":
            opened = self.opened(node)
            return opened if isinstance(opened, Items | Invalid) else Items((opened,), node.where)
        return node

    def map(self, target: Any, field: Any, node: Node, path: str) -> None:
        """Fills a map field from a mapping."""
        node = self.opened(node)
        if not isinstance(node, Fields):
            self.problem(node, path, instead(node, "a mapping"))
            return
        key_field = field.message_type.fields_by_name["key"]
        value_field = field.message_type.fields_by_name["value"]
        self.duplicates(node, path)
        spelled: dict[Any, str] = {}
        for text, entry in node.entries.items():
            here = join(path, text)
            try:
                key = scalars.read_map_key(key_field, text)
            except ValueError as error:
                self.problem(entry.where, here, f"as a key: {error}")
                continue
            if spelled.setdefault(key, text) != text:
                self.problem(entry.where, here, f"is given twice, as {spelled[key]} and as {text}")
            elif is_null(entry.value) and not well_known.item_takes_null(value_field):
                self.problem(entry.value, here, "null has no place in a map")
            elif value_field.message_type is not None:
                inner = target[key]
                self.message(inner, entry.value, here)
            else:
                self.scalar(value_field, entry.value, here, partial(target.__setitem__, key))


def _is_text(field: Any) -> bool:
    return not field.is_repeated and field.type in (scalars.TYPE_STRING, scalars.TYPE_BYTES)


def _get(message: Any, field: Any) -> Any:
    return message.Extensions[field] if field.is_extension else getattr(message, field.name)


def _set(message: Any, field: Any, value: Any) -> None:
    if field.is_extension:
        message.Extensions[field] = value
    else:
        setattr(message, field.name, value)


def _extension(message: Any, key: str) -> Any:
    if not (key.startswith("[") and key.endswith("]")):
        return None
    try:
        extension = message.DESCRIPTOR.file.pool.FindExtensionByName(key[1:-1])
    except (KeyError, TypeError):  # TypeError for what is no Unicode
        return None
    return extension if extension.containing_type.full_name == message.DESCRIPTOR.full_name else None
