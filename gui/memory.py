"""How much memory the studio and its workers take."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import Final

PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
GIGABYTE: Final = 1 << 30
MEGABYTE: Final = 1 << 20


def in_use() -> int | None:
    """Bytes that this process and those that it started hold now, or None where the system does not say."""
    ids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
    try:
        return sum(_resident(each) for each in ids if each is not None)
    except (OSError, ValueError, IndexError):
        return None


def words(size: int) -> str:
    """Bytes as people say them: ``12 kB``, ``640 MB``, ``1.4 GB``."""
    if size >= GIGABYTE:
        return f"{size / GIGABYTE:.1f} GB"
    return f"{size >> 20} MB" if size >= MEGABYTE else f"{-(-size >> 10)} kB"


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * PAGE
