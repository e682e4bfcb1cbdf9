"""One invocation of the command: its streams, its options, and the only door to the heavy modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from spacectl import __version__, config
from spacectl.errors import ConfigError, SpacectlError, UsageError

if TYPE_CHECKING:
    from spacectl.endpoint import Endpoint
    from spacectl.output.printer import Printer
    from spacectl.output.progress import Progress
    from spacectl.query import QueryOptions
    from spacectl.resource_type import ResourceType
    from spacectl.rpc.answer import Answer
    from spacectl.rpc.batch import Batch
    from spacectl.rpc.catalog import Method
    from spacectl.rpc.client import Client
    from spacectl.rpc.protoset import Pack
    from spacectl.rpc.schema import Api
    from spacectl.sandbox.server import Sandbox
    from spacectl.values import Fields

DEFAULT_TIMEOUT = 180.0


class Options:
    """The options that every command takes, as they were typed; None where they were not."""

    def __init__(self) -> None:
        self.environment: str | None = None
        self.endpoint: str | None = None
        self.timeout: float | None = None
        self.max_message_size: int | None = None
        self.refresh = False
        self.color = "auto"
        self.protosets: tuple[str, ...] = ()


class App:
    """One invocation. `environ` are its environment variables; nothing is read from anywhere else."""

    def __init__(self, stdin: TextIO, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self.options = Options()
        # prints a failure that does not end the command
        self.report: Callable[[SpacectlError], None] = _raise
        self._closers: list[Callable[[], None]] = []
        self._sandbox: Sandbox | None = None

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

    def printer(self, output_format: str, table_style: str | None = None, resource: str = "") -> Printer:
        """A printer to standard output, fitted to the terminal where it is one. Raises UsageError for a style."""
        from spacectl.output.printer import Layout, Printer

        return Printer(self.stdout, Layout(output_format, self.terminal_width(), table_style, resource))

    def progress(self, total: int | None, what: str) -> Progress | None:
        """A progress bar on standard error, None where that is no terminal."""
        if not self.stderr.isatty() or self.environ.get("TERM") == "dumb":
            return None
        from spacectl.output.progress import Progress

        return Progress(self.stderr, total, what)

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

    def environment(self) -> config.Environment:
        """The environment of this invocation. Raises ConfigError."""
        if self.options.endpoint is not None:
            return config.load(self.environ, self.options.environment, required=False)
        return config.load(self.environ, self.options.environment)

    def answers(
        self,
        resource: ResourceType,
        verb: str,
        version: str | None,
        requests: Callable[[Method], Sequence[Fields]],
        *,
        strict: bool = False,
        query: QueryOptions | None = None,
    ) -> Iterator[Answer]:
        """The answers to the requests of a verb, one by one. Raises ConfigError, UsageError, CallError."""
        from spacectl.columns import top_fields
        from spacectl.rpc.question import Question

        client = self.client(resource.service, f"{verb} {resource}")
        shown = top_fields(query.columns) if query is not None else frozenset()
        pages = None
        if query is not None and query.needs_pages:
            from spacectl.rpc.pages import PageOptions

            pages = PageOptions(query.page_size, query.limit)
        return client.answers(Question(resource, verb, version, requests, self.warn, strict, pages, shown))

    def batch(self, resource: ResourceType, verb: str, version: str | None, query: QueryOptions | None = None) -> Batch:
        """Many requests of a verb. Raises ConfigError, UsageError, CallError."""
        from spacectl.rpc.batch import Batch
        from spacectl.rpc.pages import PageOptions

        client = self.client(resource.service, f"{verb} {resource}")
        # that a method has moved must be known before the first of many calls
        getattr(client.source, "refresh", bool)()
        pages = PageOptions(query.page_size, query.limit) if query is not None and query.needs_pages else None
        return Batch(client, (resource, verb, version), pages, self.warn)

    def checked(
        self,
        resource: ResourceType,
        verb: str,
        version: str | None,
        requests: Callable[[Method], Sequence[Fields]],
        *,
        strict: bool = False,
    ) -> list[dict[str, Any]]:
        """The requests of a verb as they would be sent, as plain values. Raises ConfigError, UsageError, CallError."""
        from spacectl.rpc.question import Question

        client = self.client(resource.service, f"{verb} {resource}")
        return client.checked(Question(resource, verb, version, requests, self.warn, strict))

    def client(self, service: str, what: str) -> Client:
        """A client of a service's endpoint; `what` names the call in errors. Raises ConfigError, UsageError."""
        environment = self.environment()
        return self.connect(self.endpoint_of(environment, service), environment, what)

    def api(self, service: str, what: str) -> Api:
        """What a service's endpoint offers, with the docs packs at hand. Raises ConfigError, UsageError."""
        from spacectl.rpc.docs import Docs
        from spacectl.rpc.schema import Api

        environment = self.environment()
        client = self.connect(self.endpoint_of(environment, service), environment, what)
        return Api(client.source, Docs(self.packs(environment)), client.refresh)

    def packs(self, environment: config.Environment) -> list[Pack]:
        """The docs packs: of the option, of the environment, of the sandbox. Raises ConfigError."""
        named = config.protosets_of(environment, config.directory(self.environ))
        embedded = environment.is_sandbox and self.options.endpoint is None
        if not (self.options.protosets or named or embedded):
            return []
        from spacectl.rpc.protoset import Pack

        packs = [Pack(Path(name)) for name in self.options.protosets]
        packs += [Pack(path, ConfigError) for path in named]
        if embedded:
            packs.append(Pack(sandbox_protoset(), SpacectlError))
        return packs

    def has_service(self, service: str) -> bool:
        """Whether the environment has an endpoint for a service. Raises ConfigError."""
        environment = self.environment()
        endpoints = [name for name, url in self.endpoints(environment).items() if url]
        return config.matching(service, endpoints) is not None

    def services_of(self, service: str, known: Sequence[str]) -> list[str]:
        """The full names, of all that an endpoint offers, that belong to one of the services that share it."""
        from spacectl.service_names import group_by_service

        environment = self.environment()
        endpoints = self.endpoints(environment)
        name = config.matching(service, endpoints) or service
        sharing = [other for other, url in endpoints.items() if url == endpoints.get(name)]
        return group_by_service(known, sharing).get(name, list(known)) if len(sharing) > 1 else list(known)

    def connect(self, endpoint: Endpoint, environment: config.Environment, what: str) -> Client:
        """A client of an endpoint, with the credentials of an environment."""
        from spacectl import cache_files
        from spacectl.rpc.cache import DescriptorCache
        from spacectl.rpc.channel import MEBIBYTE, ChannelOptions
        from spacectl.rpc.client import Client

        size = self.options.max_message_size
        root = cache_files.directory(self.environ)
        embedded = environment.is_sandbox and not self.options.endpoint
        # the embedded sandbox has a new address in every process, and the API of the installed package
        key = f"sandbox {__version__} {sandbox_protoset().stat().st_mtime_ns}" if embedded else endpoint.url
        client = Client(
            endpoint,
            environment.metadata(),
            what,
            timeout=self.timeout(),
            options=ChannelOptions() if size is None else ChannelOptions(max_message_size=size * MEBIBYTE),
            cache=None if root is None else DescriptorCache(root, key),
            refresh=self.options.refresh,
            packs=self.packs(environment),
        )
        self._closers.append(client.close)
        return client

    def endpoint_of(self, environment: config.Environment, service: str) -> Endpoint:
        """Where a service is: the option, the variable, the file, in this order. Raises ConfigError, UsageError."""
        from spacectl.endpoint import parse

        if self.options.endpoint is not None:
            return parse(self.options.endpoint)
        if environment.is_sandbox:
            environment = environment._replace(endpoints=self._sandbox_endpoints())
        return parse(environment.endpoint(service))

    def endpoints(self, environment: config.Environment) -> dict[str, str]:
        """The URLs of all services of an environment, in the order of its file."""
        return self._sandbox_endpoints() if environment.is_sandbox else dict(environment.endpoints)

    def _sandbox_endpoints(self) -> dict[str, str]:
        from spacectl.sandbox import server

        if self._sandbox is None:
            self._sandbox = server.start(str(self.sandbox_database()))
            self._closers.append(self._sandbox.stop)
        return dict.fromkeys(server.SERVICES, self._sandbox.endpoint)

    def sandbox_database(self) -> Path:
        """The file that holds the sandbox's data."""
        given = self.environ.get("SPACECTL_SANDBOX_DB")
        return Path(given) if given else config.directory(self.environ) / "sandbox.db"

    def timeout(self) -> float | None:
        """Seconds to wait for an answer; None for no limit. Raises UsageError."""
        seconds = self.options.timeout
        if seconds is None:
            text = self.environ.get("SPACECTL_TIMEOUT", "")
            try:
                seconds = float(text) if text else DEFAULT_TIMEOUT
            except ValueError:
                raise UsageError(f"SPACECTL_TIMEOUT={text}: seconds are due, as in 30") from None
        if not 0 <= seconds < 1e9:
            raise UsageError(f"a time-out of {seconds:g} s makes no sense", "--timeout 30; 0 waits for ever")
        return seconds or None

    def close(self) -> None:
        """Ends what this invocation began: calls, connections, the sandbox."""
        while self._closers:
            try:
                self._closers.pop()()
            except SpacectlError as error:
                self.warn(error.message)


def _raise(error: SpacectlError) -> None:
    raise error


def sandbox_protoset() -> Path:
    """The descriptor set of the embedded sandbox's API, with its comments."""
    from spacectl.sandbox.compile import PROTOSET

    return PROTOSET
