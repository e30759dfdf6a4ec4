"""The numbers behind the plots: curves that grow point by point, smoothed, grouped, looked up and written as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

Array = np.ndarray
BLOCK: Final = 128  # smoothing works on blocks: 0.99 ** -128 and 0.3 ** -128 both stay far inside a double
SPLITS: Final = ("train", "validation", "test")


class CurveKey(NamedTuple):
    """One curve: a metric as the engine names it, of a split."""

    metric: str
    split: str

    @property
    def group(self) -> str:
        """The plot it belongs to: ``generator.loss`` stands with every other loss."""
        return self.metric.rpartition(".")[2]

    @property
    def part(self) -> str:
        """Which of several in a plot: the "generator" of ``generator.loss``."""
        return self.metric.rpartition(".")[0]


class Curve:
    """The points of one metric of one split, in arrays that double as they fill."""

    def __init__(self) -> None:
        self._points = np.empty((3, 64))
        self._smooth = np.empty(0)
        self._weight = -1.0
        self.count = 0

    def append(self, step: int, epoch: float, value: float) -> None:
        """Add a point. One at a step that came already takes its place, and later ones go: a training was resumed."""
        while self.count and self._points[0, self.count - 1] >= step:
            self.count -= 1
        if self.count == self._points.shape[1]:
            self._points = np.concatenate([self._points, np.empty_like(self._points)], axis=1)
        self._points[:, self.count] = step, epoch, value
        self.count += 1
        self._smooth = self._smooth[: self.count - 1]

    @property
    def steps(self) -> Array:
        return self._points[0, : self.count]

    @property
    def epochs(self) -> Array:
        return self._points[1, : self.count]

    @property
    def values(self) -> Array:
        return self._points[2, : self.count]

    def smoothed(self, weight: float) -> Array:
        """The values with each a share of ``1 - weight`` in a running mean that starts unbiased (Kingma & Ba, 2015)."""
        if weight <= 0 or self.count < 3:
            return self.values
        if weight != self._weight or len(self._smooth) != self.count:
            self._smooth, self._weight = smooth(self.values, weight), weight
        return self._smooth

    def at(self, epoch: float, weight: float = 0.0) -> tuple[float, float] | None:
        """The point nearest to an epoch as (epoch, value), or None where there is none."""
        if not self.count:
            return None
        right = min(int(np.searchsorted(self.epochs, epoch)), self.count - 1)
        left = max(right - 1, 0)
        nearest = right if abs(self.epochs[right] - epoch) <= abs(self.epochs[left] - epoch) else left
        return float(self.epochs[nearest]), float(self.smoothed(weight)[nearest])


def smooth(values: Array, weight: float) -> Array:
    """Bias-corrected exponential moving average; a value that is no number is left out of it and stays as it is."""
    good = np.isfinite(values)
    held = np.where(good, values, 0.0)
    sums, weights = _decayed(held, weight), _decayed(good.astype(float), weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(good, sums / weights, values)


def _decayed(values: Array, weight: float) -> Array:
    """y[n] = weight · y[n-1] + (1 - weight) · x[n], a block at a time."""
    result = np.empty(len(values))
    block = BLOCK if weight > 0.3 else 32
    powers = weight ** np.arange(1, block + 1)
    last = 0.0
    for start in range(0, len(values), block):
        part = values[start : start + block]
        fall = powers[: len(part)]
        result[start : start + len(part)] = fall * (last + (1 - weight) * np.cumsum(part / fall))
        last = float(result[start + len(part) - 1])
    return result


class Curves:
    """Every curve of one training, and which of them have grown since they were last drawn."""

    def __init__(self) -> None:
        self.curves: dict[CurveKey, Curve] = {}
        self.grown: set[CurveKey] = set()

    def add(self, split: str, step: int, epoch: float, values: Mapping[str, float]) -> None:
        for metric, value in values.items():
            key = CurveKey(metric, split)
            self.curves.setdefault(key, Curve()).append(step, epoch, value)
            self.grown.add(key)

    def clear(self) -> None:
        self.curves.clear()
        self.grown.clear()

    def groups(self) -> list[str]:
        """The plots needed, the loss first, then accuracy, then as they came."""
        found = dict.fromkeys(key.group for key in self.curves)
        return sorted(found, key=lambda name: (name != "loss", name != "accuracy"))

    def of_group(self, group: str) -> list[CurveKey]:
        """Its curves: by part, the training split first."""
        keys = [key for key in self.curves if key.group == group]
        return sorted(keys, key=lambda key: (key.part, _rank(key.split)))

    def parts(self) -> list[str]:
        return sorted({key.part for key in self.curves})

    def csv(self) -> str:
        """Every point, one a line: split, metric, step, epoch, value."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["split", "metric", "step", "epoch", "value"])
        for key in sorted(self.curves, key=lambda key: (key.metric, _rank(key.split))):
            writer.writerows(_rows(key, self.curves[key]))
        return text.getvalue()


def _rows(key: CurveKey, curve: Curve) -> Iterable[tuple[str, str, int, float, float]]:
    for step, epoch, value in zip(curve.steps.tolist(), curve.epochs.tolist(), curve.values.tolist()):
        yield key.split, key.metric, int(step), epoch, value


def _rank(split: str) -> int:
    return SPLITS.index(split) if split in SPLITS else len(SPLITS)
