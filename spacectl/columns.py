"""The columns that a user asks for: `a.b.c`, `a.0.b`, `a.b|Title`, `tags.?key:=Name=>value|Title`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spacectl.errors import UsageError

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda found, wanted: found == wanted,
    "!": lambda found, wanted: found != wanted,
    "": lambda found, wanted: wanted in found,
}


class Condition(NamedTuple):
    """Picks the members of a list whose `key` compares with `value`: `=` equal, `!` not equal, nothing: contains."""

    key: str
    operator: str
    value: str


class Column(NamedTuple):
    """One column: the path into a row, in steps, and the title over it."""

    path: str
    title: str
    steps: tuple[str | Condition, ...]

    @property
    def field(self) -> str:
        """The part of the path that a server can be asked for: up to the first list index or condition."""
        names = []
        for step in self.steps:
            if isinstance(step, Condition) or step.lstrip("-").isdecimal():
                break
            names.append(step)
        return ".".join(names)

    def value(self, row: Any) -> Any:
        """The column's value in a row; None where the row has nothing there."""
        return _value(row, self.steps)


def parse(text: str) -> tuple[Column, ...]:
    """The columns of a comma-separated text. Raises UsageError for an empty or malformed column."""
    return parse_all(part for part in text.split(","))


def parse_all(rules: Any) -> tuple[Column, ...]:
    """The columns of rules given one by one, as in a template file. Raises UsageError."""
    columns = tuple(_parse_one(str(rule)) for rule in rules)
    titles = [column.title for column in columns]
    for title in titles:
        if titles.count(title) > 1:
            raise UsageError(f"two columns are called {title!r}", f"give one another title: -c '{title}|Other'")
    return columns


def by_title(columns: Sequence[Column], text: str) -> str:
    """The server's field for a column title or path given to `-s`; the text itself where no column has it."""
    for column in columns:
        if text in (column.title, column.path):
            return column.field
    return text


def top_fields(columns: Sequence[Column]) -> frozenset[str]:
    """The fields of a row that the columns are read from; one is "" where that depends on the row."""
    return frozenset(column.field.partition(".")[0] for column in columns)


def projection(columns: Sequence[Column]) -> Callable[[Any], dict[str, Any]]:
    """The function that gives a row with just the columns, in their order, under their titles."""
    names = [(column.title, column.path) for column in columns if column.steps == (column.path,)]
    if len(names) < len(columns):
        return lambda row: project(columns, row)
    # most columns are one field each: no path to follow
    return lambda row: {title: row.get(name) for title, name in names} if type(row) is dict else project(columns, row)


def project(columns: Sequence[Column], row: Any) -> dict[str, Any]:
    """The row with just the columns, in their order, under their titles."""
    return {column.title: _value(row, column.steps) for column in columns}


def _parse_one(rule: str) -> Column:
    path, bar, title = rule.partition("|")
    path = path.strip()
    title = title.strip() if bar else path
    if not path or not title or "|" in title or ".." in path or path[0] == "." or path[-1] == ".":
        raise UsageError(f"-c: {rule!r} is no column", "write -c plugin_id,name or -c 'plugin_info.version|Version'")
    steps: list[str | Condition] = []
    rest = path
    while rest:
        if rest.startswith("?"):
            condition, arrow, rest = rest[1:].partition("=>")
            key, colon, value = condition.partition(":")
            if not (arrow and colon and key and rest):
                raise UsageError(f"-c: {rule!r} has a condition that is not `?KEY:=VALUE=>KEY`")
            operator = value[:1] if value[:1] in ("=", "!") else ""
            steps.append(Condition(key, operator, value[len(operator) :]))
        else:
            step, _, rest = rest.partition(".")
            steps.append(step)
    return Column(path, title, tuple(steps))


def _value(data: Any, steps: Sequence[str | Condition]) -> Any:
    for position, step in enumerate(steps):
        if isinstance(data, list):
            return _in_list(data, steps[position:])
        if not isinstance(data, dict):
            return None
        if isinstance(step, Condition):
            # tags were a list of keys and values before they became a map, and the column is written so to this day
            return _in_list([{"key": key, "value": value} for key, value in data.items()], steps[position:])
        if step not in data:
            # keys of a Struct may contain dots themselves
            whole = ".".join(s for s in steps[position:] if isinstance(s, str))
            return data.get(whole)
        data = data[step]
    return data


def _in_list(items: list[Any], steps: Sequence[str | Condition]) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(step, Condition):
        matches = _OPERATORS[step.operator]
        chosen = [i for i in items if isinstance(i, dict) and matches(_text(i.get(step.key)), step.value)]
        found = [value for item in chosen if (value := _value(item, rest)) is not None]
        return found or None
    if step.lstrip("-").isdecimal():
        index = int(step)
        return _value(items[index], rest) if -len(items) <= index < len(items) else None
    return [value for item in items if (value := _value(item, steps)) is not None] or None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
