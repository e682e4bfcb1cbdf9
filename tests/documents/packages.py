"""What a wheel and an sdist hold, and nothing else: `python -m tests.documents.packages dist/*`."""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

# `*` crosses directories; each kind must be there
PACKAGE = (
    "spacectl/*.py",
    "spacectl/py.typed",
    "spacectl/completion/commands.tsv",
    "spacectl/plugin/scaffold/*.tmpl",
    "spacectl/plugin/tables/*.yml",
    "spacectl/plugin/tables/json-schema-draft-07.json",
    "spacectl/sandbox/api.protoset",
)
WHEEL = (
    *PACKAGE,
    *(f"DIST-INFO/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt")),
    "DIST-INFO/licenses/LICENSE",
)
SDIST = (
    *PACKAGE,
    "spacectl/sandbox/proto/*.proto",
    *(
        "PKG-INFO",
        "MANIFEST.in",
        "setup.cfg",
        "pyproject.toml",
        "spacectl.egg-info/*.txt",
        "spacectl.egg-info/PKG-INFO",
    ),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "Dockerfile", ".dockerignore"),
    *("docs/*.md", "docs/screens/*.svg"),
    *("examples/*.yml", "examples/*.yaml", "examples/register-plugins.sh", "examples/plugin-example-inven-collector/*"),
    *(
        "share/man/man1/*.1",
        "share/completion/spacectl",
        "share/completion/_spacectl",
        "share/completion/spacectl.fish",
    ),
    *("tests/*.py", "tests/*.proto", "tests/bench/instructions.json", "tests/conformance/proto/LICENSE"),
    *("tests/peers/goserver/go.*", "tests/peers/goserver/main.go", "tests/plugin/node/package.json"),
    *("tests/plugin/node/server.js", "tests/road/golden/*.out", "tests/road/golden/.gitattributes"),
)


def names(archive: Path) -> list[str]:
    """The files of a wheel or an sdist, without the directories whose names have the version."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return [re.sub(r"^[^/]+\.dist-info/", "DIST-INFO/", name) for name in wheel.namelist()]
    with tarfile.open(archive) as sdist:
        return [one.name.partition("/")[2] for one in sdist.getmembers() if one.isfile()]


def problems(found: Iterable[str], kinds: Sequence[str]) -> list[str]:
    """A line for each file that is of no kind, and for each kind of which there is no file."""
    found = list(found)
    foreign = [name for name in found if not any(fnmatchcase(name, kind) for kind in kinds)]
    missing = [kind for kind in kinds if not any(fnmatchcase(name, kind) for name in found)]
    return [*(f"is no part of it: {name}" for name in foreign), *(f"is missing: {kind}" for kind in missing)]


def main(archives: Sequence[str]) -> str | None:
    """What is wrong with the archives, a line each, or None."""
    kinds = {".whl": WHEEL, ".gz": SDIST}
    found = [f"{path}: {line}" for path in map(Path, archives) for line in problems(names(path), kinds[path.suffix])]
    if {Path(path).suffix for path in archives} != set(kinds):
        found.append(f"a wheel and an sdist are due, not {list(archives)}")
    return "\n".join(found) or None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
