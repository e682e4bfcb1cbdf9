"""What is asked of a server: a verb of a resource, and the requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from spacectl.values import Fields

if TYPE_CHECKING:
    from spacectl.resource_type import ResourceType
    from spacectl.rpc.catalog import Method
    from spacectl.rpc.pages import PageOptions

Names = frozenset[str]
ALL: Names = frozenset()


class Use(NamedTuple):
    """What is made of rows: `shown` are the fields that are wanted, none for all.

    `sharing` says that nobody changes the rows, which then share the values that they repeat.
    """

    shown: Names = ALL
    sharing: bool = False


WHOLE_ROWS = Use()


class Question(NamedTuple):
    """What is to be asked: a verb of a resource, and the requests that are made once the method is known.

    `requests` may raise UsageError; `warn` is told what is strange about them, which `strict` takes for an error;
    `pages` fetches a list page by page; `use` is what is made of its rows.
    """

    resource: ResourceType
    verb: str
    version: str | None
    requests: Callable[[Method], Sequence[Fields]]
    warn: Callable[[str], None]
    strict: bool = False
    pages: PageOptions | None = None
    use: Use = WHOLE_ROWS


class Request(NamedTuple):
    """A message that was checked, and the input that it was made of."""

    message: Any
    fields: Fields
