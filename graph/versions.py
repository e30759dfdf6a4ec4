"""Earlier versions of saved designs: before a file is written over, what it held is put aside."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph import files
from graph.disk import read_bytes, write_atomically

KEPT: Final = 5  # of each file


@dataclass(frozen=True)
class Version:
    """A file as it was once. ``time`` is when it had been written, in seconds since 1970."""

    place: Path
    time: float


def digest(data: bytes) -> str:
    """What tells the contents of files apart."""
    return hashlib.sha256(data).hexdigest()


def shelf(folder: Path, path: Path) -> Path:
    """Where the versions of a file lie: below ``folder``, by the file's whole path."""
    name = re.sub(r"\W+", "-", path.stem)[:40]
    return folder / f"{name}-{digest(str(path).encode())[:16]}"


def versions(folder: Path, path: Path) -> list[Version]:
    """What is kept of a file, newest first."""
    found = []
    with suppress(OSError):
        for place in shelf(folder, path).glob(f"*{files.SUFFIX}"):
            if place.stem.isdecimal():
                found.append(Version(place, int(place.stem) / 1000))
    return sorted(found, key=lambda version: version.time, reverse=True)


def keep(folder: Path, path: Path) -> None:
    """Put aside what a file holds now, unless it is there already. Raises FileProblem.

    The oldest of more than ``KEPT`` versions goes. A file that is not there has nothing to be kept.
    """
    if not path.exists():
        return
    data = read_bytes(path, files.MAX_BYTES)
    kept = versions(folder, path)
    if kept and digest(read_bytes(kept[0].place, files.MAX_BYTES)) == digest(data):
        return
    shelf(folder, path).mkdir(parents=True, exist_ok=True)
    write_atomically(shelf(folder, path) / f"{_moment(path, kept)}{files.SUFFIX}", data)
    for version in versions(folder, path)[KEPT:]:
        with suppress(OSError):
            version.place.unlink()


def _moment(path: Path, kept: Iterable[Version]) -> int:
    """When the file was written, in milliseconds; later than every version that is kept, also under a wrong clock."""
    written = path.stat().st_mtime if path.exists() else time.time()
    return max([round(written * 1000), *(round(version.time * 1000) + 1 for version in kept)])
