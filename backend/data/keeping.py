"""Whether a source is held in memory or on the disk, and the store of what was read from it once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.places import cache_folder, memory_free, size_words
from backend.data.registry import Format, NoRoom, Raw
from backend.data.room import Room, reading_into, room
from backend.data.selection import resized
from graph.subsets import Keep

SHARE = 0.5  # of the free memory that a source may take
SPARE = 1 << 30  # bytes of the disk that stay free
ABANDONED = 86_400.0  # seconds after which what was not finished is no longer being made
PARTS = ("train", "validation", "test")
CONTENTS = "contents.json"


def keeping(kind: Format, source: str, size: int, asked: Keep) -> tuple[bool, str]:
    """Whether a source is read from the disk batch by batch, and a sentence that says so and what it costs.

    size: side that pictures are brought to; 0 for their own
    asked: "auto" decides by the free memory
    """
    weight, free = kind.weight(source, size), memory_free()
    if not weight or asked == "memory" or (asked == "auto" and (free is None or weight <= free * SHARE)):
        return False, f"Held in memory: {size_words(weight)}." if weight else ""
    why = "as asked" if asked == "disk" else f"more than half of the {size_words(free or 0)} of memory that are free"
    once = "" if kind.maps(source, size) else "unpacked once into the cache folder and "
    return True, f"Held on the disk ({size_words(weight)}, {why}): {once}read from there batch by batch."


def read(kind: Format, source: str, size: int, on_disk: bool) -> Raw:
    """Every example, with pictures of a side where one is asked for. Raises DataError."""
    return _from_disk(kind, source, size) if on_disk else _read(kind, source, size)


def _read(kind: Format, source: str, size: int) -> Raw:
    if not size:
        return kind.read(source)
    if (raw := kind.read_sized(source, size)) is not None:
        return raw
    raw, specs = kind.read(source), {key: each.spec for key, each in kind.fields(source).items()}
    parts: dict[str, Any] = {
        part: resized(arrays, specs, size) for part in PARTS if (arrays := getattr(raw, part)) is not None
    }
    return replace(raw, **parts)


# -- the store --------------------------------------------------------------------------------------------------------


def _from_disk(kind: Format, source: str, size: int) -> Raw:
    """The source as mapped files: its own where they serve as they are, else made once and kept for the next time."""
    if kind.maps(source, size):
        with reading_into(replace(room(), folder=Path())):
            return _read(kind, source, size)

    def make(folder: Path) -> None:
        with reading_into(replace(room(), folder=folder, files=[])) as chosen:
            contents = _contents(_read(kind, source, size), chosen)
        (folder / CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
        chosen.files.clear()  # what is still mapped cannot be moved on every system

    told = [type(kind).__name__, source, str(size), kind.stamp(source)]
    return _opened(stored(told, kind.weight(source, size), make))


def stored(told: Sequence[str], weight: int, make: Callable[[Path], None]) -> Path:
    """A folder of the store: made where it is not there yet, whole or not at all.

    told: what it was made from; anything that changes there makes another folder
    weight: bytes that it will take
    make: fills an empty folder

    Raises NoRoom where the disk is too full, and what ``make`` raises.
    """
    store = cache_folder() / "unpacked"
    folder = store / hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
    try:
        if folder.is_dir():
            os.utime(folder)
            return folder
        store.mkdir(parents=True, exist_ok=True)
        _clear(store, weight)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=store))
        try:
            make(making)
            os.replace(making, folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room(store, weight) from None
        raise
    return folder


def _contents(raw: Raw, chosen: Room) -> dict[str, Any]:
    """Which file holds which field of which part; what came in memory is written down too."""
    parts: dict[str, dict[str, str]] = {}
    for part in PARTS:
        arrays: Mapping[str, np.ndarray] | None = getattr(raw, part)
        for name, values in (arrays or {}).items():
            if not any(values is each for each in chosen.files):
                place = chosen.empty(values.shape, values.dtype)
                place[...] = values
                values = place
            number = next(n for n, each in enumerate(chosen.files) if each is values)
            parts.setdefault(part, {})[name] = f"{number}.npy"
    for each in chosen.files:
        each.flush()
    return {"parts": parts, "notes": raw.notes, "whole": raw.whole}


def _opened(folder: Path) -> Raw:
    """What a folder of the store holds."""
    contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    parts = {part: {name: mapped(folder / file) for name, file in files.items()}
             for part, files in contents["parts"].items()}  # fmt: skip
    return Raw(parts["train"], parts.get("test"), parts.get("validation"), contents["whole"], tuple(contents["notes"]))


def mapped(path: Path) -> np.ndarray:
    """An array on the disk. Torch takes only arrays that can be written to; what is written to it stays in memory."""
    return np.lib.format.open_memmap(path, mode="c")


def _clear(store: Path, needed: int) -> None:
    """Make room on the disk, from what was used longest ago on. Raises NoRoom where that is not enough."""
    kept = sorted((each for each in store.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
    unfinished = [each for each in kept if each.name.startswith("making-")]
    for each in unfinished:
        if time.time() - each.stat().st_mtime > ABANDONED:
            shutil.rmtree(each, ignore_errors=True)
    for each in kept:
        if shutil.disk_usage(store).free >= needed + SPARE:
            return
        if each not in unfinished:
            shutil.rmtree(each, ignore_errors=True)
    if shutil.disk_usage(store).free < needed + SPARE:
        raise _no_room(store, needed)


def _no_room(store: Path, needed: int) -> NoRoom:
    free = size_words(shutil.disk_usage(store).free)
    return NoRoom(f"The examples need {size_words(needed)} of disk, unpacked, and “{store}” has {free} free; set "
                  "NETLOOM_CACHE to a folder with more, or a smaller size on the data node.")  # fmt: skip
