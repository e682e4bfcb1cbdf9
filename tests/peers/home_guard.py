"""Notices when a test run touches the configuration or the caches in the real home of whoever runs it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def watched_places(environ: Mapping[str, str]) -> list[Path]:
    """The places in the real home that the command uses, or might come to use."""
    home = Path(environ.get("HOME") or "/")
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [home / ".spaceone", *(base / name for base in (cache, config) for name in ("spaceone", "spacectl"))]


def snapshot(places: list[Path]) -> dict[str, tuple[int, int, int]]:
    """Every file and directory in these places, with its mode, size and time of change."""
    found: dict[str, tuple[int, int, int]] = {}
    for place in places:
        for path in (place, *place.rglob("*")) if place.is_dir() else (place,):
            if os.path.lexists(path):
                stat = path.lstat()
                found[str(path)] = (stat.st_mode, stat.st_size, stat.st_mtime_ns)
    return found


def changes(before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]]) -> list[str]:
    """The paths that came, went or changed between two snapshots."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
