"""Secrets kept off the screen: by the key that they stand under, and wherever else they turn up."""

from __future__ import annotations

import re
from typing import Any

from spacectl.masking import MASK, masked

# under these keys stands a secret itself, and not its name or kind, as it does under `secret_id`
_SECRET_KEY = re.compile(
    r"(?:^|_|-)(?:password|passwd|passphrase|token|secret|(?:api|access|private|secret)_?key)$", re.I
)
SHORTEST = 4
MAX_SECRETS = 10_000


def is_secret_key(key: str) -> bool:
    """Whether what stands under a key is a secret itself."""
    return bool(_SECRET_KEY.search(key))


class Secrets:
    """The secrets that a run has met."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, text: str, shortest: int = SHORTEST) -> None:
        """From now on this is a secret; a text that is too short to be one is hidden by its key alone."""
        if len(text) >= shortest and text not in self._known and len(self._known) < MAX_SECRETS:
            self._known[text] = None
            self._pattern = None

    def learn(self, value: Any, key: str = "") -> None:
        """Finds the secrets of a value."""
        if isinstance(value, dict):
            for name, inner in value.items():
                self.learn(inner, name)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                self.learn(inner, key)
        elif isinstance(value, (str, int)) and not isinstance(value, bool) and is_secret_key(key):
            self.add(str(value))

    def hide(self, text: str) -> str:
        """The text without any of the secrets."""
        if self._pattern is None:
            # the longest first: one may be a part of another
            known = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, known)) or r"(?!)")
        return self._pattern.sub(MASK, text)

    def hidden(self, value: Any) -> Any:
        """A copy of a value with its secrets masked."""
        return self._hidden(masked(value))

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._hidden(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._hidden(inner) for inner in value]
        return self.hide(value) if isinstance(value, str) else value
