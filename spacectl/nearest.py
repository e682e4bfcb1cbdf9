"""The nearest right names for a wrong one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], count: int = 3, likeness: float = 0.6) -> list[str]:
    """Up to `count` of the known names that look like `word` (likeness 0 to 1), best first, in any case."""
    from difflib import get_close_matches

    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(_folded(name), name)
    return [by_folded[match] for match in get_close_matches(_folded(word), by_folded, count, likeness)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where a known name is near, else nothing."""
    found = nearest(word, known, 1)
    return f"; did you mean {found[0]}?" if found else ""


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
