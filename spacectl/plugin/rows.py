"""Collected resources as rows, and their keys: what the match rules say that tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from spacectl.plugin.results import cut

if TYPE_CHECKING:
    from spacectl.plugin.target import Item

STATES = ("NONE", "CREATED", "PENDING", "INPROGRESS", "SUCCESS", "FAILURE", "TIMEOUT", "IDLE", "SKIP")
FAILED = ("FAILURE", "TIMEOUT")
MOST_RULES = MOST_HEADS = 1_000
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, eq=False, slots=True)
class Rules:
    """Match rules as a resource has them; what each names, None where that cannot be read; the fields of its key.

    `paths` are those that will be asked for: first those of the key, then the others that are named (`needed`
    together), then the ones that are asked for in any case, which `asked` takes out of their texts.
    """

    plain: Any
    named: tuple[tuple[str, str], ...] | None
    key: tuple[str, ...]
    paths: tuple[str, ...] = ()
    needed: int = 0
    asked: Callable[[Sequence[str | None]], Any] = tuple


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """What resources have in common that differ in nothing but their fields: names of state and type, match rules.

    There is one of each in Rows.
    """

    state: str
    kind: str
    rules: Rules


class Row:
    """A resource as it comes by: its position counted from 1, its state's and its type's names, its match rules.

    `texts` are the values at the paths of its rules, None for those that are empty. What is asked for twice is decoded
    once. `misshapen` is the field that was found to be of a wrong shape.
    """

    __slots__ = ("_values", "head", "item", "kind", "misshapen", "position", "rules", "state", "texts")

    def __init__(self, position: int, head: Head, item: Item) -> None:
        self.position = position
        self.head = head
        self.state = head.state
        self.kind = head.kind
        self.rules = head.rules
        self.item = item
        self.misshapen = ""
        self.texts = item.texts("resource", head.rules.paths)
        self._values: dict[str, Any] = {}

    @property
    def where(self) -> str:
        """Which one it is, as people say it."""
        return f"resource {self.position:,}"

    @property
    def carries(self) -> bool:
        """Whether nothing is empty that its match rules name."""
        return None not in self.texts or None not in self.texts[: self.rules.needed]

    def likeness(self) -> Hashable:
        """What is the same for rows that are alike.

        These have the same state, type and match rules, fields of the same names and kinds, and the same values at the
        paths that are asked for in any case; and all or none of them carry what the rules name.
        """
        return self.head, self.item.outline("resource"), self.carries, self.rules.asked(self.texts)

    def value(self, path: str) -> Any:
        """The plain value at a path of the resource."""
        values = self._values
        if path in values:
            return values[path]
        values |= self.item.values("resource", (path,))
        return values[path]


class Rows:
    """Makes rows of the messages of a collection; most have the same head, which is read once.

    Of each row the values at `paths` will be asked for, and all that its match rules name, or its key alone.
    """

    def __init__(self, paths: tuple[str, ...] = (), *, keys_alone: bool = False) -> None:
        self._around: dict[Hashable, Head] = {}
        self._heads: dict[tuple[Any, ...], Head] = {}
        self._rules: dict[Hashable, Rules] = {}
        self._paths = paths
        self._keys_alone = keys_alone

    def row(self, position: int, item: Item) -> Row:
        """A message as a row."""
        around = item.around("resource")
        head = self._around.get(around)
        if head is None:
            head = self._head(item)
            if around is not None:
                if len(self._around) == MOST_HEADS:
                    self._around.clear()
                self._around[around] = head
        return Row(position, head, item)

    def _head(self, item: Item) -> Head:
        number = item.scalar("state") or 0
        state = STATES[number] if 0 < number < len(STATES) else "" if not number else str(number)
        data = item.data("match_rules")
        rules = self._rules.get(data)
        if rules is None:
            rules = self._with_paths(_read_rules(item.mapping("match_rules")))
            if len(self._rules) < MOST_RULES:
                self._rules[data] = rules
        key = state, str(item.scalar("resource_type") or ""), rules
        if len(self._heads) == MOST_HEADS:
            self._heads.clear()
        return self._heads.setdefault(key, Head(*key))

    def _with_paths(self, rules: Rules) -> Rules:
        named = [] if self._keys_alone else [path for _, path in rules.named or ()]
        needed = (*rules.key, *dict.fromkeys(path for path in named if path not in rules.key))
        paths = (*needed, *(path for path in self._paths if path not in needed))
        asked = itemgetter(*map(paths.index, self._paths)) if self._paths else tuple
        return replace(rules, paths=paths, needed=len(needed), asked=asked)


class KeySum:
    """How many keys a run had, and a sum of their hashes that does not depend on their order."""

    def __init__(self) -> None:
        self.total = 0
        self.rows = 0

    def add(self, text: str) -> None:
        """Counts a key."""
        self.rows += 1
        self.total = (self.total + hash(text)) & 0xFFFFFFFFFFFFFFFF

    def equals(self, other: Keys) -> bool:
        """Whether these are the keys of another run, each as often."""
        return self.total == other.total and self.rows == other.rows


class Keys:
    """The keys of the resources of a run: hashes in a set, with what a KeySum has."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self.total = 0
        self.rows = 0

    @property
    def count(self) -> int:
        """How many different keys there are."""
        return len(self._seen)

    def add(self, text: str) -> bool:
        """Whether the key is new."""
        digest = hash(text)
        before = len(self._seen)
        self._seen.add(digest)
        self.rows += 1
        self.total = (self.total + digest) & 0xFFFFFFFFFFFFFFFF
        return len(self._seen) > before

    def __contains__(self, text: str) -> bool:
        return hash(text) in self._seen


def key_of(row: Row) -> str | None:
    """The type and the values of the first match rule, None where there are none."""
    texts = row.texts[: len(row.rules.key)]
    # that a field is missing is another check's to say
    if not texts or None in texts or row.state in FAILED:
        return None
    return "\0".join((row.kind, *texts))  # type: ignore[arg-type]


def spelled(key: str) -> str:
    """A key as people read it."""
    kind, *values = key.split("\0")
    return f"{kind.rpartition('.')[2]} {', '.join(values)}"


def brief(row: Row) -> dict[str, Any]:
    """What tells a person which resource it is."""
    found: dict[str, Any] = {"resource_type": row.kind}
    for name in ("name", "provider", "region_code"):
        value = row.value(name)
        if value is not None:
            found[name] = cut(value, 1)
    identifier = row.value("reference.resource_id")
    if identifier is not None:
        found["reference.resource_id"] = cut(identifier, 1)
    return found


def are_names(paths: Any) -> bool:
    """Whether a match rule is what it has to be: a list of names of fields."""
    return isinstance(paths, list) and bool(paths) and all(isinstance(path, str) for path in paths)


def _read_rules(plain: Any) -> Rules:
    if not isinstance(plain, dict) or not plain:
        return Rules(plain, None, ())
    first = plain[min(plain, key=_rule_order)]
    key = tuple(path for path in first if isinstance(path, str)) if isinstance(first, list) else ()
    named = None
    if all(are_names(paths) for paths in plain.values()):
        named = tuple((order, path) for order in plain for path in plain[order])
    return Rules(plain, named, key)


def _rule_order(name: str) -> tuple[int, str]:
    return (int(name), name) if name.isdecimal() else (1 << 30, name)
