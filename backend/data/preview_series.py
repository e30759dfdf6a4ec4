"""The beginning of a time series with the first windows over it, put together from the windows."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.data.preview_holding import Holding

ROWS: Final = 600  # of the series that are shown
WINDOWS: Final = 5

Span = tuple[int, int, int]


def over_time(holding: Holding, field: str) -> tuple[np.ndarray, tuple[Span, ...]]:
    """The series as (1, rows, columns), NaN where no window reaches, and windows as rows of it.

    Each is its first row, the one behind its last, and the one behind the last that is forecast.
    """
    assert holding.starts is not None
    first = int(holding.starts[0])
    near = np.flatnonzero(holding.starts < first + ROWS)
    windows = holding.read(near)[field].astype(np.float32)
    steps, horizon = windows.shape[1], int(holding.asked["horizon"])
    shown = holding.starts[near] - first
    line = np.full((int(shown.max()) + steps, windows.shape[2]), np.nan, np.float32)
    for start, values in zip(shown, windows):
        line[start : start + steps] = values
    spans = [(int(start), int(start) + steps, int(start) + steps + horizon) for start in shown[:WINDOWS]]
    return line[None, :ROWS], tuple(spans)
