"""The way of an `apply`: files, the check of it all, then the run or the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from spacectl.apply.calls import Calls, Printer
from spacectl.apply.check import check, check_requests
from spacectl.apply.execute import Executor
from spacectl.apply.journal import Journal
from spacectl.apply.kinds import ExpressionError, Typed
from spacectl.apply.manifest import Manifest, load, load_variables
from spacectl.apply.masking import Secrets
from spacectl.apply.modules import Means
from spacectl.apply.needs import needed_secrets
from spacectl.apply.outcome import CHANGES
from spacectl.apply.report import Report
from spacectl.apply.runner import Runner
from spacectl.apply.scope import Scope
from spacectl.apply.trees import copied
from spacectl.errors import CallError, ConfigError, InputError, Problem


@dataclass(frozen=True)
class Order:
    """What the command line asks for; `var` and `env` beat the files, `var_files` stand between."""

    files: Sequence[str]
    var: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    var_files: Sequence[str] = ()
    planned: bool = False
    journal: str | None = None
    resume: bool = False
    retry_unknown: bool = False
    local_modules: bool = False
    quiet: bool = False
    show_secrets: bool = False


@dataclass(frozen=True)
class World:
    """What a run works with: `write` gets the lines for people, `read_file` may be asked for `-`.

    `nested` gives the variables by which a script's own `spacectl` finds the same platform; None unsets one.
    """

    calls: Calls
    printer: Printer
    environ: Mapping[str, str]
    read_file: Callable[[str], bytes]
    write: Callable[[str], object]
    nested: Callable[[], Mapping[str, str | None]]
    colours: bool = False


@dataclass(frozen=True)
class Done:
    """What was done or planned: one entry a task, the results by id, the variables; secrets are masked."""

    tasks: list[dict[str, Any]]
    results: dict[str, Any]
    var: dict[str, Any]

    @property
    def to_do(self) -> bool:
        """Whether something changed, or would."""
        return any(entry["action"] in CHANGES for entry in self.tasks)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, the form in which `-o json` prints it."""
        actions = [entry["action"] for entry in self.tasks]
        skipped = actions.count("skip")
        return {
            "var": self.var,
            "results": self.tasks,
            "tasks": self.results,
            "success": len(actions) - skipped,
            "skip": skipped,
        }


def apply(order: Order, world: World) -> Done:
    """Checks the whole of the manifests, then runs or plans them.

    Raises InputError with all problems before the first call, TaskError for the first task that fails.
    """
    manifest, problems = load(order.files, world.read_file)
    var, env = dict(manifest.var), dict(manifest.env)
    for name in order.var_files:
        more_var, more_env = load_variables(name, world.read_file)
        var.update(more_var)
        env.update(more_env)
    manifest = replace(manifest, var=var, env=env)
    problems += check(
        manifest, {*var, *order.var, *(name.partition(".")[0] for name in order.var)}, local_modules=order.local_modules
    )
    secrets = Secrets()
    report = Report(world.write, secrets, quiet=order.quiet, colours=world.colours)
    doubts: list[str] = []
    try:
        wrong, doubts = check_requests(manifest, world.calls)
        problems += wrong
    except (ConfigError, CallError):
        # what is wrong with the manifest itself can be said without any server
        if not problems:
            raise
    if problems:
        raise InputError(in_order(problems))
    for warning in (*manifest.warnings, *doubts):
        report.warn(warning)
    return _run(order, world, manifest, report, secrets)


def _run(order: Order, world: World, manifest: Manifest, report: Report, secrets: Secrets) -> Done:
    # what the caller's environment holds is data, even where it looks like an expression
    try:
        scope = Scope(manifest.var, manifest.env, {name: Typed(value) for name, value in order.var.items()})
    except ExpressionError as error:
        raise InputError([Problem("var", "", str(error))]) from None
    scope.env.values_known.update({k: v for k, v in world.environ.items() if k not in manifest.env} | dict(order.env))

    def environ() -> dict[str, str]:
        said = {*manifest.env, *order.env}
        more = {name: value for name, value in world.nested().items() if name not in said}
        try:
            found = {name: _variable(scope.env[name]) for name in scope.env if name not in more}
            return found | {name: value for name, value in more.items() if value is not None}
        except ExpressionError as error:
            raise InputError([Problem("env", "", str(error))]) from None

    # what a manifest prints may be shown as it is, the lines about its tasks never
    shown = copied if order.show_secrets else secrets.hidden
    means = Means(world.calls, world.printer, environ, world.read_file, shown)
    journal = None
    if order.journal is not None and not order.planned:
        journal = Journal(Path(order.journal), resume=order.resume)
    runner = Runner(
        manifest,
        scope,
        Executor(means, report, order.retry_unknown, needed_secrets(manifest)),
        report,
        secrets,
        journal,
        order.planned,
    )
    try:
        runner.run()
    finally:
        if journal is not None:
            journal.close()
    var = {name: scope.var[name] for name in scope.var}
    return Done(shown(runner.entries), shown(plain_results(scope.results)), shown(var))


def plain_results(value: Any) -> Any:
    """A value with what a plan does not know said in words."""
    if isinstance(value, dict):
        return {key: plain_results(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain_results(inner) for inner in value]
    return value if value is None or isinstance(value, (str, int, float)) else repr(value)


def _variable(value: Any) -> str:
    """A value as an environment variable, which is a text."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """The problems by file and line, each once."""

    def place(problem: Problem) -> tuple[str, int, int]:
        name, _, rest = problem.where.partition(":")
        line, _, column = rest.partition(":")
        return name, int(line) if line.isdecimal() else 0, int(column) if column.isdecimal() else 0

    return sorted(dict.fromkeys(problems), key=place)
