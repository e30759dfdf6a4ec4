"""A design's recovery file: how the design was, and every change since, so that a crash costs nothing.

The first line is a header in JSON; as many bytes as it says follow, a design as in any file; then a line for each
transaction, a checksum before it. A line that was not written whole ends the reading, and all before it counts.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from graph import files
from graph.disk import FileProblem, read_bytes
from graph.document import Change, Comment, Document, Network, Node, NodeKey, Port, Value, Wire

LARGEST: Final = 4 * files.MAX_BYTES
ROOM: Final = 256 * 2**10  # bytes of changes beside a small design, before it is written anew
KINDS: Final[dict[str, Any]] = {
    "about": str, "settings": Value, "networks": Network, "nodes": Node, "wires": Wire, "comments": Comment,
}  # fmt: skip
KEYS: Final[dict[str, Any]] = {"nodes": NodeKey, "wires": Port, "comments": NodeKey}


@dataclass(frozen=True)
class Recovered:
    """What a recovery file holds.

    document: the design as it was after the last transaction that was written whole
    path: the file that it belongs to, None where it was never saved
    title: what it was called
    time: of the last change, in seconds since 1970
    steps: how many transactions stand behind the last saved state, or behind the last writing anew
    """

    document: Document
    path: Path | None
    title: str
    time: float
    steps: int


class Journal:
    """Writes the recovery file of one design, and keeps writing to it.

    Every ``add`` is in the hands of the operating system when it returns: the end of this process loses nothing. That
    it outlives the machine's own end takes ``sync``, which may be called from another thread.
    """

    def __init__(self, place: Path, document: Document, path: Path | None, title: str) -> None:
        """Begin with the design as it is now. Raises OSError, or FileProblem for what no file can hold."""
        base = files.dumps(document)
        header = {"journal": 1, "path": str(path or ""), "title": title, "time": time.time(), "length": len(base)}
        self.place = place
        self._file = os.open(
            place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
        )
        self._room = max(ROOM, 2 * len(base))
        self._write(_line(header) + base)

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew, because the changes outweigh the design."""
        return self._room < 0

    def add(self, changes: Sequence[Change]) -> None:
        """Write a transaction. Raises OSError."""
        rows = [[change.table, change.key, msgspec.to_builtins(change.new)] for change in changes]
        line = _line({"time": time.time(), "changes": rows})
        self._room -= len(line)
        self._write(b"%08x " % zlib.crc32(line) + line)

    def sync(self) -> None:
        """Wait until the disk has it."""
        os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]


def recover(place: Path) -> Recovered:
    """Read a recovery file. Raises FileProblem where not even its beginning is whole."""
    head, _, rest = read_bytes(place, LARGEST).partition(b"\n")
    try:
        header = json.loads(head)
        length, path, title, when = header["length"], header["path"], header["title"], header["time"]
    except (ValueError, KeyError, TypeError):
        raise FileProblem(f"“{place}” is no recovery file of Netloom, or its beginning is missing.") from None
    document, steps = files.loads(rest[:length], str(place)), 0
    for moment, changes in _transactions(rest[length:]):
        when = moment
        with document.edit("Recover"):
            for table, key, new in changes:
                document.put(table, key, new)
        steps += 1
    tables = document.snapshot()
    return Recovered(Document.of(tables), Path(path) if path else None, str(title), float(when), steps)


def _transactions(data: bytes) -> Iterator[tuple[float, list[tuple[str, Any, Any]]]]:
    for line in data.splitlines(keepends=True):
        mark, text = line[:9], line[9:]
        if not line.endswith(b"\n") or mark != b"%08x " % zlib.crc32(text):
            return
        entry = json.loads(text)
        yield entry["time"], [_row(*row) for row in entry["changes"]]


def _row(table: str, key: Any, new: Any) -> tuple[str, Any, Any]:
    made = KEYS[table](*key) if table in KEYS else key
    return table, made, None if new is None else msgspec.convert(new, KINDS[table])


def _line(entry: Any) -> bytes:
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
