"""What commands share when they speak to a terminal: tables, answers as JSON and numbers as people read them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec


def answer(value: Any) -> None:
    """The last line of stdout under ``--json``: one object. A number that is none, such as NaN, becomes null."""
    print(msgspec.json.encode(value).decode("utf-8"), flush=True)


def tell(text: str) -> None:
    """Say something that is no result: progress, hints. It goes to stderr, so that stdout can be piped."""
    print(text, file=sys.stderr, flush=True)


def columns(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows as a table of aligned columns, two spaces between them; ``right`` names the columns that hold numbers."""
    table = list(rows)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))] if table else []
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value: float) -> str:
    """A measured value in four digits: 0.9731, 12.35, 1.2e-05."""
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """Seconds as 42 s, 3 min 20 s or 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
