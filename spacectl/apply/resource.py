"""`@modules/resource`: reads by `matches`, creates what is not there, updates what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from spacectl.apply.calls import Calls, Method
from spacectl.apply.outcome import Change, Outcome
from spacectl.apply.trees import Evaluated
from spacectl.apply.wanted import Wanted
from spacectl.errors import CallError, InputError, Problem, SpacectlError, UsageError
from spacectl.values import Entry, Fields, from_python

NOT_FOUND = 5
READS = frozenset(("get", "list", "stat", "analyze", "check"))
CREATING = frozenset(("create", "register", "add"))
CONTEXT = ("domain_id", "workspace_id")


def choose(calls: Calls, wanted: Wanted, kind: str, request: Fields) -> tuple[Method, list[Problem]]:
    """The method of a verb in the newest version that takes the request, and what is wrong with the request.

    Raises UsageError, ConfigError, CallError.
    """
    method = calls.method(wanted.resource, wanted.verbs[kind], None)
    problems = calls.problems(method, request)
    if problems:
        # manifests that were written for v1 run where v2 is served beside it
        for version in calls.versions(wanted.resource)[1:]:
            try:
                older = calls.method(wanted.resource, wanted.verbs[kind], version)
            except UsageError:
                continue
            if not calls.problems(older, request):
                return older, []
    return method, problems


class Step(NamedTuple):
    """What is to be done about a resource: the method and the request, None for nothing; `current` is what is there.

    For a verb that creates those are the rows that are equal, as far as rows show it.
    """

    outcome: Outcome
    method: Method | None = None
    request: Fields = Fields()
    current: Any = None


def decide(
    calls: Calls, wanted: Wanted, spec: Evaluated, *, planned: bool, needed: frozenset[str] = frozenset()
) -> Step:
    """Reads, and says what is to be done; `needed` are the secrets of the answer that later tasks use.

    A plan, of which not all values are known, takes what it cannot look for as not there. Raises SpacectlError.
    """
    if wanted.mode == "EXEC":
        called = _chosen(calls, wanted, "exec", wanted.data, check=not planned)
        equal = find_equal(calls, wanted, called) if called.verb in CREATING and spec.known else None
        if equal is not None and equal.rows and equal.whole and needed <= equal.rows[0].keys():
            # it was created before: another one of the same is nobody's wish, unless its key was told only then
            return Step(Outcome("unchanged", equal.rows[0]))
        return Step(
            Outcome("read" if called.verb in READS else "exec"),
            called,
            wanted.data,
            equal.rows if equal is not None else None,
        )
    main = "create" if "create" in wanted.verbs else "read"
    whole = wanted.data if main == "create" else wanted.matched
    method = _chosen(calls, wanted, main, whole, check=not planned) if main in wanted.verbs else None
    version = method.version if method is not None else None
    found: Any = None
    reader: Method | None = None
    if "read" in wanted.verbs:
        reader = calls.method(wanted.resource, wanted.verbs["read"], version)
        matched = _known(spec, wanted.matches)
        if matched:
            found = _read(calls, reader, wanted)
    if found is None:
        if "create" in wanted.verbs and method is not None:
            return Step(Outcome("create"), method, wanted.data)
        return Step(Outcome("absent", {}))
    if wanted.mode != "DEFAULT" or "update" not in wanted.verbs:
        return Step(Outcome("read" if wanted.mode == "READ_ONLY" else "unchanged", found))
    return _update(calls, wanted, found, (method, reader), spec)


def carry_out(calls: Calls, wanted: Wanted, step: Step) -> Outcome:
    """Does what was decided. Raises SpacectlError."""
    if step.method is None:
        return step.outcome
    output = calls.call(step.method, step.request, wanted.page_size)
    if step.outcome.action == "update" and not output:
        output = step.current
    return Outcome(step.outcome.action, output, step.outcome.changes)


class Equal(NamedTuple):
    """The rows that say all that a creating request says; `whole` unless it says more than a row ever shows."""

    rows: list[dict[str, Any]]
    whole: bool


def find_equal(calls: Calls, wanted: Wanted, method: Method) -> Equal | None:
    """What is there already of what a request would create; None where that cannot be found out."""
    try:
        lister = calls.method(wanted.resource, "list", method.version)
        data = calls.plain(method, wanted.data)
        asked = {
            key: entry
            for key, entry in wanted.data.entries.items()
            if key in lister.request_fields and isinstance(data.get(key), str)
        }
        rows = calls.call(lister, wanted.data._replace(entries=asked))
    except (UsageError, CallError):
        return None
    if lister.row_fields is None or not isinstance(rows, list):
        return None
    visible = {key: value for key, value in data.items() if key in lister.row_fields}
    equal = [row for row in rows if isinstance(row, dict) and not list(differences(visible, row))]
    # what the servers were asked for need not be seen in the rows
    return Equal(equal, whole=data.keys() <= visible.keys() | asked.keys())


def _chosen(calls: Calls, wanted: Wanted, kind: str, request: Fields, *, check: bool) -> Method:
    method, problems = choose(calls, wanted, kind, request)
    if problems and check:
        raise InputError(problems, f"`spacectl explain {wanted.resource} {method.verb}` shows every field")
    return method


def _known(spec: Evaluated, matches: Sequence[str]) -> bool:
    from spacectl.apply.trees import has_unknown

    data = spec.value.get("data") or {}
    return not any(has_unknown(data.get(name)) for name in matches)


def _read(calls: Calls, reader: Method, wanted: Wanted) -> Any:
    """What is there, None for nothing. Raises SpacectlError, for more than one too."""
    try:
        answer = calls.call(reader, wanted.matched)
    except CallError as error:
        absent = error.code == NOT_FOUND or error.details.startswith(("ERROR_NO_", "ERROR_NOT_FOUND"))
        if reader.lists or not absent:
            raise
        return None
    if not isinstance(answer, list):
        return answer or None
    if len(answer) > 1:
        shown = ", ".join(_identity(row) for row in answer[:5]) + (", …" if len(answer) > 5 else "")
        keys = ", ".join(wanted.matches) or "no field"
        raise SpacectlError(f"{len(answer)} of {wanted.resource} match by {keys}: {shown}", "more fields in `matches`")
    return answer[0] if answer else None


def _identity(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    return str(next((value for key, value in row.items() if key.endswith("_id")), None) or row.get("name", "?"))


def _update(
    calls: Calls,
    wanted: Wanted,
    found: Mapping[str, Any],
    methods: tuple[Method | None, Method | None],
    spec: Evaluated,
) -> Step:
    made_by, reader = methods
    update = calls.method(wanted.resource, wanted.verbs["update"], reader.version if reader else None)
    typed_by = made_by or update
    data = calls.plain(typed_by, wanted.data)
    declared = reader.row_fields if reader is not None else None
    # what an answer never shows, a password, cannot be compared
    visible = {key: value for key, value in data.items() if declared is None or key in declared}
    changes = tuple(differences(visible, found))
    if not changes:
        return Step(Outcome("unchanged", found))
    keys = list(dict.fromkeys(change.path.split(".")[0] for change in changes))
    fixed = [key for key in keys if key not in update.request_fields]
    if fixed:
        problems = [
            Problem(str(wanted.data.entries[key].where if key in wanted.data.entries else ""), key, "cannot be changed")
            for key in fixed
        ]
        raise InputError(problems, "`mode: NO_UPDATE` leaves what is there as it is")
    entries = {key: _merged(key, wanted.data.entries[key], found, update) for key in keys if key in wanted.data.entries}
    first = update.request_fields[:1]
    for key in (*first, *CONTEXT):
        if key in entries or key not in update.request_fields:
            continue
        if key in wanted.data.entries:
            entries[key] = wanted.data.entries[key]
        elif key in first and found.get(key):
            entries[key] = Entry(wanted.data.where, from_python(found[key], wanted.data.where))
    return Step(Outcome("update", dict(found), changes), update, wanted.data._replace(entries=entries), found)


def _merged(key: str, entry: Entry, found: Mapping[str, Any], update: Method) -> Entry:
    """The field with what is there already and the manifest does not name: an update replaces the whole field."""
    there = found.get(key)
    if key not in update.structs or not isinstance(there, dict) or not isinstance(entry.value, Fields):
        return entry
    kept = {name: Entry(entry.where, from_python(value, entry.where)) for name, value in there.items()}
    return Entry(entry.where, entry.value._replace(entries={**kept, **entry.value.entries}))


def differences(wanted: Any, there: Any, path: str = "") -> Any:
    """The fields of `wanted` that are otherwise in `there`; what `wanted` does not name may be there."""
    if isinstance(wanted, dict) and isinstance(there, (dict, type(None))):
        for key, value in wanted.items():
            yield from differences(value, (there or {}).get(key), f"{path}.{key}" if path else key)
        return
    if there is None and not wanted and not isinstance(wanted, bool):
        return
    if there is None and wanted is False:
        return
    if wanted != there:
        yield Change(path, there, wanted)
