"""The checks of collected resources, each fed one resource after the other and holding no more than hashes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from spacectl.plugin.results import Offences, Result, cut

if TYPE_CHECKING:
    from spacectl.plugin.interfaces import Check, Step
    from spacectl.plugin.target import Item

STATES = ("NONE", "CREATED", "PENDING", "INPROGRESS", "SUCCESS", "FAILURE", "TIMEOUT", "IDLE", "SKIP")
ERROR_RESOURCE = "inventory.ErrorResource"
MOST_RULES = 1_000
Show = Callable[[int], str]


class Row:
    """A resource as it comes by: its position counted from 1, its state's and its type's names, its match rules.

    What is asked for twice is decoded once.
    """

    __slots__ = ("_values", "item", "kind", "position", "rules", "state")

    def __init__(self, position: int, state: str, kind: str, item: Item, rules: Any) -> None:
        self.position = position
        self.state = state
        self.kind = kind
        self.item = item
        self.rules = rules
        self._values: dict[str, Any] = {}

    @property
    def where(self) -> str:
        """Which one it is, as people say it."""
        return f"resource {self.position:,}"

    def value(self, path: str) -> Any:
        """The plain value at a path of the resource."""
        values = self._values
        if path not in values:
            values[path] = self.item.value("resource", path)
        return values[path]


class Rows:
    """Makes rows of the messages of a collection; most have the same match rules, which are read once."""

    def __init__(self) -> None:
        self._rules: dict[bytes, Any] = {}

    def row(self, position: int, item: Item) -> Row:
        """A message as a row."""
        number = item.scalar("state") or 0
        state = STATES[number] if 0 < number < len(STATES) else "" if not number else str(number)
        data = item.data("match_rules")
        rules = self._rules.get(data)
        if rules is None:
            rules = item.mapping("match_rules")
            if len(self._rules) < MOST_RULES:
                self._rules[data] = rules
        return Row(position, state, str(item.scalar("resource_type") or ""), item, rules)


class RowCheck(Protocol):
    """A check of every row of a stream."""

    def see(self, row: Row) -> None:
        """Looks at one row."""

    def result(self, total: int) -> Result:
        """What came of it, after `total` rows."""


class _Counted:
    """The part that all of them share: offences with the command that shows a resource whole."""

    def __init__(self, check: Check, show: Show) -> None:
        self.offences = Offences(check)
        self.settings = check.settings
        self._show = show

    def blame(self, row: Row, message: str, part: Callable[[], Any]) -> None:
        self.offences.add(row.where, message, part, lambda: self._show(row.position))

    def result(self, total: int) -> Result:
        return self.offences.result(self.good(total), f"{self.offences.count:,} of {total:,} resources")

    def good(self, total: int) -> str:
        return f"{total:,} resources"


class StateCheck(_Counted):
    """The state is one in which a collection ends."""

    def see(self, row: Row) -> None:
        if row.state not in self.settings["among"]:
            self.blame(row, f"its state is {row.state or 'not set'}", lambda: {"state": row.state, **brief(row)})


class TypeCheck(_Counted):
    """The type has a handler in the core service, and was declared by init."""

    def __init__(self, check: Check, show: Show, known: Iterable[str], declared: Any) -> None:
        super().__init__(check, show)
        self._known = frozenset(known)
        self._declared = {*declared, ERROR_RESOURCE} if isinstance(declared, list) and declared else None

    def see(self, row: Row) -> None:
        if row.kind in self._known and (self._declared is None or row.kind in self._declared):
            return
        if not row.kind:
            reason = "it has no resource_type"
        elif row.kind not in self._known:
            reason = f"the core service knows no resource_type {row.kind!r}"
        else:
            reason = f"its resource_type {row.kind} is not in supported_resource_type of init"
        self.blame(row, reason, lambda: {"resource_type": row.kind, **brief(row)})


class ShapeCheck(_Counted):
    """The resource has the fields of its type, in the right shape; one that failed may be incomplete."""

    def __init__(self, check: Check, show: Show, types: Mapping[str, Any]) -> None:
        super().__init__(check, show)
        self._types = {
            kind: (
                [_alternatives(names, kinds) for names, kinds in table["required"].items()],
                {
                    name: frozenset((kinds + "|empty" if "text" in kinds else kinds).split("|"))
                    for name, kinds in table["optional"].items()
                },
            )
            for kind, table in types.items()
        }

    def see(self, row: Row) -> None:
        wanted = self._types.get(row.kind)
        if wanted is None or row.state != "SUCCESS":
            return
        required, optional = wanted
        found = row.item.kinds("resource")
        for name, kinds, others in required:
            if found.get(name) not in kinds and not any(found.get(other) in known for other, known in others):
                self._blame(row, name, kinds)
                return
        for name, kind in found.items():
            if name in optional and kind not in optional[name]:
                self._blame(row, name, optional[name])
                return

    def _blame(self, row: Row, name: str, kinds: frozenset[str]) -> None:
        found = row.item.kind("resource", name)
        due = " or ".join(sorted(kinds - {"null", "empty"}))
        if found in ("absent", "null"):
            message = f"a {row.kind} needs {name}, a {due}"
        elif found in kinds:
            message = f"a {row.kind} needs {name}, and it is empty"
        else:
            message = f"{name} of a {row.kind} is a {due}, and this is a {found}"
        self.blame(row, message, lambda: {name: cut(row.value(name)), **brief(row)})


class RulesCheck(_Counted):
    """The match rules are there, and name fields that the resource carries."""

    def see(self, row: Row) -> None:
        if row.state in ("FAILURE", "TIMEOUT") or row.kind == ERROR_RESOURCE:
            return
        rules = row.rules
        if not rules:
            self.blame(row, "it has no match_rules", lambda: brief(row))
            return
        for order, paths in rules.items():
            if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
                message = f"match_rules.{order} is a list of field names"
                self.blame(row, message, lambda: {"match_rules": cut(rules), **brief(row)})
                return
            for path in paths:
                value = row.value(path)
                if value is None or value in ("", [], {}):
                    message = f"match_rules.{order} names {path}, which the resource does not carry"
                    self.blame(row, message, lambda: {"match_rules": cut(rules), **brief(row)})
                    return


class UniqueCheck(_Counted):
    """No two resources have the same values in the fields of their first match rule."""

    def __init__(self, check: Check, show: Show, keys: Keys) -> None:
        super().__init__(check, show)
        self._keys = keys

    def see(self, row: Row) -> None:
        text = key_of(row)
        if text is not None and not self._keys.add(text):
            self.blame(row, f"another resource has the key {spelled(text)}", lambda: brief(row))

    def good(self, total: int) -> str:
        return f"{self._keys.count:,} keys"


class MessageCheck(_Counted):
    """What failed says why."""

    def see(self, row: Row) -> None:
        if row.state in self.settings["among"] and not str(row.item.scalar("message") or "").strip():
            self.blame(row, f"its state is {row.state}, and it has no message", lambda: brief(row))


class OrderCheck(_Counted):
    """A type comes before the services that refer to it."""

    def __init__(self, check: Check, show: Show) -> None:
        super().__init__(check, show)
        self._waiting: dict[tuple[Any, ...], int] = {}
        self._known: set[tuple[Any, ...]] = set()

    def see(self, row: Row) -> None:
        value = row.value
        if row.kind == self.settings["then"]:
            key = tuple(value(name) for name in ("provider", "cloud_service_group", "cloud_service_type"))
            if key not in self._known:
                self._waiting.setdefault(_hashable(key), row.position)
        elif row.kind == self.settings["first"]:
            key = _hashable(tuple(value(name) for name in ("provider", "group", "name")))
            self._known.add(key)
            if key in self._waiting:
                earlier = self._waiting.pop(key)
                name = ".".join(map(str, key))
                message = f"the type {name} comes after the first resource that refers to it, resource {earlier:,}"
                self.blame(row, message, lambda: brief(row))

    def result(self, total: int) -> Result:
        return self.offences.result("", f"{self.offences.count:,} types come too late")


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
    if row.state in ("FAILURE", "TIMEOUT") or not row.rules:
        return None
    paths = row.rules[min(row.rules, key=_rule_order)] if len(row.rules) > 1 else next(iter(row.rules.values()))
    if not isinstance(paths, list):
        return None
    values = [row.value(path) for path in paths if isinstance(path, str)]
    if not any(value is not None for value in values):
        return None
    return "\0".join([row.kind, *map(str, values)])


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


def checks_of(step: Step, show: Show, declared: Any, keys: Keys) -> list[RowCheck]:
    """The checks of the rows of a step, but for those of its layouts. `declared` is supported_resource_type of init."""
    made: dict[str, Callable[[Check], RowCheck]] = {
        "state": lambda check: StateCheck(check, show),
        "resource_type": lambda check: TypeCheck(check, show, step.types, declared),
        "resource": lambda check: ShapeCheck(check, show, step.types),
        "match_rules": lambda check: RulesCheck(check, show),
        "unique": lambda check: UniqueCheck(check, show, keys),
        "message": lambda check: MessageCheck(check, show),
        "order": lambda check: OrderCheck(check, show),
    }
    return [made[test](check) for check in step.checks if (test := check.settings.get("test", "")) in made]


def _rule_order(name: str) -> tuple[int, str]:
    return (int(name), name) if name.isdecimal() else (1 << 30, name)


def _hashable(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part if isinstance(part, str | None) else str(part) for part in key)


def _alternatives(names: str, kinds: str) -> tuple[str, frozenset[str], list[tuple[str, frozenset[str]]]]:
    """A field with its kinds, and others that do as well: `data|json_data` are `mapping|text`, in this order."""
    first, *others = zip(names.split("|"), kinds.split("|"), strict=True)
    return first[0], frozenset(first[1:]), [(name, frozenset((kind,))) for name, kind in others]
