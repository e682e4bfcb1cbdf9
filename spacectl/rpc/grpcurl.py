"""A call as a line of grpcurl, for a shell: what makes the same request, without the secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any

from spacectl.masking import is_secret
from spacectl.rpc.decode import Decoder

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint
    from spacectl.rpc.protoset import Pack

LEAST_SECRET = 6  # a shorter value of a variable may be anything
_MARK = "\ue000"


class Line:
    """The lines of one endpoint.

    `metadata` goes with each call; `environ` are the variables of which one may hold a secret already; `timeout` is in
    seconds, None for no limit; `packs` describe the server instead of reflection.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: ConnectionSettings,
        metadata: Iterable[tuple[str, str | bytes]],
        environ: Mapping[str, str],
        *,
        timeout: float | None = None,
        packs: Sequence[Pack] = (),
        emit_defaults: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._environ = environ
        self.variables: dict[str, None] = {}
        self._options = [] if endpoint.tls else ["-plaintext"]
        self._options += _settings(settings)
        if timeout is not None:
            self._options += ["-max-time", f"{timeout:g}"]
        for pack in packs:
            path = pack.path.absolute()
            if pack.includes is None:
                self._options += ["-protoset", quote(str(path))]
                continue
            for include in (*pack.includes, path.parent):
                self._options += ["-import-path", quote(str(include.absolute()))]
            self._options += ["-proto", quote(path.name)]
        if emit_defaults:
            self._options.append("-emit-defaults")
        headers = [self._header(key, value) for key, value in metadata]
        if any("${" in header for header in headers):
            self._options.append("-expand-headers")
        for header in headers:
            self._options += ["-H", quote(header)]

    def of(self, path: str, messages: Iterable[Any], find_type: Callable[[str], Any] = lambda name: None) -> str:
        """The line that sends these messages to the method with this path."""
        texts = []
        for message in messages:
            plain = Decoder(find_type=find_type).converter(message.DESCRIPTOR)(message)
            texts.append(json.dumps(self._hidden(plain, ""), ensure_ascii=False))
        options = list(self._options)
        if texts:
            options += ["-d", self._data(" ".join(texts))]
        target = self._endpoint.target
        if target.startswith("unix:"):
            options.append("-unix")
        address = re.sub(r"^(dns:/*|unix:(//)?|ipv[46]:)", "", target)
        return " ".join(["grpcurl", *options, quote(address), quote(path.removeprefix("/"))])

    def _header(self, key: str, value: str | bytes) -> str:
        if key.endswith("-bin") or isinstance(value, bytes):
            return f"{key}: ${{{self._variable(key, '')}}}"
        if is_secret(key) or is_secret(value) or key == "cookie":
            return f"{key}: ${{{self._variable(key, value)}}}"
        return f"{key}: {value}"

    def _variable(self, key: str, value: str) -> str:
        """The variable that holds a secret: one that does, else one to be set."""
        known = [name for name, text in self._environ.items() if text == value and len(value) >= LEAST_SECRET]
        name = known[0] if known else "SPACECTL_" + re.sub(r"\W", "_", "api_key" if key == "token" else key).upper()
        if not known:
            self.variables[name] = None
        return name

    def _hidden(self, value: Any, key: str) -> Any:
        """The value with a mark and the name of a variable where there is a secret."""
        if isinstance(value, dict):
            return {name: self._hidden(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._hidden(item, key) for item in value]
        if isinstance(value, str) and value and (is_secret(key) or is_secret(value)):
            return f"{_MARK}{self._variable(key, value)}{_MARK}"
        return value

    @staticmethod
    def _data(text: str) -> str:
        parts = text.split(_MARK)
        return "".join(f'"${{{part}}}"' if index % 2 else quote(part) for index, part in enumerate(parts))


def _settings(settings: ConnectionSettings) -> list[str]:
    given = {
        "-cacert": settings.cacert,
        "-cert": settings.cert,
        "-key": settings.key,
        "-authority": settings.authority or settings.server_name,
        "-keepalive-time": settings.keepalive,
    }
    options = [word for name, value in given.items() if value is not None for word in (name, quote(str(value)))]
    options += ["-insecure"] if settings.insecure else []
    return [*options, "-max-msg-sz", str(settings.max_message_size)]
