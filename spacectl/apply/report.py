"""What a person sees of a run: a line a task, a summary, and a plan before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from spacectl.apply.masking import Secrets
from spacectl.apply.outcome import CHANGES, PAST, Outcome

_COLOURS = {"create": 32, "update": 33, "exec": 36, "run": 36, "depends": 35, "skip": 2, "unchanged": 2, "read": 2}
_SIGNS = {"create": "+", "update": "~", "exec": ">", "run": "$", "depends": "?", "skip": "-"}
LONGEST = 60


class Report:
    """Writes the lines of a run; none where it is `quiet`. Secrets are masked in all of them."""

    def __init__(self, write: Callable[[str], object], secrets: Secrets, *, quiet: bool, colours: bool) -> None:
        self._write = write
        self._secrets = secrets
        self._quiet = quiet
        self._colours = colours

    def group(self, name: str, depth: int, kind: str) -> None:
        """A task that holds others: a loop, sub-tasks."""
        self._line(depth, f"{name} ({kind})")

    def task(self, name: str, depth: int, outcome: Outcome, seconds: float, where: str = "") -> None:
        """A task that has ended."""
        words = self._paint(PAST[outcome.action], outcome.action)
        detail = f" {outcome.detail}" if outcome.detail else ""
        self._line(depth, f"{name}: {words}{detail} ({seconds:.2f} s)" if seconds >= 0 else f"{name}: {words}{detail}")

    def planned(self, name: str, depth: int, outcome: Outcome, where: str) -> None:
        """What a task would do."""
        sign = _SIGNS.get(outcome.action, "=")
        detail = f" {outcome.detail}" if outcome.detail else ""
        self._line(depth, self._paint(f"{sign} {outcome.action}{detail}", outcome.action) + f"  {name}  ({where})")
        for change in outcome.changes:
            self._line(depth + 1, f"  {change.path}: {self._shown(change, 0)} -> {self._shown(change, 1)}")

    def debug(self, output: Any, depth: int) -> None:
        """The output of a task that asks to show it."""
        if isinstance(output, dict) and set(output) <= {"result", "return_code"} and "result" in output:
            text = str(output["result"])
        else:
            text = json.dumps(self._secrets.hidden(output), ensure_ascii=False, indent=2, default=str)
        for line in text.splitlines():
            self._line(depth + 1, line)

    def summary(self, actions: Sequence[str], seconds: float, *, planned: bool, written: bool) -> None:
        """How many tasks there were of each kind; `written` where a resource was created or changed."""
        counts = {action: actions.count(action) for action in dict.fromkeys(actions)}
        words = {action: action if planned else PAST[action] for action in counts}
        told = ", ".join(f"{count} {words[action]}" for action, count in counts.items()) or "no tasks"
        if planned:
            to_do = sum(action in CHANGES for action in actions)
            self._line(0, f"plan: {told}" if to_do else f"plan: nothing to do ({told})")
        else:
            changed = ""
            if not written:
                changed = "; no resource was changed" if CHANGES & set(actions) else "; nothing was changed"
            self._line(0, f"finished: {told}{changed} ({seconds:.1f} s)")

    def warn(self, text: str) -> None:
        """Says what a person should know, quiet or not."""
        self._write(f"warning: {self._secrets.hide(text)}\n")

    def interrupted(self, place: str, hints: Sequence[str]) -> None:
        """Says where a person ended the run, quiet or not."""
        for line in (f"interrupted: {place}", *(f"hint: {hint}" for hint in hints)):
            self._write(_visible(self._secrets.hide(line)) + "\n")

    def _shown(self, change: Any, after: int) -> str:
        key = change.path.rpartition(".")[2]
        value = self._secrets.hidden({key: change.after if after else change.before})[key]
        text = json.dumps(value, ensure_ascii=False, default=str) if value is not None else "nothing"
        return text if len(text) <= LONGEST else text[:LONGEST] + "…"

    def _line(self, depth: int, text: str) -> None:
        if not self._quiet:
            self._write("  " * depth + _visible(self._secrets.hide(text)) + "\n")

    def _paint(self, text: str, action: str) -> str:
        return f"\x1b[{_COLOURS[action]}m{text}\x1b[0m" if self._colours and action in _COLOURS else text


def _visible(text: str) -> str:
    """The text with control characters made visible, but for the colours that are ours."""
    return "".join(c if c.isprintable() or c == "\x1b" else c.encode("unicode_escape").decode() for c in text)
