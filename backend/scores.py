"""Measures of predictions over a whole split, in numpy: confusion, curves, calibration, errors of numbers."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.questions.results_classes import Curve, Reliability

Array = np.ndarray
POINTS: Final = 256  # of a curve that travel
STRAIGHT: Final = 1e-12  # the bend that rounding gives a straight line


def confusion(truth: Array, guess: Array, classes: int) -> Array:
    """How often class i was taken for class j, (classes, classes)."""
    found = np.bincount(truth.astype(np.int64) * classes + guess, minlength=classes * classes)
    return np.asarray(found.reshape(classes, classes))


def per_class(counts: Array) -> tuple[Array, Array, Array]:
    """Precision, recall and F1 of every class from a confusion matrix; 0 where there is nothing to divide by."""
    right, said, meant = np.diag(counts), counts.sum(0), counts.sum(1)
    precision, recall = right / np.maximum(said, 1), right / np.maximum(meant, 1)
    return precision, recall, 2 * right / np.maximum(said + meant, 1)


def curve(scores: Array, positive: Array) -> Curve:
    """The ROC and the precision–recall curve of scores against who is positive (Fawcett, 2006).

    Both areas are of all thresholds: that of the ROC by trapezoids, that of precision and recall as average precision,
    the sum of precision over the steps of recall. The curves keep at most ``POINTS`` of their points. NaN where all
    examples are on one side.
    """
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], positive[order].astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of the examples that have the same score
    true, every = np.cumsum(hits)[last], last + 1.0
    many = float(hits.sum())
    rest = len(hits) - many
    if not many or not rest:
        empty = np.zeros(0)
        return Curve(empty, empty, float("nan"), empty, empty, float("nan"), many / max(len(hits), 1))
    rises, falls = np.append(0.0, true / many), np.append(0.0, (every - true) / rest)
    area = float(np.trapezoid(rises, falls))
    precision, recall = np.append(1.0, true / every), rises
    average = float(np.sum(np.diff(recall) * precision[1:]))
    kept = np.append(0, 1 + thinned(falls[1:], rises[1:], POINTS - 1))
    also = thinned(recall, precision)
    return Curve(falls[kept], rises[kept], area, recall[also], precision[also], average, many / len(hits))


def thinned(x: Array, y: Array, most: int = POINTS) -> Array:
    """The places of points that draw the same line, or nearly so: none on a straight stretch, and not too many."""
    corner = (np.abs(np.diff(x, 2)) > STRAIGHT) | (np.abs(np.diff(y, 2)) > STRAIGHT)
    kept = np.flatnonzero(np.concatenate([[True], corner, [True]])) if len(x) > 2 else np.arange(len(x))
    if len(kept) <= most:
        return np.asarray(kept)
    along = np.append(0.0, np.cumsum(np.abs(np.diff(x[kept])) + np.abs(np.diff(y[kept]))))
    even = np.searchsorted(along, np.linspace(0, along[-1], most))
    return np.asarray(kept[np.unique(np.minimum(even, len(kept) - 1))])


def reliability(confidence: Array, right: Array, bins: int) -> Reliability:
    """How often predictions are right, by how sure they are, in so many equal bins, and the mean gap between the two.

    The expected calibration error is the mean of |right − sure| over the bins, by their examples (Guo et al., 2017).
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    places = np.searchsorted(edges[1:-1], confidence)
    counts = np.bincount(places, minlength=bins)
    share = np.bincount(places, right.astype(np.float64), bins) / np.maximum(counts, 1)
    sure = np.bincount(places, confidence, bins) / np.maximum(counts, 1)
    error = float(np.sum(np.abs(share - sure) * counts) / max(counts.sum(), 1))
    return Reliability(counts, sure, share, error)
