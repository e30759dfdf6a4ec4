"""Thousands of spots on a widget: which lies nearest to the mouse, and what colours tell them apart."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtGui import QColor

from gui import theme
from gui.inside.heat_map import COLOURS

LEVELS: Final = 32  # of a scale of colours
LIFTED: Final = 0.15  # how much of the colour of text is in those of a scale


class Spots:
    """Finds the nearest of many spots by a grid of cells.

    spots: (count, 2), in pixels; those that are not finite are never found
    reach: how far away one may be
    """

    def __init__(self, spots: np.ndarray, reach: float) -> None:
        self._reach = reach
        self._numbers = np.flatnonzero(np.isfinite(spots).all(axis=1))
        self._spots = spots[self._numbers].astype(np.float64)
        cells = np.floor(self._spots / reach).astype(np.int64)
        self._first = cells.min(axis=0, initial=2**62) - 1 if len(cells) else np.zeros(2, np.int64)
        cells -= self._first
        self._rows = int(cells[:, 1].max(initial=0)) + 3  # free ones on either side of a column
        keys = cells[:, 0] * self._rows + cells[:, 1]
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def nearest(self, x: float, y: float) -> int:
        """The number of the nearest spot within reach, −1 for none."""
        column, row = np.floor(np.array([x, y]) / self._reach).astype(np.int64) - self._first
        if not 0 <= row <= self._rows - 2:
            return -1
        middles = (column + np.array([-1, 0, 1])) * self._rows + row
        starts = np.searchsorted(self._keys, middles - 1, "left")
        ends = np.searchsorted(self._keys, middles + 1, "right")
        near = np.concatenate([self._order[start:end] for start, end in zip(starts, ends)])
        if not len(near):
            return -1
        apart = np.square(self._spots[near] - (x, y)).sum(axis=1)
        best = int(apart.argmin())
        return int(self._numbers[near[best]]) if apart[best] <= self._reach**2 else -1


def class_colours(count: int) -> list[QColor]:
    """As many colours as there are classes, told apart as well as may be on the present theme."""
    now = theme.current()
    if count <= len(now.series):
        return list(now.series[:count])
    light = (0.62, 0.76) if now.dark else (0.34, 0.47)
    return [QColor.fromHslF(number / count, 0.7, light[number % 2]) for number in range(count)]


def scale_colours() -> list[QColor]:
    """The colours of a scale from its least to its greatest value, each moved a little away from the ground."""
    now = theme.current()
    inks = COLOURS[np.linspace(0, len(COLOURS) - 1, LEVELS).round().astype(int)]
    return [theme.blend(QColor(*map(round, ink)), now.text, LIFTED) for ink in inks.tolist()]


def span_of(values: np.ndarray) -> tuple[float, float]:
    """The ends of a scale for values: the outermost hundredth on either side is beyond them, so that one odd value
    does not make all others alike."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 0.0
    low, high = np.quantile(finite, (0.01, 0.99))
    return float(low), float(high)


def levels_of(values: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    """The level of every value on a scale with these ends, −1 for what is no number."""
    low, high = span
    share = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / ((high - low) or 1.0)
    levels = np.clip(np.round(share * (LEVELS - 1)), 0, LEVELS - 1).astype(int)
    return np.where(np.isfinite(values), levels, -1)
