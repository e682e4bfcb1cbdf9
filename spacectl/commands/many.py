"""Many requests of one command: checked, sent through a window, answered in order, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spacectl.batch.journal import Header, Journal
from spacectl.batch.rows import Given, RowFile, documents, place
from spacectl.batch.share import read_share
from spacectl.batch.tally import Tally
from spacectl.commands.batch_options import is_read
from spacectl.commands.many_output import Failures, Output, Show, outcome
from spacectl.errors import CallError, InputError, Problem, UsageError
from spacectl.values import Fields

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.commands.road import Call
    from spacectl.rpc.batch import Batch, Item
    from spacectl.rpc.catalog import Method
    from spacectl.rpc.window import Results

MAX_PROBLEMS = 50
MAX_WARNINGS = 50
UNKNOWN = 2

Finish = Callable[[Fields, "Method"], Fields]


def run_live(app: App, asked: Call, requests: Iterator[Fields], finish: Finish, show: Show) -> None:
    """Sends each of the `requests` when it is there, as a message of one client stream, and shows answers as they come.

    Raises UsageError, ConfigError, CallError.
    """
    batch = app.batch(asked.resource, asked.verb, asked.version, None, asked.query)
    maker = _Maker(app, asked, batch, finish)
    _converse(app, batch, _made(maker, _live(requests)), show)


def run_many(app: App, asked: Call, requests: list[Fields], finish: Finish, show: Show) -> None:
    """Makes the calls of all `requests`, or of the rows of --from, and shows the answers in the order of the input.

    All requests are checked before the first one is sent, save for those of a stream that can be read only once.
    Raises UsageError, ConfigError, CallError, and BatchError when not all is done.
    """
    many = asked.many
    share = read_share(many.share, app.environ)
    rows = RowFile(many.rows, app.stdin_bytes) if many.rows is not None else None
    source: Iterable[Given] = documents(requests) if rows is None else rows
    own = _Own(source, share.has)
    # rows may be too many to be looked at twice
    known = None if rows is not None else lambda method: [finish(given.fields(), method) for given in own]
    batch = app.batch(asked.resource, asked.verb, asked.version, known, asked.query)
    maker = _Maker(app, asked, batch, finish)
    if batch.method.client_streaming and many.journal is not None:
        raise UsageError(f"--journal: {batch.method.verb} takes all its requests in one call", "leave --journal out")
    journal = None
    if many.journal is not None and not asked.dry_run:
        header = Header(batch.method.path, batch.target)
        journal = Journal(Path(many.journal), header, resume=many.resume)
    try:
        kept, total = None, None
        if rows is None or rows.again:
            kept, total = _checked(maker, own, journal, keep=rows is None)
        items = _items(maker, own, journal, kept)
        if asked.dry_run:
            _print_plain(app, asked, batch, items)
        elif batch.method.client_streaming:
            _converse(app, batch, items, show)
        else:
            _send(app, asked, batch, items, Output(app, show, journal, total))
    finally:
        if journal is not None:
            journal.close()


class _Own:
    """The requests of our share, as often as they are asked for."""

    def __init__(self, source: Iterable[Given], has: Callable[[int], bool]) -> None:
        self._source = source
        self._has = has

    def __iter__(self) -> Iterator[Given]:
        return (given for given in self._source if self._has(given.position))


class _Maker:
    """Makes items of what was given; each different warning is said once, and not without end."""

    def __init__(self, app: App, asked: Call, batch: Batch, finish: Finish) -> None:
        self.many = asked.many
        self.what = f"{asked.verb} {asked.resource}"
        self.reads = is_read(batch.method.verb)
        self.batch = batch
        self._app = app
        self._strict = asked.strict
        self._finish = finish
        self._said: set[str] = set()

    def item(self, given: Given) -> Item:
        """A request that is ready to be sent. Raises InputError."""
        warnings: list[str] = []
        fields = self._finish(given.fields(), self.batch.method)
        item = self.batch.item(given.position, given.label, fields, warnings)
        if warnings and self._strict:
            raise InputError([Problem("", "", warning) for warning in warnings])
        for warning in warnings:
            if warning not in self._said and len(self._said) < MAX_WARNINGS:
                self._said.add(warning)
                self._app.warn(warning)
        return item


def _checked(maker: _Maker, own: _Own, journal: Journal | None, *, keep: bool) -> tuple[list[Item] | None, int]:
    """All requests, where they are to be kept, and their number. Raises InputError with the problems of all."""
    problems: list[Problem] = []
    hints: list[str] = []
    kept: list[Item] = []
    total = 0
    try:
        for given in own:
            total += 1
            try:
                item = maker.item(given)
            except InputError as error:
                problems += error.problems
                hints += [hint for hint in error.hints if hint not in hints]
                if len(problems) > MAX_PROBLEMS:
                    break
                continue
            if keep:
                kept.append(item)
            if journal is not None:
                journal.known(item.position, maker.batch.digest(item), may_differ=maker.many.retry_failed)
    except InputError as error:  # the rest cannot be read
        problems += error.problems
        hints += error.hints
    if problems:
        if len(problems) > MAX_PROBLEMS:
            hints = [f"more problems are not shown: these are the first {MAX_PROBLEMS}", *hints]
        raise InputError(problems[:MAX_PROBLEMS], *hints)
    return (kept if keep else None), total


def _items(maker: _Maker, own: _Own, journal: Journal | None, kept: list[Item] | None) -> Iterator[Item]:
    """The requests to be sent, with the reason for those that are not: refused input, or what the journal says."""
    for item in _made(maker, own) if kept is None else kept:
        if journal is not None and item.request is not None:
            _judge(maker, item, journal)
        yield item


def _live(requests: Iterator[Fields]) -> Iterator[Given]:
    for position, fields in enumerate(requests):
        yield Given(position, place(fields, position), lambda fields=fields: fields)  # type: ignore[misc]  # mypy cannot infer


def _made(maker: _Maker, own: Iterable[Given]) -> Iterator[Item]:
    given = Given(0, maker.many.rows or "", Fields)
    try:
        for given in own:
            try:
                yield maker.item(given)
            except InputError as error:
                yield maker.batch.not_sent(given.position, given.label, error)
    except InputError as error:  # the rest cannot be read
        yield maker.batch.not_sent(given.position + 1, given.label, error)


def _judge(maker: _Maker, item: Item, journal: Journal) -> None:
    """Takes a request out that the journal knows the end of, or of which only the server knows."""
    digest = maker.batch.digest(item)
    entry = journal.known(item.position, digest, may_differ=maker.many.retry_failed)
    if entry is None or entry.state == "unsent":
        return
    if entry.state == "done":
        item.leave_out("done before")
    elif maker.reads:
        return
    elif entry.state == "failed" and not maker.many.retry_failed:
        reason = "it was refused before, and is not sent again"
        item.leave_out("failed before", CallError(maker.what, entry.code, reason, "--retry-failed sends it again"))
    elif entry.state == "unknown" and not maker.many.retry_unknown:
        reason = "it was sent before, and nobody knows whether it was done"
        hint = "look whether it was; --retry-unknown sends it again"
        item.leave_out("of unknown outcome", CallError(maker.what, entry.code or UNKNOWN, reason, hint))


def _converse(app: App, batch: Batch, items: Iterator[Item], show: Show) -> None:
    """Sends the items as the messages of one client stream."""
    for answer in batch.stream(_all_right(items)):
        show(answer)
        app.flush_soon()


def _all_right(items: Iterable[Item]) -> Iterator[Item]:
    for count, item in enumerate(items):
        if item.error is not None:
            if count:
                item.error.hints += (
                    f"the {count} before it {'was' if count == 1 else 'were'} sent; the call was given up",
                )
            raise item.error
        yield item


def _print_plain(app: App, asked: Call, batch: Batch, items: Iterable[Item]) -> None:
    printer = app.printer(asked.output if asked.output in ("yaml", "json", "jsonl") else "yaml")
    for item in _all_right(items):
        printer.document(batch.plain(item))


def _send(app: App, asked: Call, batch: Batch, items: Iterator[Item], out: Output) -> None:
    reads = is_read(batch.method.verb)
    out.bar = app.progress(out.total, f"{asked.verb} {asked.resource}")
    if out.journal is not None:
        out.journal.start()
        if out.journal.other_target:
            app.warn(f"--journal {asked.many.journal}: it was begun with another endpoint")
    results = batch.results(
        items,
        asked.many.window(batch.method.verb),
        keep_going=asked.many.keep_going,
        idle=out.idle,
        journal=out.journal,
        reads=reads,
    )
    failures = Failures(app, Tally(out.total))
    try:
        for item in results:
            out.print(item)
            failures.note(item)
            if out.journal is not None and reads:
                app.stdout.flush()  # before the journal says that it is done
        app.stdout.flush()
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        _abandon(results, failures, wait=not reads and not interrupted)
        if interrupted:
            app.stderr.write(f"interrupted: {failures.tally.summary()}\n")
        raise
    finally:
        out.hide()
    failures.finish(asked.many, whole=results.exhausted)


def _abandon(results: Results, failures: Failures, *, wait: bool) -> None:
    """Waits for what is in flight, or ends it; counts what became of it."""
    try:
        results.finish(wait=wait)
    finally:
        for item in results.rest():
            failures.tally.count(item.outcome or outcome(item))
