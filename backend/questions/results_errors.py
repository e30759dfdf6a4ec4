"""How well a network gives back what it reads, example by example: what it gives back badly is unusual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question
from backend.questions.results_classes import Curve

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Errors(Question):
    """The reconstruction error of every example of a split."""

    output: str = ""
    split: str = "test"


@dataclass(frozen=True)
class ErrorResults:
    """The answer to Errors.

    errors: the mean squared difference of every example that was looked at, in the order of the split
    labels: their classes; none where the data has no classes
    names: of the classes that occur in the data
    curves: how well the error tells the examples of a class from the rest, by class
    training: the 95th percentile of the errors of training examples: what is greater is unusual
    examples: how many the split has; those beyond the first of very many are not looked at
    """

    errors: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    curves: Mapping[int, Curve]
    training: float
    examples: int
