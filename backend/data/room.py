"""Where the arrays of a source come to lie while it is read, in memory or in files, and who hears how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.places import memory_free, size_words
from backend.data.registry import Cancelled, NoRoom, Progress
from graph.problems import DataError


@dataclass
class Room:
    """What a format reads into.

    folder: where arrays become files that are mapped into memory; None for memory itself
    progress: hears what is read, how much of it is there and how much there is
    cancelled: whether nobody wants it any more
    files: the arrays made in the folder
    """

    folder: Path | None = None
    progress: Progress = lambda what, done, total: None
    cancelled: Cancelled = lambda: False
    files: list[np.memmap[Any, Any]] = field(default_factory=list)

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """An array to be filled."""
        if self.folder is None:
            return np.empty(shape, dtype)
        place = self.folder / f"{len(self.files)}.npy"
        self.files.append(np.lib.format.open_memmap(place, mode="w+", dtype=np.dtype(dtype), shape=shape))
        return self.files[-1]

    def check(self, needed: int, what: str, advice: str) -> None:
        """Raises NoRoom where so many bytes do not fit into the memory that is free."""
        free = memory_free() if self.folder is None else None
        if free is not None and needed > free:
            raise NoRoom(f"{what} {size_words(needed)} of memory and {size_words(free)} are free; {advice}.")

    def told(self, what: str, done: int, total: int) -> None:
        """Say how far it is. Raises DataError where nobody wants it any more."""
        if self.cancelled():
            raise DataError(f"Reading {what} was cancelled.")
        self.progress(what, done, total)


_room: ContextVar[Room] = ContextVar("room")


def room() -> Room:
    """Where what is read now belongs: memory, where nobody said otherwise."""
    return _room.get(Room())


@contextmanager
def reading_into(chosen: Room) -> Iterator[Room]:
    """Let formats read into a room."""
    token = _room.set(chosen)
    try:
        yield chosen
    finally:
        _room.reset(token)
