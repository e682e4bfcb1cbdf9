"""What is sent: the author's test files, options and credentials, and for the rest what the interface's table says."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from spacectl.documents import decode_text, parse
from spacectl.errors import InputError, Problem, UsageError
from spacectl.masking import MASK
from spacectl.paths import at_path
from spacectl.plugin.interfaces import Step
from spacectl.plugin.shapes import minimal
from spacectl.values import Entry, Fields, Items, Node, Scalar, from_python, is_null, updated

SUFFIXES = (".yml", ".yaml", ".json")
# shorter texts stand in too many other places
SHORTEST_SECRET = 4
LONG_LINE = 16
WRONG = "wrong-on-purpose-by-spacectl"
SECRET_FIELDS = ("secret_data", "credentials", "user_credentials", "channel_data")


class Inputs(NamedTuple):
    """What the author gives: a folder of files named after the calls, and options and credentials of their own.

    `options_name` and `secret_name` are how the files were named, for the commands that are shown.
    """

    folder: Path
    options: Fields | None = None
    secret_data: Fields | None = None
    wrong_secret_data: Fields | None = None
    options_name: str = ""
    secret_name: str = ""


def read_mapping(data: bytes, name: str) -> Fields:
    """The one mapping that a YAML or JSON text holds. Raises InputError."""
    documents = parse(decode_text(data, name), name)
    if not documents:
        return Fields()
    if len(documents) > 1 or not isinstance(documents[0], Fields):
        raise InputError([Problem(name, "", "one document with a mapping is due")])
    return documents[0]


def refuse_duplicates(node: Node) -> None:
    """Raises InputError for the keys that were written more than once, with all of them."""
    problems = list(_duplicates(node, ""))
    if problems:
        raise InputError(problems)


def file_of(step: Step, folder: Path) -> Path | None:
    """The author's file for a call: `test/collect.yml`, or `test/metric.list.yml`, `test/Metric.list.yml`."""
    names = dict.fromkeys((step.name, f"{step.service}.{step.rpc}", f"{step.service}_{step.rpc}".lower(), step.rpc))
    # `list.yml` would be of two calls
    usable = [name for name in names if name != step.rpc or "." not in step.name]
    return next(
        (path for name in usable for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()), None
    )


def given(step: Step, inputs: Inputs, known: Mapping[str, Any]) -> Fields | None:
    """The request of a call, None where the author has to give something that is not there. Raises InputError."""
    path = file_of(step, inputs.folder)
    written = Fields() if path is None else _read(path)
    if step.needs and not any(_is_there(written, name) or known.get(name) for name in step.needs):
        return None
    request = _filled(step, known)
    request = updated(request, written)
    for name, value in (("options", inputs.options), ("secret_data", inputs.secret_data)):
        if value is not None and name in step.request:
            request = with_entry(request, name, value)
    return request


def options_of(request: Fields) -> Fields:
    """The options of a request."""
    found = at_path(request, ["options"])
    return found if isinstance(found, Fields) else Fields()


def with_entry(request: Fields, name: str, value: Node) -> Fields:
    """A request with another value of a field."""
    return Fields({**request.entries, name: Entry(value.where, value)}, request.where, request.duplicates)


def wrong_credentials(request: Fields, step: Step, inputs: Inputs) -> tuple[Fields, bool] | None:
    """The request with credentials that nobody should take, and whether right ones were known to make them from.

    None where the given ones have no text that could be made wrong.
    """
    if step.wrong not in step.request:
        return None
    if inputs.wrong_secret_data is not None and step.wrong == "secret_data":
        return with_entry(request, step.wrong, inputs.wrong_secret_data), True
    found = at_path(request, [step.wrong])
    if not isinstance(found, Fields) or not found.entries:
        return with_entry(request, step.wrong, from_python({"spacectl": WRONG})), False
    wrong = _made_wrong(found)
    return None if wrong == found else (with_entry(request, step.wrong, wrong), True)


