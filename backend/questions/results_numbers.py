"""How near predicted numbers come to the true ones over a whole split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Numbers(Question):
    """Predicted against true, of one of the numbers that an output tells."""

    output: str = ""
    split: str = "test"
    target: int = 0


@dataclass(frozen=True)
class NumberResults:
    """The answer to Numbers, in the unit of the target.

    numbers: of the examples that are shown, with what was true and what was predicted
    edges, counts: the histogram of the residuals, predicted − true
    r2: the share of the variance that is explained; NaN where the truth does not vary
    bias: the mean residual
    worst: the numbers of the examples that are furthest off, the furthest first
    """

    target: str
    examples: int
    numbers: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    r2: float
    mae: float
    rmse: float
    bias: float
    worst: np.ndarray
