"""The main road of a command: input, method, request, call, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from spacectl import columns as column_names
from spacectl import offered
from spacectl.commands.batch_options import Many, read_many
from spacectl.commands.words import read_words
from spacectl.errors import CallError, UsageError
from spacectl.masking import masked_word
from spacectl.nearest import did_you_mean
from spacectl.parameters import Inputs, live_requests, overlay, requests
from spacectl.paths import with_path
from spacectl.query import QueryOptions, applied, can_page, first_page
from spacectl.resource_type import ResourceType, parse, parse_bare
from spacectl.values import Fields, Scalar, Where

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.output.printer import Printer
    from spacectl.rpc.answer import Answer
    from spacectl.rpc.catalog import Method

TEXT = 9  # the type of a string field: FieldDescriptor.TYPE_STRING


class Call(NamedTuple):
    """What one command line asks for.

    `query` are the options of list, stat and analyze, None for other verbs; `values` are words without a key,
    `identifier` is what follows the slash of `repository.Plugin/plugin-x`.
    """

    verb: str
    resource: ResourceType
    version: str | None
    inputs: Inputs
    output: str
    query: QueryOptions | None = None
    values: Sequence[str] = ()
    dry_run: bool = False
    strict: bool = False
    many: Many = Many()
    table_style: str | None = None
    identifier: str | None = None
    output_typed: bool = True

    @property
    def columns(self) -> Sequence[column_names.Column]:
        """The columns chosen by the user."""
        return self.query.columns if self.query is not None else ()


def call(
    app: App, verb: str, resource: str, output: str, given: Mapping[str, Any], *, query: QueryOptions | None = None
) -> Call:
    """The call that a command line asks for; `given` are the values of `input_options`. Raises UsageError."""
    words = read_words(given["parameters"], given["words"])
    name, slash, identifier = resource.partition("/")
    if slash and not (name and identifier):
        raise UsageError(f"{resource!r} is no RESOURCE/ID", "as in `spacectl get repository.Plugin/plugin-x`")
    return Call(
        verb,
        parse(name) if app.options.endpoint is None else parse_bare(name),
        given["api_version"],
        Inputs(given["files"], given["json"], words.parameters, given["recursive"]),
        output,
        query,
        words.values,
        given["dry_run"],
        given["strict"],
        read_many(given),
        given.get("table_style"),
        identifier if slash else None,
        click.get_current_context().get_parameter_source("output") is not ParameterSource.DEFAULT,
    )


def run(app: App, asked: Call) -> None:
    """Makes the call and prints the answers. Raises UsageError, ConfigError, CallError."""
    if asked.output == "quiet" and asked.columns and len(asked.columns) != 1:
        raise UsageError("-o quiet prints the values of one column", "choose one: -c NAME")
    if asked.table_style is not None and asked.output != "table":
        raise UsageError(f"--table-style {asked.table_style}: -o {asked.output} is no table", "-o table")
    printer = app.printer(asked.output, asked.table_style, str(asked.resource))
    live = _is_live(app, asked)
    road = _Road(app, asked, live=live)

    # a table of a stream grows on a terminal; a pipe gets a line a message
    piped = asked.output == "table" and not asked.output_typed and not app.stdout.isatty()
    streaming = app.printer("jsonl") if piped else printer

    def shown_answer(answer: Answer) -> int:
        return show(streaming if answer.streamed else printer, answer, asked.columns, road.limit)

    if app.options.inspection.get("print_grpcurl"):
        from spacectl.commands.grpcurl import print_grpcurl

        print_grpcurl(app, asked, road.requests)
        return
    if live:
        from spacectl.commands.many import run_live

        run_live(app, asked, live_requests(asked.inputs, app.stdin_bytes()), road.finished, shown_answer)
        return
    # what a share of a Job would send is shown as its share, too
    shared = bool(app.environ.get("SPACECTL_SHARDS"))
    if asked.many.wanted or (len(road.documents) > 1 and (shared or not asked.dry_run)):
        from spacectl.commands.many import run_many

        run_many(app, asked, road.documents, road.finished, shown_answer)
        return
    if asked.dry_run:
        printer = app.printer(asked.output if asked.output in ("yaml", "json", "jsonl") else "yaml")
        for request in _checked(app, asked, road):
            printer.document(request)
        return
    answers = road.asker(app)()
    paged = asked.query is not None and asked.query.needs_pages
    # a bar and rows on the same terminal would tear each other apart; a table comes after the last row
    alone = asked.output == "table" or not app.stdout.isatty()
    bar = app.progress(None, f"{asked.verb} {asked.resource}") if paged and alone else None
    for plain in road.watched(answers):
        answer = plain
        if bar is not None and plain.rows is not None:
            answer = plain._replace(rows=bar.watched(plain.rows, plain.value.get("total_count")))
        shown = shown_answer(answer)
        app.flush_soon()
        if asked.query is not None and asked.query.limit is None and app.stderr.isatty():
            total = answer.value.get("total_count")
            if isinstance(total, int) and shown < total:
                app.stderr.write(f"showing {shown:,} of {total:,}; --all-pages shows all\n")


def asked_again(app: App, asked: Call) -> tuple[Callable[[], Iterator[Answer]], Callable[[], int | None]]:
    """What makes the same call as often as it is called, and after that how many rows to show: None for all.

    Raises UsageError, ConfigError.
    """
    road = _Road(app, asked)
    ask = road.asker(app)
    return lambda: road.watched(ask()), lambda: road.limit


def _is_live(app: App, asked: Call) -> bool:
    """Whether standard input is sent while it is read: a client stream, with nothing to be known of its end."""
    if (
        tuple(asked.inputs.files) != ("-",)
        or asked.many.wanted
        or asked.dry_run
        or "print_grpcurl" in app.options.inspection
    ):
        return False
    return app.method(asked.resource, asked.verb, asked.version).client_streaming


def check(app: App, asked: Call) -> list[dict[str, Any]]:
    """The requests as they would be sent, as plain values. Raises UsageError, ConfigError, CallError."""
    return _checked(app, asked, _Road(app, asked))


def _checked(app: App, asked: Call, road: _Road) -> list[dict[str, Any]]:
    return offered.checked(app, asked.resource, asked.verb, asked.version, road.requests, strict=asked.strict)


class _Road:
    """The requests of a call, read once and finished when the method is known."""

    def __init__(self, app: App, asked: Call, *, live: bool = False) -> None:
        self._asked = asked
        if live:
            self.documents = []
            self._over = None
        elif asked.many.rows is None:
            self.documents = requests(asked.inputs, app.read_stdin)
            self._over = None
        else:
            # the rows are read one by one
            self.documents = []
            self._over = overlay(asked.inputs, app.read_stdin)
        # how many rows to print, where the server cannot be asked for so many
        self.limit: int | None = None
        self._row_fields: Sequence[str] = ()

    def asker(self, app: App) -> Callable[[], Iterator[Answer]]:
        """What makes the call as often as it is called. Raises UsageError, ConfigError."""
        asked = self._asked
        # what is in files is checked before any connection is opened
        begin = not asked.inputs.files
        named = (asked.resource, asked.verb, asked.version)
        return app.asker(*named, self.requests, strict=asked.strict, query=asked.query, begin=begin)

    def requests(self, method: Method) -> list[Fields]:
        requests = [self.finished(document, method) for document in self.documents]
        if method.client_streaming:
            # an empty input is a stream without messages, not one with an empty message
            requests = [request for request in requests if request.entries or request.where.line]
        return requests

    def watched(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """The answers; a refusal says which of the columns asked for the rows do not have."""
        try:
            yield from answers
        except CallError as error:
            known = self._row_fields
            for column in self._asked.columns if known else ():
                if column.field and column.field.partition(".")[0] not in known:
                    meant = did_you_mean(column.field, known) or f"; they have {', '.join(known)}"
                    error.hints = (*error.hints, f"-c {column.path}: rows have no such column{meant}")
            raise

    def finished(self, document: Fields, method: Method) -> Fields:
        """The request that a document, or a row, becomes. Raises UsageError."""
        self._row_fields = method.row_fields() or ()
        if self._asked.output == "quiet" and not method.lists and len(method.output.fields) > 1:
            fields = ", ".join(field.name for field in method.output.fields)
            raise UsageError(f"-o quiet prints an answer of one field, and this has {fields}", "-o jsonl prints it all")
        named = _named(document if self._over is None else self._over(document), self._asked, method)
        query = self._asked.query
        if query is None:
            return named
        if self._asked.verb != "list":
            # the columns of a statistic are made by its request, and cannot be asked for
            query = query._replace(columns=())
        shape = method.query_shape()
        self.limit = None if can_page(shape) else query.limit
        request = applied(named, query, shape)
        if self._asked.dry_run and query.needs_pages and can_page(shape) and not method.server_streaming:
            return first_page(request, query, shape)
        return request


def show(printer: Printer, answer: Answer, columns: Sequence[column_names.Column], limit: int | None) -> int:
    """Prints one answer, with the columns chosen by the user, no more rows than `limit`; how many rows it had."""
    if answer.rows is None:
        if not (answer.streamed and printer.streamed([answer.value], None, answer.fields)):
            printer.document(answer.value, answer.fields)
        return 1
    count = 0
    projected = column_names.projection(columns)

    def counted() -> Iterator[Any]:
        nonlocal count
        for row in answer.rows or ():
            if count == limit:
                return
            count += 1
            yield projected(row) if columns else row

    titles = [column.title for column in columns] if columns else None
    if answer.streamed and printer.streamed(counted(), titles, answer.fields):
        return count
    if columns:
        printer.listing(counted(), answer.value, titles)
    else:
        printer.listing(counted(), answer.value, None, answer.fields)
    return count


def _named(fields: Fields, asked: Call, method: Method) -> Fields:
    """The request with a value that was typed without its key: `get identity.Domain domain-1`, `identity.Domain/x`."""
    if not asked.values and asked.identifier is None:
        return fields
    first = method.input.fields[0] if method.input.fields else None
    key = first.name if first is not None and first.type == TEXT and not first.is_repeated else None
    if asked.identifier is not None and key is not None:
        where = Where(f"{asked.resource}/{asked.identifier}")
        fields = with_path(fields, [key], Scalar(asked.identifier, "argument", where), where)
        if not asked.values:
            return fields
    value = asked.values[0] if asked.values else asked.identifier or ""
    if value.endswith((".yml", ".yaml", ".json")):
        raise UsageError(
            f"{value}: a file is given with -f", f"`spacectl exec {asked.verb} {asked.resource} -f {value}`"
        )
    if len(asked.values) > 1 or method.verb != "get" or key is None or asked.identifier is not None:
        from spacectl.commands.habits import line

        inputs = asked.inputs
        given = [("-f", inputs.files), ("-j", inputs.json), ("-p", (f"{key or 'KEY'}={value}", *inputs.parameters))]
        words = [word for option, values in given for one in values for word in (option, one)]
        raise UsageError(
            f"{masked_word(' '.join(asked.values) or value)}: a value needs the name of its field",
            f"`{line(['spacectl', 'exec', asked.verb, str(asked.resource), *words])}`",
        )
    where = Where(value)
    return with_path(fields, [key], Scalar(value, "argument", where), where)
