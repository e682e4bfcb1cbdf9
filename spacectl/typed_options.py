"""The options that every command takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spacectl.errors import UsageError

DEFAULT_TIMEOUT = 180.0


class Options:
    """The options that every command takes, as they were typed; None where they were not.

    `connection` are those of the connection, by the names that they have in the configuration; `inspection` are those
    of commands.inspection_options.
    """

    def __init__(self) -> None:
        self.environment: str | None = None
        self.endpoint: str | None = None
        self.timeout: float | None = None
        self.refresh = False
        self.color = "auto"
        self.protosets: tuple[str, ...] = ()
        self.token_file: str | None = None
        self.connection: dict[str, Any] = {}
        self.inspection: dict[str, Any] = {}

    def timeout_in(self, environ: Mapping[str, str]) -> float | None:
        """Seconds to wait for an answer, of the option or of a variable; None for no limit. Raises UsageError."""
        seconds = self.timeout
        if seconds is None:
            text = environ.get("SPACECTL_TIMEOUT", "")
            try:
                seconds = float(text) if text else DEFAULT_TIMEOUT
            except ValueError:
                raise UsageError(f"SPACECTL_TIMEOUT={text}: seconds are due, as in 30") from None
        if not 0 <= seconds < 1e9:
            raise UsageError(f"a time-out of {seconds:g} s makes no sense", "--timeout 30; 0 waits for ever")
        return seconds or None
