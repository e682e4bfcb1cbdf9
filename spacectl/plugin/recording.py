"""What was received, kept as JSON lines (`--save DIR`), and what has changed since then (`--compare DIR`)."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Hashable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from spacectl.errors import UsageError
from spacectl.masking import masked
from spacectl.plugin.inputs import Masker
from spacectl.plugin.interfaces import Check
from spacectl.plugin.results import Offence, Offences, Result, cut
from spacectl.plugin.rows import EMPTY, STATES, Rows, key_of, spelled

MOST_NAMED = 10
CHANGED = {
    "reason": "what was collected before is not what is collected now",
    "way_out": "look whether the provider or the plugin has changed; --save keeps a new state to compare with",
}


class Recorder:
    """Keeps what each call received in `DIR/<call>.jsonl`, without credentials, whole or not at all.

    A file of an earlier run is replaced when the call has ended. Raises OSError.
    """

    def __init__(self, folder: Path, masker: Masker) -> None:
        self._folder = folder
        self._masker = masker
        self._open: dict[str, TextIO] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, step: str, value: Any) -> None:
        """One message more."""
        stream = self._open.get(step)
        if stream is None:
            descriptor = os.open(self._folder / f".{step}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            stream = os.fdopen(descriptor, "w", encoding="utf-8", newline="\n")
            self._open[step] = stream
        stream.write(line_of(value, self._masker))

    def end(self, step: str) -> None:
        """The call is over: what it received takes the place of what was there."""
        stream = self._open.pop(step, None)
        if stream is not None:
            stream.close()
            Path(self._folder / f".{step}.part").replace(self._folder / f"{step}.jsonl")

    def close(self) -> None:
        """Drops what did not come to an end."""
        for step, stream in self._open.items():
            stream.close()
            with suppress(OSError):
                Path(self._folder / f".{step}.part").unlink()
        self._open.clear()


class Comparison:
    """What a stream, or an answer, has in common with the one that was kept: by key, through hashes of the lines.

    `single` is for a call with one answer: what has changed in it counts, and not that it is another.
    """

    def __init__(self, path: Path, step: str, masker: Masker, *, single: bool) -> None:
        self._path = path
        self._masker = masker
        self._single = single
        self._check = Check(f"{step}.compare", CHANGED["reason"], CHANGED["way_out"], {})
        self._before: dict[int, tuple[int, int]] = {}
        self._seen: set[int] = set()
        self._new = Offences(self._check)
        self._changed = Offences(self._check)
        for offset, line in self._lines():
            self._before[self._key(json.loads(line), self._before)[0]] = (hash(line), offset)

    def see(self, value: Any) -> None:
        """Looks at one message."""
        line = line_of(value, self._masker)
        after = json.loads(line)
        key, name = self._key(after, self._seen)
        self._seen.add(key)
        known = self._before.pop(key, None)
        if known is None:
            self._new.add("new", name)
        elif known[0] != hash(line):
            self._changed.add("changed", name, lambda: differences(self._line(known[1]), after))

    def result(self) -> Result:
        """What is new, gone and changed."""
        counts = (self._new.count, len(self._before), self._changed.count)
        if not any(counts):
            return Result(self._check, "passed", f"as in {self._path}")
        gone = [
            Offence("gone", self._key(self._line(offset), ())[1])
            for _, offset in list(self._before.values())[:MOST_NAMED]
        ]
        detail = f"{counts[0]:,} new, {counts[1]:,} gone, {counts[2]:,} changed"
        return Result(self._check, "failed", detail, (*self._new.kept, *gone, *self._changed.kept), sum(counts))

    def _key(self, value: Any, taken: Container[int]) -> tuple[int, str]:
        """The hash of a message's key, one that is not taken yet, and its name."""
        text = "" if self._single else key_of_line(value)
        digest = hash(text)
        # of two that are the same the second has a key of its own
        while digest in taken and not self._single:
            digest = hash((digest, text))
        return digest, named(text)

    def _lines(self) -> Iterator[tuple[int, str]]:
        offset = 0
        with self._path.open("rb") as file:
            for number, data in enumerate(file, 1):
                try:
                    line = data.decode()
                    json.loads(line)
                except ValueError:
                    raise UsageError(f"{self._path}:{number}: not JSON", "--save DIR writes it anew") from None
                yield offset, line
                offset += len(data)

    def _line(self, offset: int) -> Any:
        with self._path.open("rb") as file:
            file.seek(offset)
            return json.loads(file.readline())


def comparison(folder: Path, step: str, masker: Masker, *, single: bool) -> Comparison | None:
    """The comparison of a call with what was kept of it, None where nothing was. Raises UsageError."""
    path = folder / f"{step}.jsonl"
    return Comparison(path, step, masker, single=single) if path.is_file() else None


def line_of(value: Any, masker: Masker) -> str:
    """A message as it is kept: one line of JSON without credentials."""
    secretless = _without_secrets(value)
    return masker(json.dumps(secretless, ensure_ascii=False, sort_keys=True)) + "\n"


def key_of_line(value: Any) -> str:
    """The key of a resource that was kept; of anything else all of it."""
    key = key_of(Rows().row(0, KeptItem(value))) if isinstance(value, dict) and "resource_type" in value else None
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if key is None else key


def named(key: str) -> str:
    """A key as people read it."""
    return spelled(key) if "\0" in key else cut(key) or "the answer"


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """The paths at which two values differ, at most ten."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: list[str] = []
        for key in sorted({*before, *after}):
            found += differences(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
        return found[:MOST_NAMED]
    return [] if before == after else [path or "the value"]


class KeptItem:
    """A message that was kept, seen as an item of a stream."""

    size = 0

    def __init__(self, value: dict[str, Any]) -> None:
        self._value = value

    def around(self, struct: str) -> Hashable:
        return None

    def scalar(self, name: str) -> Any:
        found = self._value.get(name)
        if name == "state" and isinstance(found, str):
            return STATES.index(found) if found in STATES else 0
        return found

    def data(self, name: str) -> Hashable:
        return None

    def mapping(self, name: str) -> Any:
        return self._value.get(name)

    def values(self, struct: str, paths: Iterable[str]) -> dict[str, Any]:
        return {path: self._at(struct, path) for path in paths}

    def texts(self, struct: str, paths: tuple[str, ...]) -> list[str | None]:
        values = (self._at(struct, path) for path in paths)
        return [str(value) if value or value not in EMPTY else None for value in values]

    def _at(self, struct: str, path: str) -> Any:
        found: Any = self._value.get(struct)
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def outline(self, struct: str) -> int:
        return 0

    def kind(self, struct: str, path: str) -> str:
        return "absent" if self._at(struct, path) is None else "text"

    def kinds(self, struct: str) -> dict[str, str]:
        return {}

    def fingerprint(self, struct: str, name: str) -> int | None:
        return None

    def plain(self) -> Any:
        return self._value

    def unknown(self) -> tuple[int, ...]:
        return ()

    def has(self, name: str) -> bool:
        return bool(self._value.get(name))


def _without_secrets(value: Any) -> Any:
    """The value with what stands under `secret_data`, wherever it is, masked."""
    if isinstance(value, dict):
        return {
            key: masked(item, secret=True) if key in ("secret_data", "credentials") else _without_secrets(item)
            for key, item in value.items()
        }
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
