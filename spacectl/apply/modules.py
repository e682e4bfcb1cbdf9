"""The modules that a task may use, and the spec of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from spacectl.apply import dates, rows
from spacectl.apply.calls import Calls, Printer
from spacectl.apply.exports import EXTRAS, export
from spacectl.apply.outcome import Outcome
from spacectl.apply.shell import run_script
from spacectl.errors import UsageError
from spacectl.files import write_atomically

PREFIX = "@modules/"


class Keys(NamedTuple):
    """The keys of a module's spec: those that must be there, and those that may."""

    due: tuple[str, ...]
    more: tuple[str, ...] = ()


MODULES: Mapping[str, Keys] = {
    "resource": Keys(
        ("resource_type",), ("data", "matches", "mode", "verb", "output", "pagination", "no_verification")
    ),
    "shell": Keys(("run",)),
    "print": Keys(("data",), ("output", "path")),
    "join": Keys(("origin_data", "other_data", "join_keys"), ("how", "output")),
    "concat": Keys(("data",)),
    "csv": Keys(("file",)),
    "date": Keys((), ("base_date",)),
    "export-excel": Keys(("path", "sheet", "data"), ("fill_na", "reset")),
    "export-s3": Keys(
        ("aws_access_key_id", "aws_secret_access_key", "bucket", "path", "data"),
        ("output", "role_arn", "external_id", "region_name", "endpoint_url"),
    ),
    "export-mysql": Keys(("host", "user", "password", "db", "table"), ("data", "port", "pem")),
    "export-google-sheets": Keys(
        ("service_account_json", "data"),
        ("sheet_id", "worksheet_index", "header_start_at", "path", "folder_id", "fill_na", "reset", "copy"),
    ),
}
# these change nothing, and a plan runs them
PURE = frozenset(("join", "concat", "csv", "date"))


@dataclass(frozen=True)
class Means:
    """What modules work with: the servers, standard output, the environment of scripts, files."""

    calls: Calls
    printer: Printer
    environ: Callable[[], Mapping[str, str]]
    read_file: Callable[[str], bytes]
    hidden: Callable[[Any], Any]


def name_of(uses: str) -> str | None:
    """The name of a module of this package, None where `uses` does not say one."""
    name = uses.removeprefix(PREFIX)
    return name if uses.startswith(PREFIX) and name in MODULES else None


def run_module(name: str, spec: Mapping[str, Any], directory: str, before: Any, means: Means) -> Outcome:
    """Runs any module but `resource`; `before` is the output of an earlier task of its id. Raises SpacectlError."""
    match name:
        case "shell":
            return Outcome("run", run_script(str(spec["run"]), means.environ()))
        case "print":
            return Outcome("done", _print(spec, means))
        case "join":
            return Outcome("done", rows.join(spec))
        case "concat":
            return Outcome("done", rows.concat(before, spec["data"]))
        case "csv":
            return Outcome("done", _csv(str(spec["file"]), directory, means))
        case "date":
            base = spec.get("base_date")
            return Outcome("done", dates.neighbours(str(base) if base else None))
    if name in EXTRAS:
        return Outcome("run", export(name, spec))
    raise UsageError(f"there is no module {PREFIX}{name}")


def _csv(name: str, directory: str, means: Means) -> list[dict[str, Any]]:
    beside = Path(directory, name)
    # relative to where the command runs, or to the manifest
    found = name if Path(name).exists() or not beside.exists() else str(beside)
    return rows.read_csv(means.read_file(found), found)


def _print(spec: Mapping[str, Any], means: Means) -> dict[str, Any]:
    data, output, path = spec["data"], str(spec.get("output") or "json"), spec.get("path")
    if output not in ("json", "yaml", "csv", "table"):
        raise UsageError(f"output: {output!r} is no format", "json, yaml, csv, table")
    if not path:
        means.printer.show(means.hidden(data), output)
        return {}
    target = (
        "/".join(str(part).strip("/") if i else str(part) for i, part in enumerate(path))
        if isinstance(path, list)
        else str(path)
    )
    whole = {"results": data} if isinstance(data, list) and output != "csv" else data
    write_atomically(Path(target), means.printer.text(whole, output))
    return {"path": target}
