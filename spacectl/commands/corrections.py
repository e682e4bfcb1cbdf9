"""A command line that was refused -> the one that was meant, as far as the error tells."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spacectl.commands.habits import line
from spacectl.commands.word_order import in_order
from spacectl.errors import InputError, UsageError
from spacectl.resource_type import NO_RESOURCE, parse

# an option after which there may be fields that the command line does not show
_FILES = ("-f", "--file-parameter", "--from")
REQUIRED = "is required"
MAX_ADDED = 5


def corrected(error: UsageError, arguments: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """The hints of an error, with the line to type instead where it tells that. `known` are the names of commands."""
    words = list(arguments)
    if error.message.endswith(NO_RESOURCE):
        words = in_order(words, known) or words
    if error.meant is not None:
        wrong, right = error.meant
        words = [right if _is_same(word, wrong) else word for word in words]
    if "placeholder" in error.message:
        words = _filled(words)
    if isinstance(error, InputError):
        words = _with_fields(error, words)
    if words == list(arguments):
        return error.hints
    right = f"`{line(['spacectl', *words])}`"
    if error.hints and error.hints[0].startswith("did you mean"):
        # the same, said shorter
        return (f"{right} ({error.hints[0]})", *error.hints[1:])
    return (right, *error.hints)


def _filled(words: list[str]) -> list[str]:
    """The words with VALUE for each `{ name }`, which a shell has split."""
    filled: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.endswith("{") or (word != "{" and not word.endswith("={")):
            filled.append(word)
            continue
        key = word[:-1]
        if word == "{" and filled[-1:] == ["="]:
            filled.pop()
            key = f"{filled.pop()}="
        filled.append(f"{key}VALUE")
        for inner in rest:
            if inner.endswith("}"):
                break
    return filled


def _with_fields(error: InputError, words: list[str]) -> list[str]:
    """The words with misspelt fields of options spelled as they should be, and with those that are missing."""
    named = set()
    for problem in error.problems:
        typed = problem.where.removeprefix("-p ")
        if problem.meant and typed == problem.path != problem.where:
            right = ".".join((*typed.split(".")[:-1], problem.meant))
            named.add(right)
            words = [f"{right}={word.partition('=')[2]}" if word.startswith(f"{typed}=") else word for word in words]
    if any(word.startswith(_FILES) for word in words):
        return words
    missing = [problem.path for problem in error.problems if problem.message == REQUIRED and problem.path not in named]
    if len(missing) > MAX_ADDED or any(not problem.meant and problem.message != REQUIRED for problem in error.problems):
        return words
    return [*words, *(word for path in missing for word in ("-p", f"{path}=VALUE"))]


def _is_same(word: str, wrong: str) -> bool:
    """Whether a word is a verb, or names a resource, that is wrong."""
    if word == wrong:
        return True
    try:
        return "." in wrong and str(parse(word)) == wrong
    except UsageError:
        return False
