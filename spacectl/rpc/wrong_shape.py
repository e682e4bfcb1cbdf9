"""What to say of an input that has another shape than the field that it is for."""

from __future__ import annotations

import re
from typing import Any

from spacectl.masking import MASK, is_secret
from spacectl.values import Blob, Fields, Invalid, Items, Node, Scalar, placeholder

MAX_SHOWN = 60


def instead(node: Node, due: str) -> str:
    """The message for a node that stands where something else, `due`, belongs."""
    name = placeholder(node)
    if name is not None:
        return f"fill in the placeholder {{{shown_key(name)}}}"
    if isinstance(node, Invalid):
        return node.message
    hint = _hint(node.text) if isinstance(node, Scalar) and node.style != "plain" else ""
    return f"{_kind(node)} where {due} is due{hint}"


def shown(text: str) -> str:
    """A text in quotes, cut where it is long."""
    return repr(text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…")


def shown_key(key: str) -> str:
    """A key as a part of a path: on one line, and cut where it is long."""
    key = key if len(key) <= MAX_SHOWN else key[: MAX_SHOWN - 1] + "…"
    return key if key.isprintable() else repr(key)


def without_secret(node: Node, path: str, message: str) -> str:
    """The message for a node without what stands there, where the path is that of a secret."""
    if not is_secret(path):
        return message
    if isinstance(node, Invalid):
        # a password that begins with ! or * is a tag or an alias to YAML
        return re.sub(r"(the (?:tag|alias) .)\S+", rf"\1{MASK}", message)
    return message.replace(shown(node.text), f"'{MASK}'") if isinstance(node, Scalar) else message


def join(path: str, key: str) -> str:
    """The path of a member: `plugin_info.options`."""
    return f"{path}.{shown_key(key)}" if path else shown_key(key)


def fields_of(descriptor: Any) -> str:
    """The names of a message's fields, the first few of many."""
    names = [field.name for field in descriptor.fields]
    return "{" + ", ".join(names[:8]) + (", …" if len(names) > 8 else "") + "}"


def _kind(node: Node) -> str:
    match node:
        case Items():
            return "a list"
        case Fields():
            return "a mapping"
        case Blob():
            return "a file's content"
        case Scalar(text="", style="quoted" | "argument"):
            return "an empty text"
        case Scalar(text=""):
            return "nothing"
    return shown(node.text) if isinstance(node, Scalar) else node.message


def _hint(text: str) -> str:
    text = text.lstrip()
    inner = text.lstrip("[({ \n")
    if inner == text:
        return ""
    if inner.startswith("'"):
        return "; it looks like Python's repr: write it as YAML or JSON"
    return "; take the quotes away" if inner and text[0] in "{[" else ""
