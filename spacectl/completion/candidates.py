"""The words of a line that is being typed -> what the one at the cursor may become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from spacectl.completion import values
from spacectl.completion.known import Known
from spacectl.completion.table import Command, Commands
from spacectl.completion.values import Candidate, Target

VERB_COMMANDS = ("get", "list", "stat", "analyze")


class Offer(NamedTuple):
    """What may stand at the cursor; `files` means that the shell offers the names of files."""

    candidates: Sequence[Candidate] = ()
    files: bool = False


class Typed(NamedTuple):
    """What the words before the cursor say; `waiting` is the kind of the value that an option waits for."""

    path: str
    command: Command
    arguments: Sequence[str]
    options: Mapping[str, list[str]]
    waiting: tuple[str, str] | None
    no_more_options: bool


def complete(commands: Commands, words: Sequence[str], current: str, environ: Mapping[str, str]) -> Offer:
    """What the word at the cursor may become, after the words before it (without the command's own name)."""
    typed = read(commands, words)
    if typed is None:
        return Offer()
    known = Known(environ, last(typed, "--environment"), last(typed, "--endpoint"))
    if typed.waiting is not None:
        return value(typed, known, typed.waiting[1], current, typed.waiting[0])
    if current.startswith("-") and not typed.no_more_options:
        return option(typed, known, current)
    inside = commands.inside(typed.path)
    if inside:
        return starting(current, [Candidate(name, text) for name, text in inside])
    kind = typed.command.argument(len(typed.arguments))
    return Offer() if kind is None else value(typed, known, kind, current)


def read(commands: Commands, words: Sequence[str]) -> Typed | None:
    """What the words say; None for a command that is not in the table."""
    path, command = "", commands.get("")
    arguments: list[str] = []
    options: dict[str, list[str]] = {}
    waiting: tuple[str, str] | None = None
    no_more_options = False
    for word in words:
        if command is None:
            return None
        if waiting is not None:
            options.setdefault(waiting[0], []).append(word)
            waiting = None
        elif word == "--" and not no_more_options:
            no_more_options = True
        elif word.startswith("-") and len(word) > 1 and not no_more_options:
            name, attached = _attached(command, word)
            found = command.option(name)
            if found is not None and found.kind is not None:
                if attached is None:
                    waiting = (found.names[-1], found.kind)
                else:
                    options.setdefault(found.names[-1], []).append(attached)
        elif commands.inside(path):
            inner = f"{path} {word}".strip()
            if path == "" and commands.get(inner) is None:
                # any verb is a command: it is short for `exec VERB`
                inner = word.replace("_", "-")
                if commands.get(inner) is None:
                    inner, arguments = "exec", [word]
            path, command = inner, commands.get(inner)
        else:
            arguments.append(word)
    return None if command is None else Typed(path, command, arguments, options, waiting, no_more_options)


def last(typed: Typed, name: str) -> str | None:
    """The value of an option, the last one where there are several."""
    given = typed.options.get(name)
    return given[-1] if given else None


def option(typed: Typed, known: Known, current: str) -> Offer:
    """Names of options, or the value that is attached to one: `--output=json`, `-ojson`."""
    name, attached = _attached(typed.command, current)
    found = typed.command.option(name)
    if attached is not None and found is not None and found.kind is not None:
        before = current[: len(current) - len(attached)]
        offer = value(typed, known, found.kind, attached, found.names[-1])
        return Offer([candidate._replace(text=before + candidate.text) for candidate in offer.candidates], offer.files)
    return starting(current, [Candidate(name, one.help) for one in typed.command.options for name in one.names])


def value(typed: Typed, known: Known, kind: str, current: str, option_name: str = "") -> Offer:
    """What a value of a kind may be."""
    if kind in ("FILE", "DIR", "DIRECTORY", "COMMAND"):
        return Offer(files=True)
    return starting(current, list(_of_kind(typed, known, kind, current, option_name)))


def starting(current: str, candidates: Sequence[Candidate]) -> Offer:
    """Those that begin with what is typed."""
    found: dict[str, Candidate] = {}
    for one in candidates:
        if one.text.startswith(current) and one.text.isprintable():
            found.setdefault(one.text, one)
    return Offer(list(found.values()))


def _of_kind(typed: Typed, known: Known, kind: str, current: str, option_name: str) -> Iterator[Candidate]:
    target = _target(typed)
    if kind.startswith("{"):
        yield from map(Candidate, kind.strip("{}").split(","))
    elif kind == "NAME":
        yield from map(Candidate, known.environments())
    elif kind in ("URL", "ENDPOINT"):
        yield from map(Candidate, dict.fromkeys(known.endpoints().values()))
    elif kind == "VERB":
        yield from values.verbs(known)
    elif kind == "RESOURCE":
        yield from values.resources(known, target.verb)
    elif kind == "SERVICE":
        yield from map(Candidate, known.services())
    elif kind == "FILTER":
        yield from map(Candidate, known.services())
        yield from values.resources(known, None)
    elif kind.startswith("SERVICE|RESOURCE"):
        yield from values.explained(known, current, target.version)
    elif kind == "KEY=VALUE":
        yield from values.parameters(known, target, current, typed.options.get("--parameter", ()))
    elif kind in ("COLUMNS", "[-]COLUMN", "-COLUMN", "-]COLUMN", "COLUMN"):
        yield from values.columns(known, target, current, sort=kind != "COLUMNS")
    elif kind == "VERSION":
        yield from map(Candidate, known.versions(target.resource))
    elif kind == "KEY" and typed.path.startswith("config"):
        yield from map(Candidate, values.SETTINGS)


def _target(typed: Typed) -> Target:
    arguments = dict(zip(typed.command.arguments, typed.arguments, strict=False))
    verb = arguments.get("VERB") or (typed.path if typed.path in VERB_COMMANDS else None)
    return Target(arguments.get("RESOURCE", ""), verb, last(typed, "--api-version"))


def _attached(command: Command, word: str) -> tuple[str, str | None]:
    """The name of an option, and the value that is written together with it."""
    if word.startswith("--"):
        name, equals, attached = word.partition("=")
        return name, attached if equals else None
    return (word[:2], word[2:]) if len(word) > 2 and command.option(word[:2]) is not None else (word, None)
