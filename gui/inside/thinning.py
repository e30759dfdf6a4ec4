"""Fewer points that look the same: what a screen can show of a curve, and what a memory of fixed size keeps of one."""

from __future__ import annotations

from typing import Final

import numpy as np

Array = np.ndarray
GROUP: Final = 4  # points of which two stay when a curve is made to take less room


def within(x: Array, low: float, high: float) -> slice:
    """The points of ascending ``x`` from ``low`` to ``high``, and the next on either side, to which lines lead."""
    start = max(int(np.searchsorted(x, low, "left")) - 1, 0)
    return slice(start, min(int(np.searchsorted(x, high, "right")) + 1, len(x)))


def columns_of(x: Array, edges: Array) -> Array:
    """Where in ascending ``x`` each column that holds a point begins; ``edges`` are the left sides of columns."""
    cuts = np.searchsorted(x, edges)
    return np.unique(np.concatenate([[0], cuts[cuts < len(x)]]))


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
