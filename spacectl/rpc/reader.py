"""The bytes of an answer -> what is in them, row by row, with newer descriptors where the kept ones do not know all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from spacectl.errors import CallError
from spacectl.rpc.answer import Answer, reading
from spacectl.rpc.catalog import Method
from spacectl.rpc.decode import Decoder, FindType, is_map
from spacectl.rpc.decoding import SET_FIELDS, Decoding
from spacectl.rpc.question import ALL, WHOLE_ROWS, Use
from spacectl.rpc.rows import split

if TYPE_CHECKING:
    from spacectl.rpc.repeating import RepeatingReader

INTERNAL = 13
# rows of which it is worth to see what they repeat
MANY = 32


class Reader:
    """Reads the answers of one call.

    `newer` gives the method as the server describes it now, or None where that is what is known already; it is asked
    once, where the descriptors `may_be_stale`. Of rows only the fields that their `use` shows are decoded, where all of
    them are known. `current` is asked when the first answer is here, and gives the method that reads it, as it is for
    certain; None where that is not known. Raises CallError for bytes that are no such message.
    """

    def __init__(
        self,
        method: Method,
        newer: Callable[[Method], Method | None],
        what: str,
        use: Use = WHOLE_ROWS,
        *,
        may_be_stale: bool,
        decoding: Decoding = SET_FIELDS,
        find_type: FindType = lambda name: None,
        current: Callable[[Method], Method | None] | None = None,
    ) -> None:
        self._current = current
        self._decoding = decoding
        self._find_type = find_type
        self._newer = newer
        self._what = what
        self._shown = use.shown
        self._sharing = use.sharing
        self._stale = may_be_stale
        self._repeating: RepeatingReader | None = None
        self._use(method)

    def read(self, data: bytes | None) -> Answer:
        """The answer that a message's bytes are; the rows of a list are decoded while they are read.

        None is what gRPC gives where a server says OK and nothing else. Raises CallError.
        """
        if self._current is not None:
            self._settle(self._current)
        if data is None:
            raise CallError(self._what, INTERNAL, "the server says OK, and gives no answer")
        if self._split is None:
            message = (
                self._read(lambda: self._parsed(self._class, data)) if self._stale else self._parsed(self._class, data)
            )
            return self._convert(message)
        try:
            rest, spans = split(data, self._split)
        except ValueError as error:
            raise self._unreadable(error) from None
        message = self._read(lambda: self._parsed(self._class, rest))
        value = self._convert_rest(message)
        return Answer(value, self._method.row_fields(), self._rows(data, spans), self._method.server_streaming)

    def count(self, data: bytes) -> tuple[int, Sequence[int]]:
        """How many rows a list answer has, and a hash of each."""
        field = self._method.output.fields_by_name.get("results")
        if field is None:
            return 0, ()
        spans = split(data, field.number)[1]
        return len(spans), [hash(data[start:end]) for start, end in spans]

    def _settle(self, current: Callable[[Method], Method | None]) -> None:
        """Reads by the method as it is now, from the first answer on."""
        self._current = None
        method = current(self._method)
        if method is not None:
            self._stale = False
            if method is not self._method:
                self._use(method)

    def _rows(self, data: bytes, spans: Sequence[tuple[int, int]]) -> Iterator[Any]:
        if len(spans) >= MANY and self._repeats and self._repeating is None:
            from spacectl.rpc.repeating import RepeatingReader

            row = self._row_class.DESCRIPTOR
            self._repeating = RepeatingReader(row, self._piece, self._convert_row, self._only)
        for start, end in spans:
            repeating = self._repeating
            if repeating is not None and repeating.worthwhile:
                fields = repeating.read(data, start, end)
                if fields is not None:
                    yield fields
                    continue
            row_bytes = data[start:end]
            row = (
                self._row(row_bytes) if self._stale and self._checks_rows else self._parsed(self._row_class, row_bytes)
            )
            yield self._convert_row(row)

    def _row(self, data: bytes) -> Any:
        return self._read(lambda: self._parsed(self._row_class, data))

    def _piece(self, data: bytes) -> Any:
        """The message of one field of a row, for the reader of rows that repeat themselves."""
        from google.protobuf.message import DecodeError

        from spacectl.rpc.struct_bytes import UnusualError

        try:
            message = self._row_class.FromString(data)
        except DecodeError:
            raise UnusualError from None
        if self._stale and _has_unknown_fields(message):
            raise UnusualError
        return message

    def _use(self, method: Method) -> None:
        from google.protobuf.message_factory import GetMessageClass

        self._method = method
        self._class = GetMessageClass(method.output)
        self._decoder = Decoder(self._enum_name, self._decoding, self._find_type)
        self._repeating = None
        self._repeats = False
        field = method.output.fields_by_name.get("results")
        # the number of the field whose rows are cut out of the bytes
        self._split: int | None = None
        if field is None or not field.is_repeated or field.message_type is None or is_map(field):
            self._convert = reading(self._decoder, method)
        else:
            self._split = field.number
            self._convert_rest = self._decoder.without(method.output, field.name)
            self._row_class = GetMessageClass(field.message_type)
            fields = field.message_type.fields_by_name
            plain = self._decoder.has_fields(field.message_type) and not any(self._decoding)
            known = all(name in fields for name in self._shown)
            self._repeats = plain and self._sharing
            self._only = self._shown if plain and known else ALL
            if self._only:
                self._convert_row = self._decoder.only(field.message_type, self._only)
                # newer descriptors cannot make more of texts and numbers
                self._checks_rows = any(fields[name].message_type or fields[name].enum_type for name in self._shown)
            else:
                self._convert_row = self._decoder.converter(field.message_type)
                self._checks_rows = True

    def _read(self, parse: Callable[[], Any]) -> Any:
        """What `parse` gives, from the same bytes again with newer descriptors where the kept ones do not know all."""
        if not self._stale:
            return parse()
        try:
            message = parse()
            if not _has_unknown_fields(message):
                return message
        except CallError:
            pass
        self._renew()
        return parse()

    def _renew(self) -> None:
        self._stale = False
        newer = self._newer(self._method)
        if newer is not None:
            self._use(newer)

    def _enum_name(self, enum: Any, number: int) -> str | None:
        """The name of a number that the kept descriptors do not know."""
        if self._stale:
            self._renew()
        try:
            value = self._method.pool.FindEnumTypeByName(enum.full_name).values_by_number.get(number)
        except KeyError:
            return None
        return None if value is None else str(value.name)

    def _parsed(self, message_class: Any, data: bytes) -> Any:
        from google.protobuf.message import DecodeError

        try:
            return message_class.FromString(data)
        except DecodeError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> CallError:
        return CallError(self._what, INTERNAL, f"the answer cannot be read: {' '.join(str(error).split())}")


def _has_unknown_fields(message: Any) -> bool:
    """Whether anything in a message, however deep, is not in its descriptor; takes it away."""
    size = message.ByteSize()
    message.DiscardUnknownFields()
    return bool(message.ByteSize() != size)
