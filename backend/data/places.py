"""Where data may lie on this machine, and how much of it fits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from backend.data.registry import normalised


def cache_folder() -> Path:
    """Where downloads are kept: ``NETLOOM_CACHE``, else the user's cache folder."""
    if chosen := os.environ.get("NETLOOM_CACHE"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("netloom"))


def cached(name: str) -> Path:
    """The folder that a download of a known data set goes to."""
    return cache_folder() / "data" / name


def data_folder() -> Path | None:
    """The user's own collection of data sets, from ``NETLOOM_DATA``."""
    chosen = os.environ.get("NETLOOM_DATA")
    return Path(chosen).expanduser() if chosen else None


def folders_named(name: str) -> Iterator[Path]:
    """Folders that may hold a known set: under ``NETLOOM_DATA`` by its name, with its files in it or in ``raw``."""
    for folder in _inside(data_folder()):
        if normalised(folder.name).replace("-", "") == name.replace("-", ""):
            yield folder
            yield folder / "raw"
    yield cached(name)


def beginning(pattern: str, root: Path | None) -> Iterator[Path]:
    """The folders in a folder whose names begin with a pattern."""
    yield from (folder for folder in _inside(root) if re.match(pattern, normalised(folder.name)))


def _inside(root: Path | None) -> list[Path]:
    try:
        return sorted(each for each in root.iterdir() if each.is_dir()) if root else []
    except OSError:  # no such folder, or one that may not be read
        return []


def memory_free() -> int | None:
    """Bytes of memory that are free now, or None where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return None
    return None


def size_words(size: float) -> str:
    """Bytes as people say them: ``11.6 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
