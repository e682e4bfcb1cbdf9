"""click and grpc without modules of which a call wants next to nothing: what stands for them does that much.

Those modules are a fifth of what click and grpc take to load. SPACECTL_EAGER_IMPORTS=1 switches this off.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any


class _StandIn(ModuleType):
    """Stands for a module: it loads it when it is asked for anything."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.real(), name)

    def real(self) -> ModuleType:
        """The module itself."""
        from importlib import import_module

        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return import_module(self.__name__)


class _Inspect(_StandIn):
    """click tidies up each option's help, which is one line."""

    def cleandoc(self, text: str) -> str:
        """What inspect.cleandoc gives."""
        if "\n" in text or "\t" in text or text[:1].isspace():
            return str(self.real().cleandoc(text))
        return text


class _Gettext(_StandIn):
    """click has its messages looked up, and brings no translations."""

    def gettext(self, message: str) -> str:
        """The message itself."""
        return message

    def ngettext(self, one: str, many: str, count: int) -> str:
        """One of two messages."""
        return one if count == 1 else many


class _Uuid(_StandIn):
    """click has a type of parameter for it, which no command has; to declare that one, any type will do."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.declaring = True

    def __getattr__(self, name: str) -> Any:
        return object if name == "UUID" and self.declaring else super().__getattr__(name)


class _Datetime(_StandIn):
    """All that the module gives is written in C; before Python 3.12 it makes the whole in Python first."""

    def __getattr__(self, name: str) -> Any:
        try:
            import _datetime  # type: ignore[import-not-found]  # known to few
        except ImportError:
            return super().__getattr__(name)
        return getattr(_datetime, name)


class _Quoting(_StandIn):
    """pathlib takes a function of urllib.parse, for paths as URIs, before Python 3.13."""

    def quote_from_bytes(self, *arguments: Any, **options: Any) -> str:
        """What urllib.parse.quote_from_bytes gives."""
        return str(self.real().quote_from_bytes(*arguments, **options))


class _Logging(_StandIn):
    """grpc makes a logger in each of its modules, and shows nothing of what they are told."""

    def getLogger(self, name: str | None = None) -> _Logger:  # noqa: N802 as the module has it
        """What stands for a logger."""
        return _Logger(self, name)

    def NullHandler(self) -> None:  # noqa: N802
        """Nothing: each logger gets one with the module."""


class _Logger:
    """Stands for a logger: it loads the module when it is told anything."""

    def __init__(self, logging: _Logging, name: str | None) -> None:
        self._logging = logging
        self._name = name

    def addHandler(self, _: None) -> None:  # noqa: N802
        """Nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(quiet_logger(self._logging.real(), self._name), name)


def quiet_logger(logging: Any, name: str | None = "grpc") -> Any:
    """A logger of grpc: what it is told goes to who asks for it, and not to standard error for want of anyone."""
    grpc = logging.getLogger("grpc")
    if not grpc.handlers:
        grpc.addHandler(logging.NullHandler())
    return logging.getLogger(name)


class StandIns:
    """A context in which who imports these modules gets what stands for them; outside, all get the modules."""

    def __enter__(self) -> None:
        self._put_in: list[_StandIn] = []
        if os.environ.get("SPACECTL_EAGER_IMPORTS"):
            return
        for stand_in in (
            *([_Datetime("datetime")] if sys.version_info < (3, 12) else []),
            _Inspect("inspect"),
            _Gettext("gettext"),
            _Uuid("uuid"),
            _Logging("logging"),
            _Quoting("urllib.parse"),
            _StandIn("traceback"),
        ):
            if stand_in.__name__ not in sys.modules:
                sys.modules[stand_in.__name__] = stand_in
                self._put_in.append(stand_in)

    def __exit__(self, *_: object) -> None:
        for stand_in in self._put_in:
            if isinstance(stand_in, _Uuid):
                stand_in.declaring = False
            if sys.modules.get(stand_in.__name__) is stand_in:
                del sys.modules[stand_in.__name__]
