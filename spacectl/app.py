"""One invocation of the command: its streams, its options, and the only door to the heavy modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, TypeVar, cast

from spacectl.connections import Connections
from spacectl.errors import SpacectlError
from spacectl.flushing import Flushing
from spacectl.typed_options import Options

if TYPE_CHECKING:
    from spacectl.output.printer import Printer
    from spacectl.output.progress import Progress
    from spacectl.output.watching import Change, Look, WatchScreen
    from spacectl.query import QueryOptions
    from spacectl.resource_type import ResourceType
    from spacectl.rpc.answer import Answer
    from spacectl.rpc.batch import Batch
    from spacectl.rpc.catalog import Method
    from spacectl.values import Fields

Item = TypeVar("Item")


class App:
    """One invocation. `environ` are its environment variables; nothing is read from anywhere else."""

    def __init__(self, stdin: TextIO, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> None:
        self.stdin = stdin
        self._flushing = Flushing(stdout, self._hang_up)
        self.stdout = cast(TextIO, self._flushing)
        self.stderr = stderr
        self.environ = environ
        self.options = Options()
        # prints a failure that does not end the command
        self.report: Callable[[SpacectlError], None] = _raise
        self.connections = Connections(self.options, environ, self.warn, self._tell)

    @property
    def environment_name(self) -> str | None:
        """The environment chosen by the option `--environment`, or None."""
        return self.options.environment

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: standard input and output are terminals."""
        return self.stdin.isatty() and self.stdout.isatty()

    def read_stdin(self) -> bytes:
        """All of standard input."""
        buffer = getattr(self.stdin, "buffer", None)
        data: bytes = buffer.read() if buffer is not None else self.stdin.read().encode()
        return data

    def stdin_bytes(self) -> BinaryIO:
        """Standard input as a stream of bytes."""
        from io import BytesIO

        buffer: BinaryIO | None = getattr(self.stdin, "buffer", None)
        return buffer if buffer is not None else BytesIO(self.stdin.read().encode())

    def warn(self, text: str) -> None:
        """Says something on standard error that is no failure."""
        from spacectl.terminal import YELLOW, painted

        word = painted("warning:", YELLOW, colours=self.colours(self.stderr))
        self.stderr.write(f"{word} {text}\n")

    def _tell(self, line: str) -> None:
        """Writes a line of what -V shows; a server may have sent what is in it."""
        from spacectl.terminal import printable

        self.stderr.write(f"{printable(line)}\n")

    def printer(self, output_format: str, table_style: str | None = None, resource: str = "") -> Printer:
        """A printer to standard output, fitted to the terminal where it is one. Raises UsageError for a style."""
        from spacectl.output.printer import Layout, Printer

        safe = bool(self.options.inspection.get("csv_safe"))
        return Printer(self.stdout, Layout(output_format, self.terminal_width(), table_style, resource, safe))

    def progress(self, total: int | None, what: str) -> Progress | None:
        """A progress bar on standard error, None where that is no terminal."""
        if not self.stderr.isatty() or self.environ.get("TERM") == "dumb":
            return None
        from spacectl.output.progress import Progress

        return Progress(self.stderr, total, what)

    def waited_for(self, items: Iterator[Item], what: str) -> Iterator[Item]:
        """The same items, with a sign of life on standard error, where that is a terminal, while one takes long."""
        if not self.stderr.isatty() or self.environ.get("TERM") == "dumb":
            return items
        from spacectl.output.waiting import waited_for

        return waited_for(items, self.stderr, what)

    def look(self, rows: Sequence[tuple[Any, Any]], total: int | None) -> Look:
        """A look at rows, each given with what identifies it, or None."""
        from spacectl.output.watching import look

        return look(rows, total)

    def changes(self, before: Look | None, now: Look) -> list[Change]:
        """What changed from one look to the next."""
        from spacectl.output.watching import changes

        return changes(before, now)

    def watch_screen(self, columns: Sequence[str] | None) -> WatchScreen:
        """A table that is drawn over itself on standard output."""
        from spacectl.output.watching import WatchScreen

        return WatchScreen(self.stdout, columns, colours=self.colours(self.stdout))

    def terminal_size(self) -> tuple[int, int]:
        """The columns and lines of the terminal."""
        from shutil import get_terminal_size

        return get_terminal_size()

    def terminal_width(self) -> int | None:
        """The columns of the terminal that standard output is, None where it is none."""
        if not self.stdout.isatty():
            return None
        from shutil import get_terminal_size

        return get_terminal_size().columns

    def colours(self, stream: TextIO) -> bool:
        """Whether to write colours to a stream."""
        from spacectl.terminal import shows_colours

        return shows_colours(stream, self.environ, self.options.color)

    def asker(
        self,
        resource: ResourceType,
        verb: str,
        version: str | None,
        requests: Callable[[Method], Sequence[Fields]],
        *,
        strict: bool = False,
        query: QueryOptions | None = None,
        begin: bool = False,
    ) -> Callable[[], Iterator[Answer]]:
        """What calls a verb, as often as it is called itself, over one connection. Raises ConfigError, UsageError.

        `begin` has the connection begun at once, and not when all is checked.
        """
        from spacectl.columns import top_fields
        from spacectl.rpc.question import Question, Use

        client = self.connections.client(resource.service, f"{verb} {resource}", begin=begin)
        shown = top_fields(query.columns) if query is not None else frozenset()
        pages = None
        if query is not None and query.needs_pages:
            from spacectl.rpc.pages import PageOptions

            pages = PageOptions(query.page_size, query.limit)
        question = Question(resource, verb, version, requests, self.warn, strict, pages, Use(shown, sharing=True))
        return lambda: self.waited_for(client.answers(question), f"{verb} {resource}")

    def method(self, resource: ResourceType, verb: str, version: str | None) -> Method:
        """The method that a verb of a resource is. Raises ConfigError, UsageError, CallError."""
        return self.connections.client(resource.service, f"{verb} {resource}").method(resource, verb, version)

    def batch(
        self,
        resource: ResourceType,
        verb: str,
        version: str | None,
        requests: Callable[[Method], Sequence[Fields]] | None,
        query: QueryOptions | None = None,
    ) -> Batch:
        """Many requests of a verb; those that are known beforehand are checked before the server is asked for anything.

        Raises ConfigError, UsageError, CallError.
        """
        from spacectl.rpc.batch import Batch
        from spacectl.rpc.pages import PageOptions

        client = self.connections.client(resource.service, f"{verb} {resource}")
        if requests is not None:
            from spacectl.rpc.question import Question

            client.precheck(Question(resource, verb, version, requests, self.warn))
        # that a method has moved must be known before the first of many calls
        getattr(client.source, "refresh", bool)()
        pages = PageOptions(query.page_size, query.limit) if query is not None and query.needs_pages else None
        # the embedded sandbox has a new address in every process
        embedded = self.connections.embedded(self.connections.environment())
        place = str(self.connections.sandbox_database().absolute()) if embedded else client.address
        return Batch(client, (resource, verb, version), pages, place, self.warn)

    def grpcurl(
        self, resource: ResourceType, verb: str, version: str | None, requests: Callable[[Method], Sequence[Fields]]
    ) -> tuple[list[str], list[str]]:
        """The lines of grpcurl that make the requests of a verb, and the variables to be set for them.

        Raises ConfigError, UsageError, CallError.
        """
        from spacectl.rpc.question import Question

        client = self.connections.client(resource.service, f"{verb} {resource}")
        return client.grpcurl(Question(resource, verb, version, requests, self.warn), self.environ)

    def descriptor_set(self, service: str, what: str) -> bytes:
        """All that the endpoint of a service says of itself, as a descriptor set. Raises ConfigError, CallError."""
        from spacectl.rpc.export import descriptor_set

        return descriptor_set(self.connections.client(service, what).source, what, self.warn)

    def close(self) -> None:
        """Ends what this invocation began: calls, connections, the sandbox.

        Raises the OSError of an output that failed while nobody wrote to it.
        """
        self.connections.close()
        if self._flushing.error is not None:
            raise self._flushing.error

    def flush_soon(self) -> None:
        """Has others see what was printed: at once, or 50 ms later at most where much is printed. Raises OSError."""
        self._flushing.soon()

    def _hang_up(self) -> None:
        """Ends all calls: there is nobody to whom their answers could be shown."""
        self.connections.hang_up()


def _raise(error: SpacectlError) -> None:
    raise error
