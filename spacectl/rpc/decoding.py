"""What is shown of a message beyond the fields that are set: those that are not, and those that have no name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Converter = Callable[[Any], Any]


class Decoding(NamedTuple):
    """Whether fields that are not set are shown (`emit_defaults`), and those without a name (`show_unknown`)."""

    emit_defaults: bool = False
    show_unknown: bool = False


SET_FIELDS = Decoding()


def extended(
    descriptor: Any, convert: Converter, decoding: Decoding, value: Callable[[Any], Converter], skipped: str = ""
) -> Converter:
    """A converter that adds to what `convert` gives: unset fields at their places, but `skipped`; unknown ones last.

    `value` gives the converter of a single value of a field. Fields with presence are no more there when unset, as
    protobuf's JSON mapping has it.
    """
    unset = [
        (field.name, _default(field, value))
        for field in descriptor.fields
        if decoding.emit_defaults and not field.has_presence and field.name != skipped
    ]
    names = [field.name for field in descriptor.fields]

    def extend(message: Any) -> dict[str, Any]:
        result: dict[str, Any] = convert(message)
        if unset:
            whole = {name: make() for name, make in unset} | result
            result = {name: whole.pop(name) for name in names if name in whole} | whole
        if decoding.show_unknown:
            from spacectl.rpc.unknown import unknown_fields

            result |= unknown_fields(message)
        return result

    return extend


def _default(field: Any, value: Callable[[Any], Converter]) -> Callable[[], Any]:
    if not field.is_repeated:
        single = value(field)(field.default_value)
        return lambda: single
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    return dict if is_map else list
