"""Words in another order than a command takes them: `repository.Plugin list`, `explain repository.Plugin get`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from spacectl.errors import UsageError
from spacectl.resource_type import parse

# what takes VERB RESOURCE
VERB_FIRST = ("exec", "skeleton", "validate")
# commands with options that `exec` does not have
_OF_THEIR_OWN = ("list", "stat", "analyze")
VERBS = ("get", *_OF_THEIR_OWN)
_WITHOUT_VALUE = frozenset(
    [
        "-h",
        "--help",
        "-m",
        "--minimal",
        "-a",
        "--all",
        "--all-pages",
        "--continue-on-error",
        "--dry-run",
        "--refresh",
        "--resume",
        "--retry-failed",
        "--retry-unknown",
        "--strict",
        "--version",
        "-V",
        "--verbose",
        "-R",
        "--recursive",
        "-w",
        "--watch",
        "--print-grpcurl",
        "--emit-defaults",
        "--show-unknown",
        "--csv-safe",
    ]
)


def positional(arguments: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The arguments that are neither options nor their values, each with its position."""
    skip = False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument.startswith("-"):
            skip = argument not in _WITHOUT_VALUE and "=" not in argument and (len(argument) == 2 or argument[1] == "-")
        else:
            yield index, argument


def in_order(arguments: Sequence[str], known: Collection[str]) -> list[str] | None:
    """The arguments in the order that a command takes them; None where they are in it, or nobody can tell.

    `known` are the names of the commands.
    """
    words = list(arguments)
    places = [place for place, _ in positional(arguments)]
    if not places:
        return None
    start, *rest = places
    before, command, after = words[:start], words[start], words[start + 1 :]
    names = [words[place] for place in rest if "=" not in words[place]]
    if command == "explain":
        others = [word for place, word in enumerate(after, start + 1) if place not in rest]
        return [*before, "explain", ".".join(_resource_first(names)), *others] if len(names) > 1 else None
    if command in VERB_FIRST and names:
        resource, verb = names[0], names[1] if len(names) > 1 else ""
        if not verb and resource.count(".") > 1:
            resource, _, verb = resource.rpartition(".")
            return [*before, command, verb, resource, *_without(after, names[0])] if verb.islower() else None
        if command == "exec" and resource.lower() in _OF_THEIR_OWN and _is_resource(verb):
            return [*before, resource.lower(), *_without(after, resource)]
        if _is_resource(resource) and _is_verb(verb):
            first = () if command == "exec" and verb in VERBS else (command,)
            return [*before, *first, verb, resource, *_without(_without(after, verb), resource)]
        return None
    if names and _is_resource(command) and _is_verb(names[0]):
        verb = names[0]
        return [*before, *(() if verb in VERBS else ("exec",)), verb, command, *_without(after, verb)]
    return None


def _resource_first(names: list[str]) -> list[str]:
    return [names[1], names[0], *names[2:]] if not _is_resource(names[0]) and _is_resource(names[1]) else names


def _without(words: Sequence[str], word: str) -> list[str]:
    place = list(words).index(word)
    return [*words[:place], *words[place + 1 :]]


def _is_resource(word: str) -> bool:
    try:
        parse(word.partition("/")[0])
    except UsageError:
        return False
    return True


def _is_verb(word: str) -> bool:
    return word.isidentifier() and not _is_resource(word)
