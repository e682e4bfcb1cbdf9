"""Annotations that are texts, compiled when somebody evaluates them, as Python does from 3.14 on.

Every field of a NamedTuple has one, and so have click's and grpc's types; no command evaluates any. Compiled one by
one, they are a twentieth of a call. SPACECTL_EAGER_IMPORTS=1 switches this off.
"""

from __future__ import annotations

import os
import sys
import typing
from typing import Any


def put_off_references() -> None:
    """Has `typing` compile no text of an annotation before its value is asked for."""
    if sys.version_info >= (3, 14) or os.environ.get("SPACECTL_EAGER_IMPORTS"):
        return
    eager = typing.ForwardRef

    class ForwardRef(eager, _root=True):  # type: ignore[misc, valid-type, call-arg]  # final, for all but typing itself
        """A reference that becomes what it is when anything but its text and module is asked of it."""

        def __init__(self, arg: str, *arguments: Any, **options: Any) -> None:
            self.__forward_arg__ = arg
            self.__forward_module__ = arguments[1] if len(arguments) > 1 else options.get("module")
            self._made_of = (arguments, options)

        def __getattr__(self, name: str) -> Any:
            made_of = self.__dict__.pop("_made_of", None) if name.startswith("__forward_") else None
            if made_of is None:
                raise AttributeError(name)
            arguments, options = made_of
            eager.__init__(self, self.__forward_arg__, *arguments, **options)
            return getattr(self, name)

    typing.ForwardRef = ForwardRef  # type: ignore[misc]
