"""Collected resources as rows, and their keys: what the match rules say that tells them apart."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.plugin.results import cut

if TYPE_CHECKING:
    from spacectl.plugin.target import Item

STATES = ("NONE", "CREATED", "PENDING", "INPROGRESS", "SUCCESS", "FAILURE", "TIMEOUT", "IDLE", "SKIP")
MOST_RULES = 1_000
EMPTY: tuple[Any, ...] = (None, "", [], {})


class Rules(NamedTuple):
    """Match rules as a resource has them; what each names, None where that cannot be read; the fields of its key.

    `paths` are those that will be asked for.
    """

    plain: Any
    named: tuple[tuple[str, str], ...] | None
    key: tuple[str, ...]
    paths: tuple[str, ...] = ()


class Row:
    """A resource as it comes by: its position counted from 1, its state's and its type's names, its match rules.

    What is asked for twice is decoded once. `misshapen` is the field that was found to be of a wrong shape.
    """

    __slots__ = ("_values", "item", "kind", "misshapen", "position", "rules", "state")

    def __init__(self, position: int, state: str, kind: str, item: Item, rules: Rules) -> None:
        self.position = position
        self.state = state
        self.kind = kind
        self.item = item
        self.rules = rules
        self.misshapen = ""
        self._values = item.values("resource", rules.paths)

    @property
    def where(self) -> str:
        """Which one it is, as people say it."""
        return f"resource {self.position:,}"

    def value(self, path: str) -> Any:
        """The plain value at a path of the resource."""
        values = self._values
        if path in values:
            return values[path]
        values |= self.item.values("resource", (path,))
        return values[path]


class Rows:
    """Makes rows of the messages of a collection; most have the same match rules, which are read once.

    Of each row the values at `paths` will be asked for, and all that its match rules name, or its key alone.
    """

    def __init__(self, paths: tuple[str, ...] = (), *, keys_alone: bool = False) -> None:
        self._rules: dict[Hashable, Rules] = {}
        self._paths = paths
        self._keys_alone = keys_alone

    def row(self, position: int, item: Item) -> Row:
        """A message as a row."""
        number = item.scalar("state") or 0
        state = STATES[number] if 0 < number < len(STATES) else "" if not number else str(number)
        data = item.data("match_rules")
        rules = self._rules.get(data)
        if rules is None:
            rules = self._with_paths(_read_rules(item.mapping("match_rules")))
            if len(self._rules) < MOST_RULES:
                self._rules[data] = rules
        return Row(position, state, str(item.scalar("resource_type") or ""), item, rules)

    def _with_paths(self, rules: Rules) -> Rules:
        named = () if self._keys_alone else (path for _, path in rules.named or ())
        return rules._replace(paths=tuple(dict.fromkeys((*rules.key, *named, *self._paths))))


class Keys:
    """The keys of the resources of a run: hashes in a set, with a sum that does not depend on their order."""

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
    paths = row.rules.key
    if not paths or row.state in ("FAILURE", "TIMEOUT"):
        return None
    text = row.kind
    for path in paths:
        value = row.value(path)
        # that a field is missing is another check's to say
        if not value and value in EMPTY:
            return None
        text += f"\0{value}"
    return text


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
