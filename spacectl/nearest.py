"""The nearest right names for a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def nearest(word: str, known: Iterable[str], count: int = 3, likeness: float = 0.6) -> list[str]:
    """Up to `count` of the known names that look like `word` (likeness 0 to 1), best first, in any case."""
    return list(_nearest(word, tuple(known), count, likeness))


@lru_cache(1024)
def _nearest(word: str, known: tuple[str, ...], count: int, likeness: float) -> tuple[str, ...]:
    # the same slip stands in each of many documents, and to compare is slow
    from difflib import get_close_matches

    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(_folded(name), name)
    return tuple(by_folded[match] for match in get_close_matches(_folded(word), by_folded, count, likeness))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where a known name is near, else nothing."""
    found = nearest(word, known, 1)
    return f"; did you mean {found[0]}?" if found else ""


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
