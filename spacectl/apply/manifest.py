"""Manifest files -> one list of tasks, with the variables of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spacectl.documents import decode_text, parse
from spacectl.errors import InputError, Problem
from spacectl.files import files_among
from spacectl.nearest import nearest
from spacectl.values import Entry, Fields, Items, Node, Scalar, Where, is_null

SUFFIXES = (".yml", ".yaml", ".json")
KEYS = ("import", "var", "env", "tasks")
TASK_KEYS = ("name", "id", "if", "uses", "spec", "loop", "sub_tasks", "var", "debug")
MAX_IMPORTS = 200

ReadFile = Callable[[str], bytes]


@dataclass(frozen=True)
class Task:
    """One task as it is written. `path` tells it from all others: `0`, `2.1` for the second sub-task of the third.

    `sub_tasks` is None for a task that uses a module; `directory` is that of its file.
    """

    path: str
    where: Where
    directory: str
    name: Node | None = None
    id: str = ""
    condition: Node | None = None
    uses: str = ""
    uses_where: Where | None = None
    spec: Fields = field(default_factory=Fields)
    loop: Node | None = None
    sub_tasks: tuple[Task, ...] | None = None
    var: Fields | None = None
    debug: bool = False

    @property
    def label(self) -> str:
        """How the task is called before its name can be evaluated."""
        name = self.name.text if isinstance(self.name, Scalar) else ""
        return name or self.id or self.uses.rpartition("/")[2] or f"task {self.path}"


@dataclass(frozen=True)
class Manifest:
    """All files together: tasks in their order, variables of later files over those of earlier ones."""

    tasks: tuple[Task, ...]
    var: Mapping[str, Entry]
    env: Mapping[str, Entry]
    texts: tuple[str, ...]  # of the files, by which a journal knows its manifest
    warnings: tuple[str, ...] = ()


def every(tasks: Sequence[Task]) -> Iterator[Task]:
    """All tasks with their sub-tasks, in the order in which they run."""
    for task in tasks:
        yield task
        yield from every(task.sub_tasks or ())


def load(names: Sequence[str], read_file: ReadFile) -> tuple[Manifest, list[Problem]]:
    """The manifest that the files are together, and what is wrong with how it is written. Raises InputError.

    A directory stands for its files in the order of their names, without those that others of it import.
    """
    loader = _Loader(read_file)
    for name in names:
        for file in _in_directory(name, read_file) if name != "-" and Path(name).is_dir() else [name]:
            loader.file(file, ())
    manifest = Manifest(tuple(loader.tasks), loader.var, loader.env, tuple(loader.texts), tuple(loader.warnings))
    return manifest, loader.problems


def load_variables(name: str, read_file: ReadFile) -> tuple[Mapping[str, Entry], Mapping[str, Entry]]:
    """The `var` and `env` of a file of variables; one with neither is all variables. Raises InputError."""
    loader = _Loader(read_file)
    fields = loader.document(name, decode_text(read_file(name), name))
    if fields is None:
        raise InputError(loader.problems)
    if "var" not in fields.entries and "env" not in fields.entries:
        return fields.entries, {}
    found = loader.section(fields, "var"), loader.section(fields, "env")
    if loader.problems:
        raise InputError(loader.problems)
    return found


def _in_directory(name: str, read_file: ReadFile) -> list[str]:
    try:
        found = files_among(p for p in Path(name).iterdir() if p.suffix.lower() in SUFFIXES and not p.is_dir())
    except OSError as error:
        raise InputError([Problem(f"-f {name}", "", error.strerror or str(error))]) from None
    files = list(map(str, found))
    if not files:
        raise InputError([Problem(f"-f {name}", "", f"the directory holds no file that ends in {', '.join(SUFFIXES)}")])
    imported: set[Path] = set()
    for file in files:
        scout = _Loader(read_file)
        try:
            fields = scout.document(file, decode_text(read_file(file), file))
        except InputError:
            continue  # it is told when it is loaded
        for node in scout.items(fields, "import") if fields is not None else ():
            if isinstance(node, Scalar):
                imported.add(Path(scout.imported(file, node)).resolve())
    # where they all import each other, loading the first one tells
    return [file for file in files if Path(file).resolve() not in imported] or files[:1]


class _Loader:
    def __init__(self, read_file: ReadFile) -> None:
        self._read_file = read_file
        self.tasks: list[Task] = []
        self.var: dict[str, Entry] = {}
        self.env: dict[str, Entry] = {}
        self.texts: list[str] = []
        self.seen: set[Path | None] = set()
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def problem(self, where: Where, message: str) -> None:
        self.problems.append(Problem(str(where), "", message))

    def file(self, name: str, importers: tuple[str, ...]) -> None:
        text = decode_text(self._read_file(name), name)
        self.texts.append(text)
        if len(self.texts) > MAX_IMPORTS:
            raise InputError([Problem(name, "", f"more than {MAX_IMPORTS} files are imported")])
        fields = self.document(name, text)
        if fields is None:
            return
        self.keys(fields, KEYS, "a manifest")
        for node in self.items(fields, "import"):
            if not isinstance(node, Scalar) or is_null(node):
                self.problem(node.where, "the name of a file is due")
                continue
            target = self.imported(name, node)
            if target in (*importers, name):
                self.problem(node.where, f"{node.text} imports itself")
                continue
            try:
                self.file(target, (*importers, name))
            except InputError as error:
                self.problems += [
                    problem
                    if problem.where.startswith(target)
                    else Problem(str(node.where), "", f"{node.text}: {problem.message}")
                    for problem in error.problems
                ]
        self.var.update(self.section(fields, "var"))
        self.env.update(self.section(fields, "env"))
        # of a file that two others import the tasks are there once, and its values go over those before it each time
        itself = Path(name).resolve() if name != "-" else None
        if itself in self.seen:
            return
        self.seen.add(itself)
        directory = str(Path(name).parent) if name != "-" else "."
        self.tasks += [
            task
            for index, node in enumerate(self.items(fields, "tasks"), len(self.tasks))
            if (task := self.task(node, str(index), directory))
        ]

    def imported(self, name: str, node: Scalar) -> str:
        """The file that an import means, relative to the file that imports."""
        if name == "-":
            return node.text
        target, beside = Path(name).parent / node.text, Path(name).parent / Path(node.text).name
        if Path(node.text).is_absolute() and not target.exists() and beside.exists():
            # where a Job mounts its manifests is not where they are kept
            self.warnings.append(f"{node.where}: {target} is not there; {beside} is taken instead")
            return str(beside)
        return str(target)

    def document(self, name: str, text: str) -> Fields | None:
        """The one mapping of a file; None where there is something else."""
        documents = [node for node in parse(text, name) if not is_null(node)]
        if len(documents) > 1:
            self.problem(documents[1].where, "one document is due: several manifests are several files, -f A -f B")
        if not documents:
            return Fields({}, Where(name))
        if isinstance(documents[0], Fields):
            return documents[0]
        self.problem(documents[0].where, "a mapping with `tasks:` is due")
        return None

    def section(self, fields: Fields, key: str) -> Mapping[str, Entry]:
        entry = fields.entries.get(key)
        if entry is None or is_null(entry.value):
            return {}
        if not isinstance(entry.value, Fields):
            self.problem(entry.value.where, f"{key}: `NAME: VALUE` lines are due")
            return {}
        return entry.value.entries

    def items(self, fields: Fields, key: str) -> Sequence[Node]:
        entry = fields.entries.get(key)
        if entry is None or is_null(entry.value):
            return ()
        if isinstance(entry.value, Items):
            return entry.value.items
        self.problem(entry.value.where, f"{key}: a list is due")
        return ()

    def keys(self, fields: Fields, known: Sequence[str], of: str) -> None:
        for key, entry in fields.entries.items():
            if key not in known:
                near = nearest(key, known)
                words = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
                self.problem(entry.where, f"{of} has no {key}; {words}")
        for key, where in fields.duplicates:
            self.problem(where, f"{key} is there twice")

    def task(self, node: Node, path: str, directory: str) -> Task | None:
        if not isinstance(node, Fields):
            self.problem(node.where, "a task is a mapping: `- name: …`")
            return None
        self.keys(node, TASK_KEYS, "a task")
        values = {key: entry.value for key, entry in node.entries.items() if not is_null(entry.value)}
        uses, sub_tasks = values.get("uses"), self._sub_tasks(node, path, directory)
        if ("sub_tasks" in values) == (uses is not None):
            both = uses is not None
            self.problem(node.where, f"`uses` {'and' if both else 'or'} `sub_tasks` is due{', not both' * both}")
        spec = values.get("spec", Fields({}, node.where))
        if not isinstance(spec, Fields):
            self.problem(spec.where, "spec: a mapping is due")
            spec = Fields({}, node.where)
        var = values.get("var")
        if var is not None and not isinstance(var, Fields):
            self.problem(var.where, "var: a mapping is due")
            var = None
        return Task(
            path,
            node.where,
            directory,
            values.get("name"),
            self._word(values, "id"),
            values.get("if"),
            self._word(values, "uses"),
            uses.where if uses is not None else None,
            spec,
            values.get("loop"),
            sub_tasks,
            var,
            self._word(values, "debug").lower() in ("true", "yes", "on"),
        )

    def _sub_tasks(self, node: Fields, path: str, directory: str) -> tuple[Task, ...] | None:
        if "sub_tasks" not in node.entries:
            return None
        inner = enumerate(self.items(node, "sub_tasks"))
        return tuple(task for i, sub in inner if (task := self.task(sub, f"{path}.{i}", directory)))

    def _word(self, values: Mapping[str, Node], key: str) -> str:
        value = values.get(key)
        if value is None:
            return ""
        if not isinstance(value, Scalar):
            self.problem(value.where, f"{key}: one word is due")
            return ""
        return value.text.strip()
