"""Lines on standard error that change while work goes on; rich is imported when they are first drawn."""

from __future__ import annotations

from typing import Any, TextIO


class LiveLines:
    """A few lines at the foot of a terminal; they are drawn by `show`, and taken away by `hide`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live: Any = None

    def show(self, lines: list[str]) -> None:
        """Puts these lines in the place of those that were there."""
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        text = Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
        if self._live is None:
            self._live = Live(console=Console(file=self._stream), auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(text, refresh=True)

    def hide(self) -> None:
        """Takes the lines off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
