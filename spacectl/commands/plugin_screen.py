"""The test of a plugin as a person watches it: a line a check, and counts that grow while a stream is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacectl import plugin_calls

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.plugin.results import Result, Tally


class LineScreen:
    """Lines on standard output; on a terminal the counts are at its foot until the stream ends."""

    def __init__(self, app: App) -> None:
        self._out = app.stdout
        self._colours = app.colours(app.stdout)
        self._live = plugin_calls.live_lines(app)
        self._results: list[Result] = []

    def begin(self, interface: str, address: str) -> None:
        """The test of an interface begins."""
        self._finish()
        self._write([f"{interface} at {address}"])

    def result(self, result: Result) -> None:
        """A check was made."""
        self._results.append(result)
        self._write(plugin_calls.result_lines(result, colours=self._colours))

    def counting(self, tally: Tally) -> None:
        """A stream is being read."""
        if self._live is not None:
            self._live.show(plugin_calls.tally_lines(tally))

    def collected(self, tally: Tally) -> None:
        """A stream was read."""
        self._write(plugin_calls.tally_lines(tally))

    def end(self) -> None:
        """Nothing more comes."""
        self._finish()
        if self._live is not None:
            self._live.hide()

    def _finish(self) -> None:
        if self._results:
            self._write([plugin_calls.summary(self._results)])
            self._results = []

    def _write(self, lines: list[str]) -> None:
        if self._live is not None:
            self._live.hide()
        self._out.write("".join(f"{line}\n" for line in lines))
        self._out.flush()


class SilentScreen:
    """Nothing is shown until the end."""

    def begin(self, interface: str, address: str) -> None:
        """The test of an interface begins."""

    def result(self, result: Result) -> None:
        """A check was made."""

    def counting(self, tally: Tally) -> None:
        """A stream is being read."""

    def collected(self, tally: Tally) -> None:
        """A stream was read."""

    def end(self) -> None:
        """Nothing more comes."""
