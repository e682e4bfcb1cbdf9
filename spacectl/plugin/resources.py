"""The checks of collected resources, each fed one resource after the other and holding no more than hashes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from spacectl.plugin.results import Offences, Result, cut
from spacectl.plugin.rows import EMPTY, FAILED, Keys, Row, Rules, are_names, brief, key_of, spelled

if TYPE_CHECKING:
    from spacectl.plugin.interfaces import Check, Step

ERROR_RESOURCE = "inventory.ErrorResource"
MOST_OUTLINES = 10_000
Show = Callable[[int], str]


class RowCheck(Protocol):
    """A check of every row of a stream."""

    def see(self, row: Row) -> bool:
        """Looks at one row; whether there is nothing to find in rows that are alike (see Row.likeness)."""

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

    def see(self, row: Row) -> bool:
        if row.state in self.settings["among"]:
            return True
        self.blame(row, f"its state is {row.state or 'not set'}", lambda: {"state": row.state, **brief(row)})
        return False


class TypeCheck(_Counted):
    """The type has a handler in the core service, and was declared by init."""

    def __init__(self, check: Check, show: Show, known: Iterable[str], declared: Any) -> None:
        super().__init__(check, show)
        self._known = frozenset(known)
        # what init declared wrongly is said there
        texts = declared if isinstance(declared, list) and all(isinstance(one, str) for one in declared) else ()
        self._declared = {*texts, ERROR_RESOURCE} if texts and self._known.issuperset(texts) else None

    def see(self, row: Row) -> bool:
        if row.kind in self._known and (self._declared is None or row.kind in self._declared):
            return True
        if not row.kind:
            reason = "it has no resource_type"
        elif row.kind not in self._known:
            reason = f"the core service knows no resource_type {row.kind!r}"
        else:
            reason = f"its resource_type {row.kind} is not in supported_resource_type of init"
        self.blame(row, reason, lambda: {"resource_type": row.kind, **brief(row)})
        return False


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
        # the outlines that were found to be right: most resources of a type have one of a few
        self._right: set[tuple[str, int]] = set()

    def see(self, row: Row) -> bool:
        if row.state != "SUCCESS" or row.kind not in self._types:
            return True
        outline = (row.kind, row.item.outline("resource"))
        if outline in self._right:
            return True
        if not self._is_right(row, row.item.kinds("resource")):
            return False
        if len(self._right) < MOST_OUTLINES:
            self._right.add(outline)
        return True

    def _is_right(self, row: Row, found: Mapping[str, str]) -> bool:
        required, optional = self._types[row.kind]
        for name, kinds, others in required:
            if found.get(name) not in kinds and not any(found.get(other) in known for other, known in others):
                self._blame(row, name, kinds)
                return False
        for name, kind in found.items():
            if name in optional and kind not in optional[name]:
                self._blame(row, name, optional[name])
                return False
        return True

    def _blame(self, row: Row, name: str, kinds: frozenset[str]) -> None:
        row.misshapen = name
        found = row.item.kind("resource", name)
        due = " or ".join(sorted(kinds - {"null", "empty"}))
        if found in ("absent", "null"):
            message = f"{row.kind} needs {name}, a {due}"
        elif found in kinds:
            message = f"{row.kind} needs {name}, and it is empty"
        else:
            message = f"{name} of {row.kind} is a {due}, and this is a {found}"
        self.blame(row, message, lambda: {name: cut(row.value(name)), **brief(row)})


class RulesCheck(_Counted):
    """The match rules are there, and name fields that the resource carries; those of its type are checked elsewhere."""

    def __init__(self, check: Check, show: Show, types: Mapping[str, Any]) -> None:
        super().__init__(check, show)
        self._required = {kind: frozenset(table["required"]) for kind, table in types.items()}

    def see(self, row: Row) -> bool:
        if row.state in FAILED or row.kind == ERROR_RESOURCE:
            return True
        rules = row.rules
        if rules.named and row.carries:
            return True
        self._look(row, rules)
        return False

    def _look(self, row: Row, rules: Rules) -> None:
        if not rules.plain:
            self.blame(row, "it has no match_rules", lambda: brief(row))
            return
        if rules.named is None:
            orders = (order for order, paths in rules.plain.items() if not are_names(paths))
            message = f"match_rules.{next(orders)} is a list of field names"
            self.blame(row, message, lambda: {"match_rules": cut(rules.plain), **brief(row)})
            return
        for order, path in rules.named:
            value = row.value(path)
            if value or value not in EMPTY:
                continue
            required = row.state == "SUCCESS" and path in self._required.get(row.kind, ())
            if not required and path.partition(".")[0] != row.misshapen:
                message = f"match_rules.{order} names {path}, which the resource does not carry"
                self.blame(row, message, lambda: {"match_rules": cut(rules.plain), **brief(row)})
                return


class UniqueCheck(_Counted):
    """No two resources have the same values in the fields of their first match rule."""

    def __init__(self, check: Check, show: Show, keys: Keys) -> None:
        super().__init__(check, show)
        self._keys = keys

    def see(self, row: Row) -> bool:
        text = key_of(row)
        if text is not None and not self._keys.add(text):
            self.blame(row, f"another resource has the key {spelled(text)}", lambda: brief(row))
        return False

    def good(self, total: int) -> str:
        return f"{self._keys.count:,} keys"


class MessageCheck(_Counted):
    """What failed says why."""

    def see(self, row: Row) -> bool:
        if row.state not in self.settings["among"]:
            return True
        if not str(row.item.scalar("message") or "").strip():
            self.blame(row, f"its state is {row.state}, and it has no message", lambda: brief(row))
        return False


class OrderCheck(_Counted):
    """A type comes before the services that refer to it."""

    def __init__(self, check: Check, show: Show) -> None:
        super().__init__(check, show)
        self._waiting: dict[tuple[Any, ...], int] = {}
        self._known: set[tuple[Any, ...]] = set()

    def see(self, row: Row) -> bool:
        value = row.value
        if row.kind == self.settings["then"]:
            key = _hashable((value("provider"), value("cloud_service_group"), value("cloud_service_type")))
            if key not in self._known:
                self._waiting.setdefault(key, row.position)
        elif row.kind == self.settings["first"]:
            key = _hashable((value("provider"), value("group"), value("name")))
            self._known.add(key)
            if key in self._waiting:
                earlier = self._waiting.pop(key)
                name = ".".join(map(str, key))
                message = f"the type {name} comes after the first resource that refers to it, resource {earlier:,}"
                self.blame(row, message, lambda: brief(row))
            return False
        return True

    def result(self, total: int) -> Result:
        return self.offences.result("", f"{self.offences.count:,} types come too late")


def checks_of(step: Step, show: Show, declared: Any, keys: Keys) -> list[RowCheck]:
    """The checks of the rows of a step, but for those of its layouts. `declared` is supported_resource_type of init."""
    made: dict[str, Callable[[Check], RowCheck]] = {
        "state": lambda check: StateCheck(check, show),
        "resource_type": lambda check: TypeCheck(check, show, step.types, declared),
        "resource": lambda check: ShapeCheck(check, show, step.types),
        "match_rules": lambda check: RulesCheck(check, show, step.types),
        "unique": lambda check: UniqueCheck(check, show, keys),
        "message": lambda check: MessageCheck(check, show),
        "order": lambda check: OrderCheck(check, show),
    }
    return [made[test](check) for check in step.checks if (test := check.settings.get("test", "")) in made]


def _hashable(key: tuple[Any, ...]) -> tuple[Any, ...]:
    for part in key:
        if part.__class__ is not str and part is not None:
            return tuple(part if isinstance(part, str | None) else str(part) for part in key)
    return key


def _alternatives(names: str, kinds: str) -> tuple[str, frozenset[str], list[tuple[str, frozenset[str]]]]:
    """A field with its kinds, and others that do as well: `data|json_data` are `mapping|text`, in this order."""
    first, *others = zip(names.split("|"), kinds.split("|"), strict=True)
    return first[0], frozenset(first[1:]), [(name, frozenset((kind,))) for name, kind in others]
