"""What people type out of habit, from other tools and old documents: what is meant, or the line to type instead."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

from spacectl.commands.word_order import VERB_FIRST, VERBS, in_order, positional
from spacectl.errors import UsageError
from spacectl.masking import MASK, is_secret, masked
from spacectl.nearest import nearest
from spacectl.resource_type import SHORT_NAMES, parse

# `check` is no misspelt `cache`
NEAR = 0.7
# resources without a short name of their own that files are named after
_IN_FILE_NAMES = {
    "schema": "repository.Schema",
    "data_source": "cost_analysis.DataSource",
    "datasource": "cost_analysis.DataSource",
}
# options of list, stat and analyze that exec does not have
_OF_LISTS = ("-c", "--columns", "-l", "--limit", "-s", "--sort", "-a", "--all", "-m", "--minimal", "--all-pages")
# `secret_type` and `secret_id` speak of secrets and hold none
_NO_SECRETS = ("_type", "_id")


def is_verb(arguments: Sequence[str]) -> bool:
    """Whether an unknown command is a verb: a resource follows it, as in `delete identity.Provider`."""
    return resource_in(arguments[1:]) is not None


def resource_in(arguments: Sequence[str]) -> str | None:
    """The first of the arguments that is a resource and not an option, nor an option's value."""
    for _, argument in positional(arguments):
        if "=" not in argument:
            try:
                parse(argument.partition("/")[0])
            except UsageError:
                return None
            return argument
    return None


def unknown_command(arguments: Sequence[str], known: Sequence[str], before: Sequence[str] = ()) -> UsageError:
    """The error for a command that there is not, with the line that was meant; `before` are the options before it."""
    name = arguments[0]
    error = f"there is no command {name!r}"
    if name == "configure":
        return UsageError(error, "`spacectl config init` makes an environment", "`spacectl login` signs you in")
    ordered = in_order(arguments, known)
    if ordered is not None:
        return UsageError(f"{error}: the verb stands before the resource", f"`{line(['spacectl', *before, *ordered])}`")
    near = nearest(name, known, 1, NEAR)
    if near:
        return UsageError(error, f"did you mean `{line(['spacectl', *before, near[0], *arguments[1:]])}`?")
    if len(arguments) > 1:
        resource = guessed_resource(arguments)
        return UsageError(
            f"{error}; for a verb, which resource?",
            f"`{line(['spacectl', *before, 'exec', name, resource, *arguments[1:]])}`",
        )
    return UsageError(error, "`spacectl --help` lists them", f"for a verb: `spacectl exec {name} SERVICE.RESOURCE`")


def hints(usage_error: str, arguments: Sequence[str], known: Sequence[str]) -> list[str]:
    """The lines to type instead of one that click refused, none where the habit is not known."""
    start = next((index for index, _ in positional(arguments)), None)
    if start is None or arguments[start] not in known:
        return []
    before, words = ["spacectl", *arguments[:start]], list(arguments[start:])
    if "No such option" in usage_error and any(f"'{word}'" in usage_error for word in arguments[:start]):
        return [f"`{line(['spacectl', *words, *arguments[:start]])}`"] if _has_options_of_its_own(words[0]) else []
    if words[:2] in (["config", "set"], ["config", "set_api_key"]):
        return ["`spacectl config set api_key VALUE`; VALUE - reads it from standard input"]
    if "'-c'" in usage_error and any(_is_file(word) for word in words[words.index("-c") + 1 :][:1]):
        return [f"`{line([*before, *('-f' if word == '-c' else word for word in words)])}`"]
    ordered = in_order(arguments, known)
    if ordered is not None and _is_about_order(usage_error):
        return [f"`{line(['spacectl', *ordered])}`"]
    if words[0] != "exec" or len(words) < 2:
        return []
    if "'--query'" in usage_error:
        position = words.index("--query") if "--query" in words else len(words)
        query = json.dumps({"query": _json(words[position + 1 : position + 2])})
        return [f"`{line([*before, *words[:position], '-j', query, *words[position + 2 :]])}`"]
    if "'--plugin'" in usage_error or "'--method'" in usage_error:
        return ["`spacectl --endpoint grpc://HOST:PORT exec init inventory.Collector` calls a plugin"]
    if "'RESOURCE'" in usage_error:
        return [f"`{line([*before, 'exec', words[1], guessed_resource(words), *words[2:]])}`"]
    return []


def _has_options_of_its_own(command: str) -> bool:
    return command in (*VERB_FIRST, *VERBS, "explain", "api-resources", "apply")


def _is_about_order(usage_error: str) -> bool:
    if usage_error.startswith(("Missing argument 'RESOURCE'", "Got unexpected extra", "No such command")):
        return True
    return any(f"'{option}'" in usage_error for option in _OF_LISTS)


def _is_file(word: str) -> bool:
    return word.endswith((".yml", ".yaml", ".json"))


def _json(words: Sequence[str]) -> Any:
    try:
        return json.loads(words[0])
    except (ValueError, IndexError):
        return {}


def guessed_resource(arguments: Sequence[str]) -> str:
    """The resource that a file's name in the arguments speaks of, or the form of one."""
    for argument in arguments:
        stem = argument.rpartition("/")[2].partition(".")[0].lower().replace("-", "_")
        for full_name, short_names in SHORT_NAMES.items():
            if any(f"_{short}_" in f"_{stem}_" for short in short_names if len(short) > 2):
                return full_name
        for word, full_name in _IN_FILE_NAMES.items():
            if f"_{word}_" in f"_{stem}_":
                return full_name
    return "SERVICE.RESOURCE"


def line(words: Sequence[str]) -> str:
    """The words as a line to type, secrets masked, cut where it gets long."""
    shown = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and value and not key.endswith(_NO_SECRETS):
            shown.append(f"{key}={MASK if is_secret(value) else masked({key: value})[key]}")
        else:
            shown.append(MASK if word.lstrip().startswith(("{", "[")) and is_secret(word) else word)
    text = shlex.join(shown)
    return text if len(text) <= 300 else text[:299] + "…"
