"""The options -f, -j and -p -> one tree of values a request.

`-p` goes over `-j`, and `-j` over `-f`, key by key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from spacectl.documents import MAX_BYTES, decode_text, parse, parse_json
from spacectl.errors import InputError, Problem, UsageError
from spacectl.files import files_among
from spacectl.masking import MASK, is_secret, masked_word
from spacectl.paths import Owned, Step, at_path, parse_path, shown_path, with_path
from spacectl.values import Blob, Fields, Invalid, Items, Node, Scalar, Where, is_null, updated

SUFFIXES = (".yml", ".yaml", ".json", ".jsonl")
ReadStdin = Callable[[], bytes]


class Inputs(NamedTuple):
    """The input options of one command as they were typed."""

    files: Sequence[str] = ()
    json: Sequence[str] = ()
    parameters: Sequence[str] = ()
    recursive: bool = False


def requests(inputs: Inputs, read_stdin: ReadStdin) -> list[Fields]:
    """One tree for each document of the files, with -j and -p put over each; one alone where there is no file.

    Raises InputError for what cannot be read, UsageError for a malformed option.
    """
    documents = _read_files(inputs.files, read_stdin, recursive=inputs.recursive)
    if not inputs.files:
        documents = [Fields()]
    return list(map(overlay(inputs, read_stdin), documents))


def live_requests(inputs: Inputs, stdin: BinaryIO) -> Iterator[Fields]:
    """One tree for each document of standard input, as soon as it has been read, with -j and -p put over it.

    Raises InputError, UsageError.
    """
    from spacectl.live_documents import live_documents

    put = overlay(inputs, lambda: b"")
    for document in live_documents(stdin, "<stdin>"):
        yield put(_mapping(document, "<stdin>"))


def overlay(inputs: Inputs, read_stdin: ReadStdin) -> Callable[[Fields], Fields]:
    """What puts -j and -p over a tree. Raises InputError, UsageError, and so may what it gives."""
    over = Fields()
    for text in inputs.json:
        over = updated(over, _read_json(text))
    assignments = [_assignment(text, read_stdin) for text in inputs.parameters]
    keys = {*over.entries, *(str(assignment.path[0]) for assignment in assignments)}
    return lambda document: _assigned(updated(_respelled(document, keys), over), assignments)


def _respelled(fields: Fields, keys: set[str]) -> Fields:
    """The fields with their keys as the options spell them: plugin_info for pluginInfo, where that goes over it."""
    spelled = {_folded(key): key for key in keys}
    names = [key if key in keys else spelled.get(_folded(key), key) for key in fields.entries]
    if names == list(fields.entries) or len(set(names)) < len(names):
        return fields
    return Fields(dict(zip(names, fields.entries.values(), strict=True)), fields.where, fields.duplicates)


def _folded(key: str) -> str:
    return key.replace("_", "").lower()


def opened_at(fields: Fields, key: str) -> Fields:
    """The fields with what `-p key={…}` or `-p key=@file` holds in place of its text, so that more can be put into it.

    Raises InputError for a text that is no mapping.
    """
    entry = fields.entries.get(key)
    value = entry.value if entry is not None else None
    if isinstance(value, Blob):
        documents = parse(decode_text(value.data, value.name), value.name)
        inner = _mapping(documents[0], value.name) if len(documents) == 1 else Fields()
    elif isinstance(value, Scalar) and value.style == "argument" and value.text:
        opened = parse_json(value.text, value.where)
        inner = _mapping(opened, str(value.where))
    else:
        return fields
    return with_path(fields, [key], inner, value.where)


def read_bytes(name: str, read_stdin: ReadStdin, option: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises InputError."""
    if name == "-":
        return read_stdin()
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "give the text on standard input instead: -f -" if option == "-f" else ""
        raise InputError([Problem(f"{option} {name}", "", reason)], *([hint] if hint else [])) from None


def _read_files(names: Sequence[str], read_stdin: ReadStdin, *, recursive: bool = False) -> list[Fields]:
    """The documents of the files. Raises InputError with what is wrong with each of those that cannot be read."""
    documents: list[Fields] = []
    problems: list[Problem] = []
    hints: list[str] = []
    for name in names:
        try:
            documents += _read_file(name, read_stdin, recursive=recursive)
        except InputError as error:
            problems += error.problems
            hints += [hint for hint in error.hints if hint not in hints]
    if problems:
        raise InputError(problems, *hints)
    return documents


def _read_file(name: str, read_stdin: ReadStdin, *, recursive: bool) -> list[Fields]:
    if not name:
        raise InputError([Problem("-f ''", "", "the name of a file is due")], "-f FILE, -f - for standard input")
    if name != "-" and Path(name).is_dir():
        return _read_files(_files_in(name, recursive=recursive), read_stdin)
    shown = "<stdin>" if name == "-" else name
    documents = parse(decode_text(read_bytes(name, read_stdin, "-f"), shown), shown)
    # an empty document between others is a stray `---`, and no request
    meant = [document for document in documents if not is_null(document)]
    return [_mapping(document, shown) for document in meant] or [Fields({}, Where(shown))]


