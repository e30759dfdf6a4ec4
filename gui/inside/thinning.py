"""Fewer points that look the same: what a screen can show of a curve, and what a memory of fixed size keeps of one."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

Array = np.ndarray
GROUP: Final = 4  # points of which two stay when a curve is made to take less room


def within(x: Array, low: float, high: float) -> slice:
    """The points of ascending ``x`` from ``low`` to ``high``, and the next on either side, to which lines lead."""
    start = max(int(np.searchsorted(x, low, "left")) - 1, 0)
    return slice(start, min(int(np.searchsorted(x, high, "right")) + 1, len(x)))


def thinned(x: Array, y: Array, starts: Array) -> tuple[Array, Array]:
    """Two points for each column of points: its lowest and its highest value, at the middle of the column.

    A line through them covers the same pixels as one through every point (M4 without its horizontal joints; Jugel et
    al., “M4: A Visualization-Oriented Time Series Data Aggregation”, VLDB 2014). Values that are none count only where
    a column has no other. ``starts`` is ascending and begins with 0.
    """
    ends = np.append(starts[1:], len(x)) - 1
    lows, highs = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    rising = ~(y[starts] > y[ends])
    fewer = np.empty((2, len(starts), 2))
    fewer[0] = ((x[starts] + x[ends]) / 2)[:, None]
    fewer[1, :, 0], fewer[1, :, 1] = np.where(rising, lows, highs), np.where(rising, highs, lows)
    return fewer[0].ravel(), fewer[1].ravel()


class Columns:
    """A curve in columns of one width, worked out as they come into sight and kept while they stay there.

    size: the width of a column on the axis, or on its logarithm (base 10) where ``logarithmic``
    """

    def __init__(self, x: Array, y: Array, size: float, logarithmic: bool = False) -> None:
        self.size = size
        self._x, self._y, self._logarithmic = x, y, logarithmic
        self._first = self._last = 0
        self._kept = self._work_out(0, 0)

    def between(self, first: int, last: int) -> tuple[Array, Array, Array]:
        """The columns that hold a point, from number ``first`` up to ``last``, which is not among them.

        Gives their numbers, and two points for each: see ``thinned``.
        """
        if first >= self._last or last <= self._first:
            self._kept = self._work_out(first, last)
        else:
            parts = [self._kept]
            if first < self._first:
                parts.insert(0, self._work_out(first, self._first))
            if last > self._last:
                parts.append(self._work_out(self._last, last))
            numbers, x, y = (np.concatenate(each) for each in zip(*parts)) if len(parts) > 1 else self._kept
            there = slice(*np.searchsorted(numbers, [first, last]))
            twice = slice(2 * there.start, 2 * there.stop)
            self._kept = numbers[there], x[twice], y[twice]
        self._first, self._last = first, last
        return self._kept

    def _work_out(self, first: int, last: int) -> tuple[Array, Array, Array]:
        edges = np.arange(first, last + 1) * self.size
        if self._logarithmic:
            edges = 10.0 ** np.minimum(edges, sys.float_info.max_10_exp)
        cuts = np.searchsorted(self._x, edges)
        numbers = np.flatnonzero(np.diff(cuts))
        inside = slice(cuts[0], cuts[-1])
        if not len(numbers):
            return numbers, self._x[:0], self._y[:0]
        return first + numbers, *thinned(self._x[inside], self._y[inside], cuts[numbers] - cuts[0])


def from_power(exponent: float) -> float:
    """10 to a power, as a logarithmic axis has it; beyond the largest number it stays there."""
    return float(10.0 ** min(exponent, sys.float_info.max_10_exp))


def halved(points: Array) -> Array:
    """Of every four points the lowest and the highest, in their order: half as many, and no spike is lost.

    points: an array of (rows, count), the values in its last row; what is left over at the end stays as it is
    """
    whole = points.shape[1] // GROUP * GROUP
    values = points[-1, :whole].reshape(-1, GROUP)
    none = np.isnan(values)
    low = np.where(none, np.inf, values).argmin(axis=1)
    high = np.where(none, -np.inf, values).argmax(axis=1)
    high = np.where(low == high, np.where(low == GROUP - 1, 0, GROUP - 1), high)
    first = np.arange(len(values)) * GROUP
    chosen = np.sort(np.stack([first + low, first + high], axis=1), axis=1).ravel()
    return np.concatenate([points[:, chosen], points[:, whole:]], axis=1)
