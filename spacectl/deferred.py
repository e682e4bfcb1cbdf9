"""Imports that cost nothing before their module is used.

The modules are put in as ones that load themselves when somebody first uses them (or imports them a second time: it is
of no use to name what several modules import). SPACECTL_EAGER_IMPORTS=1 switches this off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


class Deferring:
    """A context in which the modules of these names are put off.

    It is a finder, too, by its shape: importlib.abc, which names it, costs as much as a third of grpc.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that is to be put off; None for all others."""
        if fullname not in self._names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec

    def __enter__(self) -> None:
        # a new list each time: another thread may be on its way through the old one, and must not miss a finder
        if not os.environ.get("SPACECTL_EAGER_IMPORTS"):
            sys.meta_path = [self, *sys.meta_path]

    def __exit__(self, *_: object) -> None:
        sys.meta_path = [finder for finder in sys.meta_path if finder is not self]
