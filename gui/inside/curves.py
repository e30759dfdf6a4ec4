"""The numbers behind the plots: curves that grow point by point, smoothed, grouped, looked up and written as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from gui.inside.thinning import halved

Array = np.ndarray
BLOCK: Final = 128  # smoothing works on blocks: 0.99 ** -128 and 0.3 ** -128 both stay far inside a double
MOST: Final = 1 << 17  # points that a curve keeps; of one that had more, older points are the extremes of several
SHORTENED: Final = {"auc", "bce", "elbo", "f1", "iou", "kl", "mae", "mse", "psnr", "r2", "rmse", "ssim"}  # initials
SPLITS: Final = ("train", "validation", "test")
RATE, PACE_NAME, LOSS = "learning_rate", "samples_per_second", "loss"
FIRST: Final = (LOSS, "accuracy")  # the plots that come first, and those that come last
LAST: Final = (RATE, PACE_NAME)
AXES: Final = {"step": 0, "epoch": 1, "second": 2}  # what curves can be drawn over, and the row that holds it
COLUMNS: Final = ("run", "split", "metric", "step", "epoch", "seconds", "value")  # of a table of points


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
    """The points of one metric of one split, in arrays that double as they fill, up to a size that they keep.

    A curve of more than ``MOST`` points lets go of older ones that lie between others: its extremes all stay.
    """

    def __init__(self) -> None:
        self._points = np.empty((4, 64))  # step, epoch, seconds, value
        self._smooth = np.empty(0)
        self._weight = -1.0
        self.count = 0

    def append(self, step: int, epoch: float, value: float, seconds: float = 0.0) -> None:
        """Add a point. One at a step that came already takes its place, and later ones go: a training was resumed."""
        while self.count and self._points[0, self.count - 1] >= step:
            self.count -= 1
        self._make_room(1)
        self._points[:, self.count] = step, epoch, seconds, value
        self.count += 1
        self._smooth = self._smooth[: self.count - 1]

    def extend(self, points: Array) -> None:
        """Add many points, an array of 4 × count: step, epoch, seconds, value."""
        if (np.diff(points[0], prepend=self.steps[-1:]) <= 0).any():
            for step, epoch, seconds, value in points.T.tolist():
                self.append(int(step), epoch, value, seconds)
            return
        for start in range(0, points.shape[1], MOST // 4):
            part = points[:, start : start + MOST // 4]
            self._make_room(part.shape[1])
            self._points[:, self.count : self.count + part.shape[1]] = part
            self.count += part.shape[1]

    def _make_room(self, wanted: int) -> None:
        """See to it that there is room for so many points more, MOST / 4 of them at most."""
        while self.count + wanted > MOST:
            old, new = self._points[:, : MOST // 2], self._points[:, MOST // 2 : self.count]
            kept = np.concatenate([halved(old), new], axis=1)
            self.count = kept.shape[1]
            self._points[:, : self.count] = kept
            self._smooth = np.empty(0)
        while self.count + wanted > self._points.shape[1]:
            self._points = np.concatenate([self._points, np.empty_like(self._points)], axis=1)

    @property
    def steps(self) -> Array:
        return self._points[0, : self.count]

    @property
    def epochs(self) -> Array:
        return self._points[1, : self.count]

    @property
    def values(self) -> Array:
        return self._points[3, : self.count]

    def along(self, axis: str) -> Array:
        """Where its points lie on an axis: "step", "epoch" or "second"."""
        return self._points[AXES[axis], : self.count]

    def smoothed(self, weight: float) -> Array:
        """The values with each a share of ``1 - weight`` in a running mean that starts unbiased (Kingma & Ba, 2015)."""
        if weight <= 0 or self.count < 3:
            return self.values
        if weight != self._weight or len(self._smooth) != self.count:
            self._smooth, self._weight = smooth(self.values, weight), weight
        return self._smooth

    def at(self, place: float, weight: float = 0.0, axis: str = "epoch") -> tuple[float, float] | None:
        """The point nearest to a place on an axis as (place, value), or None where there is none."""
        if not self.count:
            return None
        along = self.along(axis)
        right = min(int(np.searchsorted(along, place)), self.count - 1)
        left = max(right - 1, 0)
        nearest = right if abs(along[right] - place) <= abs(along[left] - place) else left
        return float(along[nearest]), float(self.smoothed(weight)[nearest])

    def at_step(self, step: float) -> int | None:
        """The number of the point of a step, where there is one."""
        place = int(np.searchsorted(self.steps, step))
        return place if place < self.count and self.steps[place] == step else None


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

    def add(self, split: str, step: int, epoch: float, values: Mapping[str, float], seconds: float = 0.0) -> None:
        for metric, value in values.items():
            key = CurveKey(metric, split)
            self.curves.setdefault(key, Curve()).append(step, epoch, value, seconds)
            self.grown.add(key)

    def extend(self, key: CurveKey, points: Array) -> None:
        """Add many points to a curve: see ``Curve.extend``."""
        self.curves.setdefault(key, Curve()).extend(points)
        self.grown.add(key)

    def of_group(self, group: str) -> list[CurveKey]:
        """Its curves: by part, the training split first."""
        keys = [key for key in self.curves if key.group == group]
        return sorted(keys, key=lambda key: (key.part, _rank(key.split)))

    def parts(self) -> list[str]:
        return sorted({key.part for key in self.curves})

    def best(self) -> float | None:
        """The step at which the validation loss was lowest, summed over the objectives; None where there is none."""
        judged = [curve for key, curve in self.curves.items() if key.group == LOSS and key.split == "validation"]
        if not judged:
            return None
        steps = judged[0].steps
        total = judged[0].values.copy()
        for curve in judged[1:]:
            _, ours, theirs = np.intersect1d(steps, curve.steps, assume_unique=True, return_indices=True)
            steps, total = steps[ours], total[ours] + curve.values[theirs]
        if not np.isfinite(total).any():
            return None
        return float(steps[np.nanargmin(np.where(np.isfinite(total), total, np.nan))])

    def rows(self, run: str = "") -> Iterator[tuple[str, str, str, int, float, float, float]]:
        """Every point: the run's name, split, metric, step, epoch, seconds, value."""
        for key in sorted(self.curves, key=lambda key: (key.metric, _rank(key.split))):
            curve = self.curves[key]
            places = (curve.along(axis).tolist() for axis in AXES)
            for step, epoch, seconds, value in zip(*places, curve.values.tolist()):
                yield run, key.split, key.metric, int(step), epoch, seconds, value


def groups_of(every: Iterable[Curves]) -> list[str]:
    """The plots needed: loss first, then accuracy, then as they came; learning rate and examples a second last."""
    found = dict.fromkeys(key.group for curves in every for key in curves.curves)
    return sorted(
        found, key=lambda name: (name not in FIRST, name != LOSS, LAST.index(name) + 1 if name in LAST else 0)
    )


def spoken(metric: str) -> str:
    """A metric as people write it: ``RMSE``, ``learning rate``."""
    return " ".join(word.upper() if word in SHORTENED else word for word in metric.split("_"))


def part_words(part: str) -> str:
    """The part of a design that an objective trains, as people write it: ``discriminator`` for train_discriminator."""
    return part.removeprefix("train_").replace("_", " ")


def titled(metric: str) -> str:
    """The same at the beginning of a line."""
    words = spoken(metric)
    return words[:1].upper() + words[1:]


def table(rows: Iterable[tuple[object, ...]]) -> str:
    """Rows of points as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()


def _rank(split: str) -> int:
    return SPLITS.index(split) if split in SPLITS else len(SPLITS)
