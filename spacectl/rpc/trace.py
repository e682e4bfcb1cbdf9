"""What goes over the wire, told line by line while it does: metadata, sizes, timings. Secrets are masked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from spacectl.masking import MASK, is_secret, masked
from spacectl.proxies import parts

if TYPE_CHECKING:
    from spacectl.rpc.channel import Channel

REFLECTION = "ServerReflection/"
ORDER = ("connect", "TLS", "connect and TLS", "reflection", "call", "rendering")
MAX_SHOWN = 2000  # characters of a request
_HIDDEN = ("cookie", "set-cookie", "grpc-trace-bin")


class Trace:
    """Tells `say` a line of everything that the calls of a channel do; `summary` has the timings, in milliseconds."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()
        self._spent: dict[str, float] = {}
        self._answered: float | None = None
        self._connecting: float | None = None
        self._called: float | None = None
        self._heard = False
        self._ready = threading.Event()

    def watches(self, channel: Channel) -> None:
        """Tells where a channel goes, and begins to measure how it is connected."""
        endpoint, settings = channel.endpoint, channel.settings
        self._say(f"* endpoint {endpoint.url}")
        if settings.proxy is not None:
            # its password stays where it is
            host, port, _ = parts(settings.proxy)
            self._say(f"* through the proxy {host}:{port}")
        if endpoint.tls and settings.proxy is None and not settings.insecure and endpoint.port is not None:
            # gRPC tells only of the whole: what TLS takes is what TCP alone does not
            self._dial(endpoint.host, endpoint.port, settings.connect_timeout)
        channel.watch(lambda state: self._connectivity(state, endpoint.tls))

    def _dial(self, host: str, port: int, timeout: float) -> None:
        import socket

        began = time.monotonic()
        try:
            socket.create_connection((host.strip("[]"), port), timeout).close()
        except OSError:
            return  # the call will say so
        self._spent["connect"] = time.monotonic() - began

    def spend(self, what: str, seconds: float) -> None:
        """Notes time that was spent in waiting for something."""
        self._spent[what] = self._spent.get(what, 0.0) + seconds

    def begins(self) -> None:
        """Something is asked, for which there must be a connection: gRPC may tell of one only when it is there."""
        self._called = self._called or time.monotonic()

    def request(self, path: str, metadata: Any, timeout: float | None) -> None:
        """A call begins."""
        self.begins()
        self.rendered()
        self._say(f"> {path}")
        for key, value in metadata or ():
            self._say(f"> {key}: {shown_header(key, value)}")
        if timeout is not None:
            self._say(f"> grpc-timeout: {timeout:g} s")

    def sent(self, message: Any) -> None:
        """A message goes out: a message, or its bytes."""
        if isinstance(message, bytes):
            self._say(f"> message of {len(message):,} bytes")
            return
        self._say(f"> message of {message.ByteSize():,} bytes: {_shown_message(message)}")

    def metadata(self, pairs: Any, what: str = "") -> None:
        """Metadata, or trailers, that came."""
        for key, value in pairs or ():
            self._say(f"< {what}{key}: {shown_header(key, value)}")

    def received(self, size: int) -> None:
        """A message that came; what follows, up to the next call or message, is its rendering."""
        self._say(f"< message of {size:,} bytes")
        self._heard = True
        self._answered = time.monotonic()

    def status(self, call: Any) -> None:
        """How a call ended."""
        self.metadata(call.trailing_metadata(), "trailer ")
        code = call.code()
        details = call.details()
        self._say(f"< status {code.name if code is not None else 'none'}{f': {details}' if details else ''}")

    def rendered(self) -> bool:
        """What came has been printed, as far as there was anything to print, which it tells."""
        if self._answered is None:
            return False
        self.spend("rendering", time.monotonic() - self._answered)
        self._answered = None
        return True

    def resumes(self, *, rendering: bool) -> None:
        """Something else was waited for in the midst of `rendering`, or while an answer came."""
        if rendering or self._answered is not None:
            self._answered = time.monotonic()

    def note(self, text: str) -> None:
        """Says something about what follows."""
        self._say(f"* {text}")

    def summary(self) -> None:
        """Tells the timings."""
        self.rendered()
        if self._heard:
            # there is a connection, of which gRPC tells in a thread of its own
            self._ready.wait(0.2)
        # gRPC tells of a connection at any time, and it comes first all the same
        order = sorted(self._spent.items(), key=lambda pair: ORDER.index(pair[0]))
        spent = [f"{what} {seconds * 1000:.1f} ms" for what, seconds in order]
        self._say(f"* {', '.join((*spent, f'in all {(time.monotonic() - self._began) * 1000:.1f} ms'))}")

    def _connectivity(self, state: Any, tls: bool) -> None:
        if state.name == "CONNECTING" and self._connecting is None:
            self._connecting = time.monotonic()
        elif state.name == "READY" and (began := self._connecting or self._called) is not None:
            whole = time.monotonic() - began
            below = self._spent.get("connect")
            if below is None or not tls:
                self._spent["connect and TLS" if tls else "connect"] = whole
            else:
                self._spent["TLS"] = max(0.0, whole - below)
            self._connecting = self._called = None
            self._ready.set()


def shown_header(key: str, value: str | bytes) -> str:
    """The value of a header as it may be shown."""
    if key.endswith("-bin") or isinstance(value, bytes):
        return f"{MASK} ({len(value)} bytes)"
    if key in _HIDDEN or is_secret(key) or is_secret(value):
        return MASK
    return value


def _shown_message(message: Any) -> str:
    import json

    from spacectl.rpc.decode import Decoder

    plain = Decoder().converter(message.DESCRIPTOR)(message)
    text = json.dumps(masked(plain), ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def messages(source: Iterator[Any], trace: Trace) -> Iterator[Any]:
    """The messages of a client stream, told while they are sent."""
    for message in source:
        trace.sent(message)
        yield message
