"""Kinds of values that expressions treat in a way of their own."""

from __future__ import annotations

from typing import Any


class ExpressionError(Exception):
    """Why an expression cannot be compiled or evaluated."""


class NotYetKnownError(Exception):
    """The value is that of a task which a plan has not run."""


class Unknown:
    """What a task that was only planned will give."""

    def __repr__(self) -> str:
        return "(known after the run)"

    def _ask(self, *_: Any) -> Any:
        raise NotYetKnownError

    # a filter, an operator or a function that asks for what it is has no answer yet
    __str__ = __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _ask
    __len__ = __iter__ = __contains__ = __int__ = __index__ = __float__ = __round__ = __abs__ = _ask
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __neg__ = _ask


class Quoted(str):
    """A text that stands between quotes where it becomes part of another one."""

    __slots__ = ()


class Loop(list[Any]):
    """The results of a task that ran once for each item; `.output` are their outputs."""


class Typed(str):
    """A text from the command line: its type is that of the field that it is for."""

    __slots__ = ()
