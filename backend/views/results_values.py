"""The numbers of an output over a whole split: their means, deviations and histograms, component by component."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import torch

from backend import judging
from backend.passes import Pass
from backend.questions.results_values import ValueResults, Values
from backend.views import Subject, answers
from graph.specs import TensorSpec

MOST: Final = 64  # components that are shown
BARS: Final = (8, 40)  # of a histogram, by the number of values


class Moments:
    """Count, mean, sum of squares, least and greatest of each component, batch after batch in float64.

    Batches are merged as in Chan, Golub and LeVeque 1983, https://doi.org/10.1080/00031305.1983.10483115
    """

    def __init__(self, components: int) -> None:
        self.counts, self.means, self.squares = (np.zeros(components) for _ in range(3))
        self.lows, self.highs = np.full(components, np.inf), np.full(components, -np.inf)
        self.odd = 0

    def add(self, values: np.ndarray) -> None:
        """Take in more of every component, (components, values)."""
        good = np.isfinite(values)
        self.odd += int((~good).sum())
        own = np.where(good, values, 0.0)
        new = good.sum(1)
        means = own.sum(1) / np.maximum(new, 1)
        squares = np.where(good, (values - means[:, None]) ** 2, 0.0).sum(1)
        both = self.counts + new
        apart = means - self.means
        self.squares += squares + apart**2 * self.counts * new / np.maximum(both, 1)
        self.means += apart * new / np.maximum(both, 1)
        self.counts = both
        self.lows = np.minimum(self.lows, np.where(good, values, np.inf).min(1))
        self.highs = np.maximum(self.highs, np.where(good, values, -np.inf).max(1))

    @property
    def deviations(self) -> np.ndarray:
        found: np.ndarray = np.sqrt(self.squares / np.maximum(self.counts, 1))
        return found


@answers(Values)
def values(subject: Subject, question: Values) -> Generator[None, None, ValueResults]:
    """Go through every example of the split twice: for the ends of the histograms, and to count."""
    model = subject.model
    plan = judging.plan_of(model, question.output)
    spec = model.root.specs[plan.port]
    first, second = (Pass(model, question.split, [plan.port], live=not question.run) for _ in range(2))
    moments: Moments | None = None
    for piece in first.pieces():
        parts = components_of(piece.values[0], spec)
        moments = moments or Moments(len(parts))
        with np.errstate(all="ignore"):
            moments.add(parts)
        yield
    assert moments is not None  # a pass without examples was refused
    bars = int(np.clip(2 * np.sqrt(moments.counts.max(initial=0)), *BARS))
    edges = np.stack([_edges(low, high, bars) for low, high in zip(moments.lows, moments.highs)])
    counts = np.zeros((len(edges), bars), np.int64)
    for piece in second.pieces():
        for row, own, ends in zip(counts, components_of(piece.values[0], spec), edges):
            row += np.histogram(own[np.isfinite(own)], ends)[0]
        yield
    means, deviations, lows, highs = (
        np.where(moments.counts > 0, each, np.nan)
        for each in (moments.means, moments.deviations, moments.lows, moments.highs)
    )
    total = _count(spec)
    names = spec.names[:MOST] if len(spec.names) == total else ()
    return ValueResults(plan.name, spec.shape, plan.target is None, first.examples, total, names, means, deviations,
                        lows, highs, edges, counts, moments.odd)  # fmt: skip


def components_of(made: torch.Tensor, spec: TensorSpec) -> np.ndarray:
    """What came out of some examples by component, (components, values) in float64; the first where there are many."""
    batch = made.detach().to("cpu", torch.float64)
    last = 1 if len(spec.shape) == 2 else 0  # the features of a sequence lie last, channels and numbers first
    parts = batch.reshape(len(batch), -1, 1) if not spec.shape else batch.movedim(1 + last, 1)
    found: np.ndarray = parts[:, :MOST].movedim(1, 0).reshape(min(MOST, _count(spec)), -1).numpy()
    return found


def _count(spec: TensorSpec) -> int:
    if not spec.shape:
        return 1
    return spec.shape[-1] if len(spec.shape) == 2 else spec.shape[0]


def _edges(low: float, high: float, bars: int) -> np.ndarray:
    if not np.isfinite([low, high]).all():
        low, high = 0.0, 1.0
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bars + 1)
