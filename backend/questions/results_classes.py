"""How well classes are told apart over a whole split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np

BINS: Final = (10, 15)  # of a reliability diagram
FEW: Final = 48  # examples of a cell, or of a list, that can be looked at


@dataclass(frozen=True)
class Classes(Question):
    """Confusion, curves, calibration and the examples that stand out, of an output that tells classes."""

    output: str = ""
    split: str = "test"


@dataclass(frozen=True)
class Curve:
    """How well a score tells the examples of one class from the rest, at every threshold.

    share: of the examples that are of the class
    """

    false_positive: np.ndarray
    true_positive: np.ndarray
    area: float
    recall: np.ndarray
    precision: np.ndarray
    average_precision: float
    share: float


@dataclass(frozen=True)
class Reliability:
    """By bins of confidence: how many examples, how sure on average, how often right; and the expected error."""

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


@dataclass(frozen=True)
class Ranked:
    """Examples in an order, with their true and predicted classes and what they are ordered by."""

    numbers: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class ClassResults:
    """The answer to Classes.

    counts: how often class i was taken for class j, (classes, classes)
    cells: the numbers of the first examples of every cell that has some
    precision, recall, f1: of every class
    curves: of every class, or of the first of very many
    calibration: by the number of bins, of the predicted class and then of every class by itself
    examples: how many were judged; places: whether these are places such as pixels, of which an example has many
    hardest, doubtful: the examples of the greatest loss, and of the least margin between the two likeliest classes
    """

    names: tuple[str, ...]
    examples: int
    counts: np.ndarray
    cells: Mapping[tuple[int, int], tuple[int, ...]]
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    accuracy: float
    loss: float
    curves: tuple[Curve, ...]
    calibration: Mapping[int, tuple[Reliability, ...]]
    hardest: Ranked
    doubtful: Ranked
    places: bool = False