def _files_in(name: str, *, recursive: bool) -> list[str]:
    """The files of a directory that hold requests, in the order of their names, and those of the ones below it.

    Links to directories, and directories that begin with a dot, are left alone. Raises InputError.
    """

    def fail(error: OSError) -> None:
        raise InputError([Problem(f"-f {error.filename or name}", "", error.strerror or str(error))])

    found: list[Path] = []
    for directory, below, files in os.walk(name, onerror=fail):
        found += (Path(directory, file) for file in files if Path(file).suffix.lower() in SUFFIXES)
        below[:] = [one for one in below if recursive and not one.startswith(".")]
    chosen = files_among(found)
    if not chosen:
        hints = [] if recursive else ["-R reads the directories below it, too"]
        raise InputError(
            [Problem(f"-f {name}", "", f"the directory holds no file that ends in {', '.join(SUFFIXES)}")], *hints
        )
    return [str(path) for path in chosen]


def _mapping(document: Node, name: str) -> Fields:
    if isinstance(document, Fields):
        return document
    if is_null(document):
        return Fields({}, Where(name))
    if isinstance(document, Invalid):
        raise InputError([Problem(str(document.where), "", document.message)])
    kind = "a list" if isinstance(document, Items) else "a single value"
    if isinstance(document, Scalar) and document.text.lstrip().startswith(("{'", '{"')):
        kind = "one quoted text"
    raise InputError(
        [Problem(str(document.where), "", f"is {kind}, a mapping of field names to values is due")],
        "write `name: value` lines; `---` between two requests",
    )


def _read_json(text: str) -> Fields:
    where = Where("-j")
    key, equals, rest = text.partition("=")
    if equals and key.strip().replace(".", "_").isidentifier():
        return with_path(Fields(), key.strip().split("."), parse_json(rest, where), where)
    node = parse_json(text, where)
    if not isinstance(node, Fields):
        raise InputError([Problem("-j", "", "a JSON object is due")], """write -j '{"name": "value"}'""")
    return node


class _Assignment(NamedTuple):
    path: tuple[Step, ...]
    value: Node | None
    where: Where


def _assignment(text: str, read_stdin: ReadStdin) -> _Assignment:
    key, equals, value = text.partition("=")
    if not equals or not key.strip(" :"):
        raise UsageError(f"-p {masked_word(text)}: not KEY=VALUE", "write -p name=value, or -p 'name:=JSON'")
    if key.endswith(" "):
        value = value.lstrip(" ")
    key = key.strip()
    is_json = key.endswith(":")
    key = key.rstrip(":").strip()
    where = Where(f"-p {key}")
    try:
        path = parse_path(key)
    except ValueError as error:
        raise UsageError(f"-p {masked_word(text)}: {error} in the path {key!r}", "write -p a.b=value") from None
    if is_json:
        return _Assignment(path, parse_json(value, where), where)
    if value.startswith("@"):
        name = value[1:]
        if not name:
            raise UsageError(f"-p {key}=@: a file's name is due", f"-p {key}=@FILE", f"""-p '{key}:="@"'""")
        try:
            return _Assignment(path, Blob(read_bytes(name, read_stdin, f"-p {key}="), name, where), where)
        except InputError as error:
            # it may be no name of a file
            shown = f"@{MASK}" if is_secret(key) else value
            hint = f"for a value that begins with @ itself: -p '{key}:=\"{shown}\"'"
            problems = [problem._replace(where=f"-p {key}={shown}") for problem in error.problems]
            raise InputError(problems, hint) from None
    return _Assignment(path, Scalar(value, "argument", where), where)


def _assigned(fields: Fields, assignments: Sequence[_Assignment]) -> Fields:
    repeated: dict[tuple[Step, ...], list[Node]] = {}
    above: set[tuple[Step, ...]] = set()
    own: Owned = {}
    for path, value, where in assignments:
        if path in above:
            key = shown_path(path)
            problem = Problem(str(where), "", f"parts of {key} are given by other -p {key}.…")
            raise InputError([problem], "give the whole as JSON, or only its parts")
        for length in range(1, len(path)):
            if path[:length] in repeated and isinstance(at_path(fields, path[:length]), Scalar):
                key = shown_path(path[:length])
                problem = Problem(str(where), "", f"{key} is given a value of its own by -p {key}")
                raise InputError([problem], "give the whole as JSON, or only its parts")
            above.add(path[:length])
        values = repeated.setdefault(path, [])
        if value is not None:
            values.append(value)
        fields = with_path(fields, path, value, where, own)
    for path, values in repeated.items():
        if len(values) > 1:
            where = values[-1].where
            fields = with_path(fields, path, Items(tuple(values), where, repeated=True), where, own)
    return fields
