"""Questions to a server's reflection that are sent together, and answered while something else is done."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from spacectl.rpc.reflection import Described


class NotAskedError(Exception):
    """More has to be asked than was sent: the server describes itself in another way than it did."""


class Ahead:
    """Requests that are under way on several `calls`, the versions of reflection, of which one has to answer all."""

    def __init__(self, requests: Sequence[Any], calls: Sequence[Any]) -> None:
        self._requests = requests
        self._calls = calls

    def described(self, seconds: float) -> Described | None:
        """What the server said, which raises NotAskedError for all else; None where it did not within these seconds."""
        import grpc

        # gRPC has no limit for what is left of a call
        limit = threading.Timer(seconds, self.close)
        limit.daemon = True
        limit.start()
        try:
            for call in self._calls:
                try:
                    answers = list(islice(call, len(self._requests)))
                except grpc.RpcError:
                    continue
                if len(answers) == len(self._requests):
                    keys = [request.SerializeToString() for request in self._requests]
                    return Described(_looked_up(dict(zip(keys, answers, strict=True))), "reflection")
            return None
        finally:
            limit.cancel()
            self.close()

    def close(self) -> None:
        """Ends the calls."""
        for call in self._calls:
            call.cancel()


def _looked_up(answers: Mapping[bytes, Any]) -> Any:
    def ask(requests: list[Any]) -> list[Any]:
        try:
            return [answers[request.SerializeToString()] for request in requests]
        except KeyError:
            raise NotAskedError from None

    return ask
