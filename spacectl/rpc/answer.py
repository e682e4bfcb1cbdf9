"""What a server answered: a single message, or a list of rows with a total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


def reading(decoder: Decoder, method: Method) -> Callable[[Any], Answer]:
    """A function that turns an answer's message into the answer that it is, put together once for a method.

    It is a list where its type, or a Struct, has repeated `results`.
    """
    streamed = method.server_streaming
    field = method.output.fields_by_name.get("results")
    if method.lists and not is_map(field):
        others, row, row_fields = decoder.without(method.output, field.name), decoder.value(field), method.row_fields()
        return lambda message: Answer(
            others(message), row_fields, map(row, getattr(message, field.name)), streamed=streamed
        )
    convert = decoder.converter(method.output)
    if method.output.full_name == "google.protobuf.Struct":

        def struct(message: Any) -> Answer:
            value = convert(message)
            rows = value.pop("results") if isinstance(value.get("results"), list) else None
            return Answer(value, None, rows, streamed)

        return struct
    if not decoder.has_fields(method.output):
        return lambda message: Answer(convert(message), None, streamed=streamed)
    names = [field.name for field in method.output.fields]
    return lambda message: Answer(convert(message), names, None, streamed)
