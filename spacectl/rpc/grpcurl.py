"""A call as a line of grpcurl, for a shell: what makes the same request, without the secrets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from shlex import quote
from typing import TYPE_CHECKING, Any

from spacectl.masking import is_secret
from spacectl.rpc.decode import Decoder

if TYPE_CHECKING:
    from spacectl.connection_settings import ConnectionSettings
    from spacectl.endpoint import Endpoint
    from spacectl.rpc.protoset import Pack

LEAST_SECRET = 6  # a shorter value of a variable may be anything
# a shell's own way to make the inside of a JSON text of a variable's value
_ESCAPED = (
    """"$(printf '%s\\n' "${NAME}" | sed 's/[\\\\"]/\\\\&/g' | """
    """awk 'NR>1{printf "\\\\n"}{gsub(/\\t/,"\\\\t");gsub(/\\r/,"\\\\r");printf "%s",$0}')\""""
)


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
        # names of variables to be set, and what they have to hold
        self.variables: dict[str, str] = {}
        # stands around what is to be a variable: nothing that a request holds can look like it
        self._mark = f"\ue000{os.urandom(8).hex()}"
        self._bare = f"\ue001{self._mark}"
        self._shell: dict[str, str] = {}
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
            text = json.dumps(self._hidden(plain, ""), ensure_ascii=False)
            # a number stands without quotes, also where a variable holds it
            texts.append(text.replace(f'"{self._bare}', self._mark).replace(f'{self._bare}"', self._mark))
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
        if known:
            return known[0]
        first = "SPACECTL_" + re.sub(r"\W", "_", "api_key" if key == "token" else key).upper()
        names = (first if number == 1 else f"{first}_{number}" for number in count(1))
        name = next(name for name in names if self.variables.get(name, value) == value)
        self.variables[name] = value
        return name

    def _hidden(self, value: Any, key: str, *, secret: bool = False) -> Any:
        """The value with a mark and the name of a variable where there is a secret: under the key of one all is."""
        if isinstance(value, dict):
            hidden = {}
            for name, item in value.items():
                shows = is_secret(name)
                named = f"{key}_{name}" if secret and not shows else name
                hidden[name] = self._hidden(item, named, secret=secret or shows)
            return hidden
        if isinstance(value, list):
            return [self._hidden(item, key, secret=secret) for item in value]
        if isinstance(value, str) and value and (secret or is_secret(value)):
            name = self._variable(key, value)
            as_it_is = json.dumps(value, ensure_ascii=False)[1:-1] == value
            self._shell[name] = f'"${{{name}}}"' if as_it_is else _ESCAPED.replace("NAME", name)
            return f"{self._mark}{name}{self._mark}"
        if secret and isinstance(value, int | float) and not isinstance(value, bool):
            name = self._variable(key, json.dumps(value))
            self._shell[name] = f'"${{{name}}}"'
            return f"{self._bare}{name}{self._bare}"
        return value

    def _data(self, text: str) -> str:
        parts = text.split(self._mark)
        return "".join(self._shell[part] if index % 2 else quote(part) for index, part in enumerate(parts))


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
