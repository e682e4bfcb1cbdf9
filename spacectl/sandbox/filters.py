"""The filters of a query: conditions of a key, an operator and a value, compiled to tests of a row."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from spacectl.sandbox import status
from spacectl.sandbox.columns import MISSING, check_column, column
from spacectl.sandbox.schema import plain
from spacectl.sandbox.times import iso, moment

if TYPE_CHECKING:
    from spacectl.sandbox.schema import Descriptor, Message

Test = Callable[["Message"], bool]
ORDERINGS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
MANY = ("in", "not_in", "contain_in", "not_contain_in", "regex_in")
OPERATORS = (
    *("lt", "lte", "gt", "gte", "eq", "not", "exists", "contain", "not_contain", "in", "not_in"),
    *("contain_in", "not_contain_in", "match", "regex", "regex_in"),
    *("datetime_gt", "datetime_lt", "datetime_gte", "datetime_lte"),
    *("timediff_gt", "timediff_lt", "timediff_gte", "timediff_lte"),
)


def any_element(value: Any, holds: Callable[[Any], bool]) -> bool:
    """Whether the value, or one element of it when it is a list, passes."""
    return holds(value) or (isinstance(value, list) and any(holds(item) for item in value))


def same_kind(left: Any, right: Any) -> bool:
    """Whether two values can be ordered: two numbers, or two of one type."""
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in ((int, float), str))


def equal(value: Any, want: Any) -> bool:
    """Equality as MongoDB has it: null equals missing, true is not 1, a list equals one of its elements."""
    if want is None and value in (MISSING, None):
        return True
    return any_element(value, lambda one: one == want and isinstance(one, bool) == isinstance(want, bool))


def contains(value: Any, want: Any) -> bool:
    """Whether a string, or a string of a list, contains the text, in any case; what is no text must be equal."""
    if not isinstance(want, str):
        return equal(value, want)
    text = want.lower()
    return any_element(value, lambda one: isinstance(one, str) and text in one.lower())


def ordered(name: str, value: Any, want: Any) -> bool:
    """Whether the value is before or after `want`; values of different kinds are neither."""
    compare = ORDERINGS[name]
    return any_element(value, lambda one: same_kind(one, want) and bool(compare(one, want)))


def matches(value: Any, patterns: Iterable[re.Pattern[str]]) -> bool:
    """Whether a string, or a string of a list, matches one of the patterns somewhere."""
    found = list(patterns)
    return any_element(value, lambda one: isinstance(one, str) and any(pattern.search(one) for pattern in found))


def compiled(patterns: list[Any]) -> list[re.Pattern[str]]:
    """The regular expressions, in any case; raises ApiError for one that is malformed."""
    try:
        return [re.compile(str(pattern), re.IGNORECASE) for pattern in patterns]
    except re.error as error:
        raise status.query_failed(str(error)) from None


def test_of(name: str, want: Any, condition: dict[str, Any]) -> Callable[[Any], bool]:
    """The test that an operator makes of a value. Raises ApiError for a value that the operator cannot use."""
    negated = name.startswith("not")
    if name in ("eq", "not"):
        return lambda value: equal(value, want) != negated
    if name in ("in", "not_in"):
        return lambda value: any(equal(value, one) for one in want) != negated
    if name in ("contain", "not_contain"):
        return lambda value: contains(value, want) != negated
    if name == "contain_in":
        return lambda value: any(contains(value, one) for one in want)
    if name == "not_contain_in":
        return lambda value: any(not contains(value, one) for one in want)
    if name in ("regex", "regex_in"):
        patterns = compiled(want if name == "regex_in" else [want])
        return lambda value: matches(value, patterns)
    if name == "exists":
        if not isinstance(want, bool):
            raise status.boolean_wanted(name, condition)
        return lambda value: (value is not MISSING) == want
    if name == "match":
        if not isinstance(want, dict):
            raise status.map_wanted(name, condition)
        return lambda value: any_element(value, lambda one: isinstance(one, dict) and want.items() <= one.items())
    if name.startswith(("datetime_", "timediff_")):
        want = iso(moment(name, str(want)))
        name = name.partition("_")[2]
    return lambda value: ordered(name, value, want)


def compile_condition(descriptor: Descriptor, key: str, name: str, want: Any, condition: dict[str, Any]) -> Test:
    """The test of a row that one condition makes. Raises ApiError when it cannot be made."""
    if name not in OPERATORS:
        raise status.query_failed(f"Filter operator is not supported. (operator = dict_keys({list(OPERATORS)}))")
    if not key:
        raise status.query_failed("Filter condition should have key, value and operator.")
    if name in MANY and not isinstance(want, list):
        raise status.list_wanted(name, condition)
    if name not in MANY and isinstance(want, list):
        raise status.list_refused(name, condition)
    check_column(descriptor, key)
    holds = test_of(name, want, {"key": key, "value": want, "operator": name})
    return lambda row: holds(column(row, key))


def compile_filters(descriptor: Descriptor, query: Message, keyword_columns: tuple[str, ...]) -> list[Test]:
    """The tests that a row must pass: each filter, and one of filter_or and of the columns of the keyword."""
    every = [compile_filter(descriptor, item) for item in query.filter]
    some = [compile_filter(descriptor, item) for item in query.filter_or]
    words = query.keyword.split()
    if words:
        some += [compile_condition(descriptor, key, "contain_in", words, {}) for key in keyword_columns]
    return [*every, lambda row: any(test(row) for test in some)] if some else every


def compile_filter(descriptor: Descriptor, item: Message) -> Test:
    """The test of one Filter message, whichever of its aliases are used."""
    condition = plain(item)
    key = item.key or item.k
    name = item.operator or item.o
    want = condition.get("value", condition.get("v"))
    return compile_condition(descriptor, key, name, want, condition)
