"""Where the services are and how they are reached: the door from an invocation to the room of gRPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacectl import __version__, config
from spacectl.authentication import Authentication, CallMetadata, Metadata
from spacectl.errors import ConfigError, SpacectlError
from spacectl.typed_options import Options

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.credentials import Credential
    from spacectl.endpoint import Endpoint
    from spacectl.logins import Login
    from spacectl.rpc.cache import DescriptorCache
    from spacectl.rpc.client import Client
    from spacectl.rpc.protoset import Pack
    from spacectl.rpc.trace import Trace
    from spacectl.sandbox.server import Sandbox


class Connections:
    """The connections of one invocation: `options` over `environ` over the files of the configuration.

    `warn` says what is not as it should be, `tell` a line of what -V shows.
    """

    def __init__(
        self, options: Options, environ: Mapping[str, str], warn: Callable[[str], None], tell: Callable[[str], None]
    ) -> None:
        self._tell = tell
        self._options = options
        self._environ = environ
        self._warn = warn
        self._closers: list[Callable[[], None]] = []
        self._sandbox: Sandbox | None = None
        self.trace: Trace | None = None
        self._authentication = Authentication(environ, warn)

    def environment(self) -> config.Environment:
        """The environment of this invocation. Raises ConfigError."""
        return config.load(self._environ, self._options.environment, required=self._options.endpoint is None)

    def client(self, service: str, what: str, *, begin: bool = False) -> Client:
        """A client of a service's endpoint; `what` names the call in errors. Raises ConfigError, UsageError.

        `begin` has the connection begun at once, as a call is on its way.
        """
        environment = self.environment()
        return self.connect(self.endpoint_of(environment, service), environment, what, service, begin=begin)

    def credential(self, environment: config.Environment) -> Credential:
        """The token of an environment's calls, renewed where that is due. Raises ConfigError, UsageError, CallError."""

        def grant(login: Login) -> str:
            from spacectl.endpoint import parse
            from spacectl.sign_in import grant

            # not at an address that was typed for this one call
            where = parse(environment.endpoint("identity"))
            return grant(lambda *asked: self.ask(*asked, endpoint=where), login)

        return self._authentication.credential(environment, self._options.token_file, grant)

    def ask(
        self,
        resource: str,
        verb: str,
        fields: Mapping[str, Any],
        token: str | None = None,
        *,
        endpoint: Endpoint | None = None,
    ) -> Any:
        """The answer to one request as plain values, the rows of a list as its `results`.

        `token` goes in place of all credentials, "" for none; `endpoint` in place of the service's own.
        Raises ConfigError, UsageError, CallError.
        """
        from spacectl.resource_type import parse
        from spacectl.rpc.question import Question
        from spacectl.values import NOWHERE, Entry, Fields, from_python

        kind, environment = parse(resource), self.environment()
        where = endpoint or self.endpoint_of(environment, kind.service)
        request = Fields({key: Entry(NOWHERE, from_python(value)) for key, value in fields.items()})
        what, secret = f"{verb} {resource}", secret_in(fields)
        client = self.connect(where, environment, what, kind.service, token, secret=secret, begin=True)
        [answer] = client.answers(Question(kind, verb, None, lambda _: [request], self._warn))
        return answer.value if answer.rows is None else {**answer.value, "results": list(answer.rows)}

    def connect(
        self,
        endpoint: Endpoint,
        environment: config.Environment,
        what: str,
        service: str = "",
        token: str | None = None,
        *,
        secret: str | None = None,
        begin: bool = False,
    ) -> Client:
        """A client of an endpoint, which serves `service`, with the credentials and settings of an environment.

        `token` goes in place of all credentials, "" for none; `secret` is what a request has that none may read;
        `begin` has the connection begun at once, as a call is on its way.
        """
        settings = self.settings(environment, service, endpoint)

        def made() -> tuple[Metadata, str]:
            found = self.credential(environment).token if token is None else token
            pairs = environment.metadata(found) if token is None else (("token", token),) if token else ()
            if settings.headers:
                from spacectl.headers import over

                return over(settings.headers, pairs), found
            return tuple(pairs), found

        metadata = CallMetadata(made)
        self._look_after(endpoint, settings, [*([secret] if secret else []), *(name for name, _ in metadata())])
        timeout, packs, trace = self.timeout(), self.all_packs(environment, settings), self._trace()
        from spacectl.rpc.channel import Channel

        channel = Channel(endpoint, settings)
        if begin and trace is None and not packs:
            # what follows, and protobuf, take as long as many a server is away; what packs know is checked before that
            channel.begin()
        from spacectl.rpc.lazy import import_protobuf

        import_protobuf()
        from spacectl.rpc.client import Client
        from spacectl.rpc.decoding import Decoding

        client = Client(
            channel,
            metadata,
            what,
            timeout=timeout,
            cache=self._cache(environment, endpoint),
            refresh=self._options.refresh,
            packs=packs,
            decoding=Decoding(*(bool(self._options.inspection.get(name)) for name in Decoding._fields)),
            trace=trace,
        )
        self._closers.append(client.close)
        return client

    def _cache(self, environment: config.Environment, endpoint: Endpoint) -> DescriptorCache | None:
        from spacectl import cache_files

        root = cache_files.directory(self._environ)
        if root is None:
            return None
        from spacectl.rpc.cache import DescriptorCache

        if self.embedded(environment):
            # it has a new address in every process, and the API of the installed package
            return DescriptorCache(root, f"sandbox {__version__} {sandbox_protoset().stat().st_mtime_ns}")
        return DescriptorCache(root, endpoint.url)

    def _trace(self) -> Trace | None:
        if not self._options.inspection.get("verbose"):
            return None
        if self.trace is None:
            from spacectl.rpc.trace import Trace

            self.trace = Trace(self._tell)
        return self.trace

    def settings(self, environment: config.Environment, service: str, endpoint: Endpoint) -> ConnectionSettings:
        """How a service is reached: option over variable over its own settings over those of the environment.

        Raises UsageError, ConfigError.
        """
        from spacectl.connection_settings import resolve

        # an address that was typed is not the one that the settings of the service are about
        name = "" if self._options.endpoint is not None else service
        found = resolve(self._options.connection, self._environ, environment, name)
        # nobody stands between us and the sandbox inside this process
        if self.embedded(environment) or not any(name.lower().endswith("_proxy") for name in self._environ):
            return found
        from spacectl.proxies import proxy_of

        return found._replace(proxy=proxy_of(self._environ, endpoint))

    def _look_after(self, endpoint: Endpoint, settings: ConnectionSettings, headers: Sequence[str]) -> None:
        """Says what is not safe about a connection. Raises ConfigError where a credential would be given away."""
        from spacectl.connection_safety import cautions, refuse_plaintext

        if not settings.allow_plaintext_token:
            refuse_plaintext(endpoint, headers, settings.connect_timeout, proxied=settings.proxy is not None)
        for caution in cautions(endpoint, settings, self._options.connection):
            self._warn(caution)

    def packs(self, environment: config.Environment) -> list[Pack]:
        """The docs packs: of the option, of the environment, of the sandbox. Raises ConfigError, UsageError."""
        named = config.protosets_of(environment, config.directory(self._environ))
        embedded = self.embedded(environment)
        protos = self._options.inspection.get("protos", ())
        if not (self._options.protosets or protos or named or embedded):
            return []
        from spacectl.rpc.protoset import Pack, given

        packs = [given(name) for name in self._options.protosets]
        includes = tuple(map(Path, self._options.inspection.get("includes", ())))
        packs += [Pack(Path(name), includes=includes) for name in protos]
        packs += [Pack(path, ConfigError) for path in named]
        if embedded:
            packs.append(Pack(sandbox_protoset(), SpacectlError))
        return packs

    def all_packs(self, environment: config.Environment, settings: ConnectionSettings) -> list[Pack]:
        """The docs packs of a service with these settings: its own, too. Raises ConfigError."""
        packs = self.packs(environment)
        if settings.protosets or settings.protos:
            from spacectl.rpc.protoset import configured

            packs += configured(settings)
        return packs

    def endpoint_of(self, environment: config.Environment, service: str) -> Endpoint:
        """Where a service is: the option, the variable, the file, in this order. Raises ConfigError, UsageError."""
        from spacectl.endpoint import parse

        if self._options.endpoint is not None:
            return parse(self._options.endpoint)
        if environment.is_sandbox:
            environment = environment._replace(endpoints=self._sandbox_endpoints())
        return parse(environment.endpoint(service))

    def endpoints(self, environment: config.Environment) -> dict[str, str]:
        """The URLs of all services of an environment, in the order of its file."""
        return self._sandbox_endpoints() if environment.is_sandbox else dict(environment.endpoints)

    def sandbox_database(self) -> Path:
        """The file that holds the sandbox's data."""
        given = self._environ.get("SPACECTL_SANDBOX_DB")
        return Path(given) if given else config.directory(self._environ) / "sandbox.db"

    def timeout(self) -> float | None:
        """Seconds to wait for an answer; None for no limit. Raises UsageError."""
        return self._options.timeout_in(self._environ)

    def at_close(self, end: Callable[[], None]) -> None:
        """Has something ended with this invocation."""
        self._closers.append(end)

    def close(self) -> None:
        """Ends calls, connections and the sandbox."""
        if self.trace is not None:
            self.trace.summary()
        self.hang_up()

    def hang_up(self) -> None:
        """Ends all calls, from any thread."""
        while self._closers:
            try:
                self._closers.pop()()
            except SpacectlError as error:
                self._warn(error.message)

    def embedded(self, environment: config.Environment) -> bool:
        """Whether it is the sandbox of this very process."""
        return environment.is_sandbox and self._options.endpoint is None

    def _sandbox_endpoints(self) -> dict[str, str]:
        from spacectl.rpc.lazy import import_grpc, import_protobuf

        import_grpc()
        import_protobuf()
        from spacectl.sandbox import server

        if self._sandbox is None:
            self._sandbox = server.start(str(self.sandbox_database()))
            self._closers.append(self._sandbox.stop)
        return dict.fromkeys(server.SERVICES, self._sandbox.endpoint)


def secret_in(fields: Mapping[str, Any]) -> str | None:
    """What a request has that may go to nobody else: the name of a field, None where there is none."""
    if "credentials" in fields:
        return "password"
    return "token" if "token" in fields else None


def sandbox_protoset() -> Path:
    """The descriptor set of the embedded sandbox's API, with its comments."""
    from spacectl.sandbox.compile import PROTOSET

    return PROTOSET