class Masker:
    """Takes credentials out of whatever is printed or kept."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, request: Fields | None) -> None:
        """Adds the credentials of a request."""
        for name in SECRET_FIELDS:
            node = None if request is None else at_path(request, [name])
            self.learn_node(node)

    def learn_node(self, node: Node | None) -> None:
        """Adds all texts of a tree."""
        for text in () if node is None else _texts(node):
            lines = [line for line in text.splitlines() if len(line.strip()) >= LONG_LINE]
            for secret in {text, *lines}:
                if len(secret) >= SHORTEST_SECRET:
                    self._secrets |= _forms(secret)
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """The text with every credential masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def plain(self, value: Any) -> Any:
        """The same for the texts of plain values."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self.plain, value)) if isinstance(value, list) else tuple(map(self.plain, value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return MASK if str(value) in self._secrets else value
        return value


def _forms(secret: str) -> set[str]:
    """A text as it stands in JSON, in JSON that is a text of JSON, in a URL, and in base64."""
    in_json = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (False, True)}
    data = secret.encode("utf-8", "surrogatepass")
    return {
        *(secret, quote(data), quote(data, safe=""), quote_plus(data)),
        *in_json,
        *(json.dumps(text, ensure_ascii=False)[1:-1] for text in in_json),
        *(encoded(data).decode().rstrip("=") for encoded in (b64encode, urlsafe_b64encode)),
    }


def _read(path: Path) -> Fields:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    return read_mapping(data, str(path))


def _is_there(request: Fields, name: str) -> bool:
    entry = request.entries.get(name)
    return entry is not None and not is_null(entry.value)


def _filled(step: Step, known: Mapping[str, Any]) -> Fields:
    """The request of the table, with what is known in the place of `$names`; what is not known is left out."""
    values: dict[str, Any] = {}
    for name, value in step.request.items():
        if isinstance(value, str) and value.startswith("$"):
            if known.get(value[1:]) is not None:
                values[name] = known[value[1:]]
        else:
            values[name] = value
    made = from_python(values)
    return made if isinstance(made, Fields) else Fields()


def allowed_options(metadata: Any) -> dict[str, Any]:
    """The least options that the schema of `init` allows."""
    schema = metadata.get("options_schema") if isinstance(metadata, dict) else None
    made = minimal(schema) if isinstance(schema, dict) else {}
    return made if isinstance(made, dict) else {}


def _made_wrong(node: Node) -> Any:
    def change(scalar: Scalar) -> Node:
        if scalar.style == "plain" and not re.search("[A-Za-z]{2}", scalar.text):
            return scalar
        if scalar.style == "plain" and scalar.text.lower() in ("true", "false", "null"):
            return scalar
        return Scalar(WRONG, "quoted", scalar.where) if scalar.text else scalar

    return _mapped(node, change)


def _mapped(node: Node, change: Callable[[Scalar], Node]) -> Node:
    if isinstance(node, Scalar):
        return change(node)
    if isinstance(node, Items):
        return Items(tuple(_mapped(item, change) for item in node.items), node.where, node.repeated)
    if isinstance(node, Fields):
        entries = {key: Entry(entry.where, _mapped(entry.value, change)) for key, entry in node.entries.items()}
        return Fields(entries, node.where, node.duplicates)
    return node


def _duplicates(node: Node, path: str) -> Iterator[Problem]:
    if isinstance(node, Items):
        for index, item in enumerate(node.items):
            yield from _duplicates(item, f"{path}[{index}]")
    elif isinstance(node, Fields):
        for key, where in node.duplicates:
            yield Problem(str(where), f"{path}.{key}".lstrip("."), "is given twice")
        for key, entry in node.entries.items():
            yield from _duplicates(entry.value, f"{path}.{key}".lstrip("."))


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        if not (node.style == "plain" and node.text.lower() in ("true", "false", "null", "~", "")):
            yield node.text
    elif isinstance(node, Items):
        for item in node.items:
            yield from _texts(item)
    elif isinstance(node, Fields):
        for entry in node.entries.values():
            yield from _texts(entry.value)
