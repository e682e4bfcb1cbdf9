"""What a batch shows: answers, failures one a line, how many ended how."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from spacectl.batch.journal import Journal
from spacectl.batch.tally import BatchError, Tally
from spacectl.commands.batch_options import Many
from spacectl.errors import CallError, InputError

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.output.progress import Progress
    from spacectl.rpc.answer import Answer
    from spacectl.rpc.batch import Item

Show = Callable[["Answer"], object]


class Output:
    """Where answers go, and the bar that is in their way."""

    def __init__(self, app: App, show: Show, journal: Journal | None, total: int | None) -> None:
        self.journal = journal
        self.total = total
        self.bar: Progress | None = None
        self._app = app
        self._show = show

    def idle(self) -> None:
        """There is time to let others see what was printed, and how far we are."""
        self._app.stdout.flush()
        if self.bar is not None:
            self.bar.poll()

    def hide(self) -> None:
        """Takes the bar away."""
        if self.bar is not None:
            self.bar.hide()

    def print(self, item: Item) -> None:
        """Prints the answers of a request; a failure on the way is noted in it."""
        try:
            for answer in item.answers:
                if self.bar is not None:
                    self.bar.hide_for(self._app.stdout)
                self._show(answer)
                if answer.streamed:
                    self._app.flush_soon()
        except CallError as error:
            item.error = error
        if self.bar is not None:
            if item.error is not None:
                self.bar.hide()
            self.bar.advance()


class Failures:
    """Reports failures as they come, in the order of the input, each on a line that names the request."""

    def __init__(self, app: App, tally: Tally) -> None:
        self.tally = tally
        self._app = app
        self._status = 0

    def note(self, item: Item) -> None:
        """Counts what became of a request, and reports its failure."""
        self.tally.count(item.outcome or outcome(item))
        error = item.error
        if error is None:
            return
        self._app.stdout.flush()
        if not isinstance(error, InputError):  # which names its places itself
            error.message = f"{item.label}: {error.message}"
        if self._status:
            error.hints = ()  # the first one's say it all
        self._status = self._status or error.exit_status
        self._app.report(error)

    def finish(self, many: Many, *, whole: bool) -> None:
        """Says how many ended how, of the `whole` input or of a part. Raises BatchError when not all is done."""
        if self.tally.total is None and whole:
            self.tally.total = self.tally.seen
        summary = self.tally.summary()
        if self._status:
            hints = ["--continue-on-error goes on after a failure"] if self.tally.left and not many.keep_going else []
            if many.journal is not None and not many.resume:
                hints.append("--resume goes on with what is not done")
            raise BatchError(summary, self._status, *hints)
        if self._app.stderr.isatty():
            self._app.stderr.write(f"{summary}\n")


def outcome(item: Item) -> str:
    """What became of a request that was sent, in the words of the summary."""
    if not item.ended:
        return "of unknown outcome"
    return "done" if item.error is None else "failed"
