"""Whether a call that failed is made again, and when: reads where a server is away, writes where they never left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from spacectl.rpc.catalog import READS
from spacectl.rpc.status import UNAVAILABLE, never_connected

if TYPE_CHECKING:
    from spacectl.rpc.catalog import Method
    from spacectl.rpc.channel import Channel

FIRST_PAUSE, LONGEST_PAUSE = 0.3, 10.0
# a server that is starting refuses for a moment; what is not there stays so: a mistyped port must be told soon
PATIENCE = 0.4
# what may be over in a moment, of all the reasons for which there is no connection
_PASSING = ("Connection refused", "Socket closed", "Connection reset", "Broken pipe")
# the server says that it has not looked at the request: REFUSED_STREAM
_REFUSED = "Received RST_STREAM with error code 7"
_PUSHBACK = "grpc-retry-pushback-ms"


class Attempts:
    """The attempts of one call, which began at `began` (time.monotonic) and may take `timeout` seconds in all."""

    def __init__(self, channel: Channel, method: Method | None, began: float, timeout: float | None) -> None:
        self._channel = channel
        self._method = method
        self._began = began
        self._deadline = None if timeout is None else began + timeout
        self._made = 0

    @property
    def timeout(self) -> float | None:
        """The seconds that are left; None for no limit."""
        return None if self._deadline is None else max(self._deadline - time.monotonic(), 0.001)

    def wait(self, error: Any) -> bool:
        """Waits until the call may be made again after a grpc.RpcError; False where it may not."""
        pause = self.pause(error)
        if pause is None:
            return False
        time.sleep(pause)
        return True

    def pause(self, error: Any) -> float | None:
        """The seconds until the call may be made again after a grpc.RpcError; None where it may not."""
        settings = self._channel.settings
        if self._made >= settings.retries or error.code().value[0] != UNAVAILABLE:
            return None
        details = error.details() or ""
        now = time.monotonic()
        if never_connected(details) and not self._channel.is_connected():
            passing = any(sign in details for sign in _PASSING)
            if not passing or now - self._began > settings.connect_timeout * PATIENCE:
                return None
        elif _REFUSED not in details and not (settings.idempotent or self._reads()):
            return None
        pause = self._asked_for(error)
        if pause is None:
            from random import uniform

            # each client at a time of its own, so that they do not all come back at once
            pause = min(FIRST_PAUSE * 2**self._made, LONGEST_PAUSE) * uniform(0.5, 1)  # noqa: S311
        if pause < 0 or (self._deadline is not None and now + pause >= self._deadline):
            return None
        self._made += 1
        return pause

    def _reads(self) -> bool:
        """Whether the call changes nothing, or nothing more when made twice; without a method it is reflection."""
        if self._method is None or self._method.verb.lower() in READS:
            return True
        service, _, name = self._method.path.removeprefix("/").rpartition("/")
        found = self._method.pool.FindServiceByName(service).methods_by_name[name]
        return int(found.GetOptions().idempotency_level) > 0

    def _asked_for(self, error: Any) -> float | None:
        """The seconds that the server asks to wait, less than 0 for ever; None where it does not say."""
        from spacectl.rpc.status_details import retry_delay

        trailers = error.trailing_metadata() if hasattr(error, "trailing_metadata") else ()
        pushback = next((value for key, value in trailers or () if key == _PUSHBACK), None)
        if pushback is not None:
            return int(pushback) / 1000 if str(pushback).isdecimal() else -1.0
        return retry_delay(trailers)
