"""What a server answered: a single message, or a list of rows with a total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from spacectl.rpc.catalog import Method
from spacectl.rpc.decode import Decoder, is_map


class Answer(NamedTuple):
    """One message of an answer.

    `rows` are its `results`, decoded one by one while they are read, or None where it is no list; `value` is the rest
    of it as plain values; `fields` are the names that the type of a row (or of the message) declares in their order,
    None for a Struct. `streamed` says that it is one of the messages of a server stream.
    """

    value: Any
    fields: Sequence[str] | None
    rows: Iterable[Any] | None = None
    streamed: bool = False


def read(decoder: Decoder, method: Method, message: Any) -> Answer:
    """The answer that a message is: a list where its type, or a Struct, has repeated `results`."""
    field = method.output.fields_by_name.get("results")
    if method.lists and not is_map(field):
        rows = map(decoder.value(field), getattr(message, field.name))
        return Answer(decoder.without(method.output, field.name)(message), method.row_fields(), rows)
    value = decoder.converter(method.output)(message)
    if method.output.full_name == "google.protobuf.Struct":
        if isinstance(value.get("results"), list):
            return Answer(value, None, value.pop("results"))
        return Answer(value, None)
    names = [field.name for field in method.output.fields]
    return Answer(value, names if isinstance(value, dict) else None)
