"""click and grpc without `inspect`, of which a call wants nothing but to tidy up the one line of an option's help.

The module is a seventh of what click takes to load. SPACECTL_EAGER_IMPORTS=1 switches this off.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any


class _Inspect(ModuleType):
    """Stands for `inspect`: it does the least itself, and loads the module for the rest."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from importlib import import_module

        if sys.modules.get("inspect") is self:
            del sys.modules["inspect"]
        return getattr(import_module("inspect"), name)

    def cleandoc(self, text: str) -> str:
        """What inspect.cleandoc gives."""
        if "\n" in text or "\t" in text or text[:1].isspace():
            return str(self.__getattr__("cleandoc")(text))
        return text


class WithoutInspect:
    """A context in which who imports `inspect` gets what stands for it; outside, all get the module itself."""

    def __enter__(self) -> None:
        self._put_in = "inspect" not in sys.modules and not os.environ.get("SPACECTL_EAGER_IMPORTS")
        if self._put_in:
            sys.modules["inspect"] = _Inspect("inspect")

    def __exit__(self, *_: object) -> None:
        if self._put_in and isinstance(sys.modules.get("inspect"), _Inspect):
            del sys.modules["inspect"]
