"""The comments of a .proto file: prose, examples, and what marks a field as required.

Cloudforet writes `+optional` (and, in older files, `is_required: true`) in a comment, and an example as JSON in the
comment of a message; older files begin their prose with `desc:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

_MARKER = re.compile(r"\+(\w+)(?:[=:].*)?$")
_IS_REQUIRED = re.compile(r"is_required\s*:\s*(true|false)$", re.IGNORECASE)
_DESC = re.compile(r"desc\s*:\s*", re.IGNORECASE)
_LINTER = re.compile(r"buf:lint:|@exclude\b|-{3,}$|={3,}$")
_EXAMPLE = re.compile(r"examples?\s*:\s*(.*)$", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
LABEL_REQUIRED = 2
LABEL_REPEATED = 3
# field numbers in FileDescriptorProto, DescriptorProto and so on, of which the paths of comments are made
MESSAGES, ENUMS, SERVICES, SYNTAX = 4, 5, 6, 12
FIELDS, NESTED, NESTED_ENUMS, EXTENSIONS = 2, 3, 4, 6
VALUES = METHODS = 2
FILE_EXTENSIONS = 7


@dataclass(frozen=True)
class Comment:
    """What a comment says: prose in paragraphs, an example as it was written, and a field's mark."""

    prose: str = ""
    example: str = ""
    required: bool | None = None


def read_comment(*texts: str) -> Comment:
    """What the leading and the trailing comment of a thing say together."""
    lines = [line for text in texts for line in _dedented(text)]
    required: bool | None = None
    kept = []
    for line in lines:
        words = line.strip()
        marker = _MARKER.match(words)
        says = _IS_REQUIRED.match(words)
        if marker:
            required = {"optional": False, "required": True}.get(marker[1].lower(), required)
        elif says:
            required = says[1].lower() == "true"
        elif not _LINTER.match(words):
            kept.append(line)
    example = ""
    for first, line in enumerate(kept):
        last = _example_end(kept, first)
        if last is not None:
            inline = _EXAMPLE.match(line.strip())
            block = [inline[1], *kept[first + 1 : last]] if inline else kept[first:last]
            written = "\n".join(one for one in block if not one.strip().startswith("```"))
            example = "\n".join(_dedented(written)).strip("\n")
            kept[first:last] = [""]
            break
    return Comment(_prose(kept), example, required)


def comments_of(file: FileDescriptorProto) -> dict[str, Comment]:
    """The comments of all that a file declares, by full name; a field's `required` follows from its neighbours' too."""
    raw = {tuple(place.path): place for place in file.source_code_info.location}
    found: dict[str, Comment] = {}
    for name, path in _declared(file):
        place = raw.get(path)
        if place is not None and (place.leading_comments or place.trailing_comments):
            found[name] = read_comment(place.leading_comments, place.trailing_comments)
    head = raw.get((SYNTAX,))
    if len(file.service) == 1 and head is not None:
        service = _join(file.package, file.service[0].name)
        found.setdefault(service, read_comment(head.leading_comments))
    _add_required(file, found)
    return found


def _declared(file: FileDescriptorProto) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every declared thing's full name and path."""
    for index, service in enumerate(file.service):
        name, path = _join(file.package, service.name), (SERVICES, index)
        yield name, path
        for number, method in enumerate(service.method):
            yield f"{name}.{method.name}", (*path, METHODS, number)
    for index, enum in enumerate(file.enum_type):
        yield from _enum(enum, file.package, (ENUMS, index))
    for index, extension in enumerate(file.extension):
        yield _join(file.package, extension.name), (FILE_EXTENSIONS, index)
    for index, message in enumerate(file.message_type):
        yield from _message(message, file.package, (MESSAGES, index))


def _message(message: Any, scope: str, path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    name = _join(scope, message.name)
    yield name, path
    for number, members in ((FIELDS, message.field), (EXTENSIONS, message.extension)):
        for index, member in enumerate(members):
            yield f"{name}.{member.name}", (*path, number, index)
    for index, enum in enumerate(message.enum_type):
        yield from _enum(enum, name, (*path, NESTED_ENUMS, index))
    for index, inner in enumerate(message.nested_type):
        yield from _message(inner, name, (*path, NESTED, index))


def _enum(enum: Any, scope: str, path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    name = _join(scope, enum.name)
    yield name, path
    for index, value in enumerate(enum.value):
        yield f"{name}.{value.name}", (*path, VALUES, index)


def _add_required(file: FileDescriptorProto, found: dict[str, Comment]) -> None:
    """A field without a mark is required where its neighbours have marks, or the file's other requests do."""
    file_marked = any(comment.required is not None for comment in found.values())
    if not file_marked:
        return
    inputs = {method.input_type.lstrip(".") for service in file.service for method in service.method}
    for name, message in _messages(file.message_type, file.package):
        names = {f"{name}.{field.name}": field for field in message.field}
        marked = name in inputs or any(
            full_name in found and found[full_name].required is not None for full_name in names
        )
        for full_name, field in names.items() if marked else ():
            said = found.get(full_name, Comment())
            if said.required is None and not field.HasField("oneof_index"):
                found[full_name] = Comment(said.prose, said.example, True)


def _messages(messages: Sequence[Any], scope: str) -> Iterator[tuple[str, Any]]:
    for message in messages:
        name = _join(scope, message.name)
        yield name, message
        yield from _messages(message.nested_type, name)


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _dedented(text: str) -> list[str]:
    # a terminal must not obey a comment
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text.replace("\r\n", "\n"))
    lines = [line.rstrip() for line in plain.split("\n")]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line[margin:] for line in lines]


def _example_end(lines: Sequence[str], first: int) -> int | None:
    """The line after an example that begins at a line; None where none does."""
    words = lines[first].strip()
    if words.startswith("```"):
        return next((i + 1 for i in range(first + 1, len(lines)) if lines[i].strip().startswith("```")), len(lines))
    inline = _EXAMPLE.match(words)
    if inline and inline[1]:
        return _balanced_end(lines, first, inline[1]) or first + 1
    if inline or words == "---":
        filled = next((i for i in range(first + 1, len(lines)) if lines[i]), len(lines))
        start = lines[filled].strip() if filled < len(lines) else ""
        if start.startswith(("{", "[", "```")):
            return _example_end(lines, filled)
        return next((i for i in range(filled, len(lines)) if not lines[i]), len(lines))
    if words.startswith(("{", "[{")) or words == "[":
        return _balanced_end(lines, first, words)
    return None


def _balanced_end(lines: Sequence[str], first: int, words: str) -> int | None:
    """The line after the one in which all brackets are closed; None where prose follows, or none is opened."""
    depth = 0
    for index in range(first, len(lines)):
        text = words if index == first else lines[index]
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
        depth += sum(bare.count(c) for c in "{[") - sum(bare.count(c) for c in "}]")
        if depth <= 0:
            return index + 1 if bare.rstrip().endswith(("}", "]", "},", "],")) else None
    return len(lines)


def _prose(lines: Sequence[str]) -> str:
    """The lines as paragraphs, each on one line; items of a list keep theirs."""
    paragraphs: list[str] = []
    fresh = True
    for line in lines:
        words = _DESC.sub("", line.strip(), count=1) if _DESC.match(line.strip()) else line.strip()
        if not words:
            fresh = True
            continue
        if fresh or _ITEM.match(words):
            paragraphs.append(words)
        else:
            paragraphs[-1] += f" {words}"
        fresh = False
    return "\n".join(paragraphs)
