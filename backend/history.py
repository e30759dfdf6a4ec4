"""The metrics of a run in SQLite: written by the engine, read by anyone, without torch."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

PACE: Final = "pace"  # the split under which learning rates and examples a second are kept, apart from any metric
BLOCK: Final = 5000  # rows that are brought at once
TABLE = """CREATE TABLE IF NOT EXISTS metrics (
    split TEXT NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, name TEXT NOT NULL, value REAL,
    seconds REAL NOT NULL, UNIQUE (split, step, name)
)"""


class Row(NamedTuple):
    """One value of one metric: ``epoch`` is a fraction, ``seconds`` those trained until then."""

    split: str
    step: int
    epoch: float
    name: str
    value: float
    seconds: float


class History:
    """The writing side. Rows survive the death of the process once ``add`` has returned; one replaces its like."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        # Readers never wait for the writer, and a commit costs no flush of the disk.
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(TABLE)

    def add(self, split: str, step: int, epoch: float, values: Mapping[str, float], seconds: float,
            pace: Mapping[str, float] | None = None) -> None:  # fmt: skip
        """Keep the metrics of a split and, beside them, how the training goes on at that step."""
        rows = [(split, step, epoch, name, value, seconds) for name, value in values.items()]
        rows += [(PACE, step, epoch, name, value, seconds) for name, value in (pace or {}).items()]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def cut(self, step: int) -> None:
        """Forget everything after a step: a resumed run writes it again."""
        self._database.execute("DELETE FROM metrics WHERE step > ?", (step,))

    def close(self) -> None:
        self._database.close()


def read(path: Path, split: str = "") -> list[Row]:
    """The rows of a run in the order they were written, of one split or of all. Empty where nothing was written yet."""
    return [row for block in blocks(path, split) for row in block]


def blocks(path: Path, split: str = "") -> Iterator[list[Row]]:
    """The same rows a block at a time, so that a history of any length is read in little memory."""
    if not path.exists():
        return
    query = "SELECT split, step, epoch, name, value, seconds FROM metrics"
    with closing(sqlite3.connect(path)) as database:
        try:
            found = database.execute(f"{query} WHERE split = ? ORDER BY rowid" if split else f"{query} ORDER BY rowid",
                                     (split,) if split else ())  # fmt: skip
            while rows := found.fetchmany(BLOCK):
                # SQLite keeps a number that is none as NULL.
                yield [row if row.value is not None else row._replace(value=math.nan) for row in map(Row._make, rows)]
        except sqlite3.DatabaseError:
            return
