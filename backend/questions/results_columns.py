"""What one column of a table does to what a network says, all else being as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Effect(Question):
    """Partial dependence and individual conditional expectation of a column.

    target: the class whose probability, or the number that is looked at
    points: how many values of the column are tried
    examples: how many rows they are tried on
    """

    output: str = ""
    split: str = "test"
    node: str = ""
    field: str = ""
    column: int = 0
    target: int = 0
    points: int = 40
    examples: int = 300


@dataclass(frozen=True)
class EffectResults:
    """The answer to Effect, both axes in their own units.

    target: the name of the class or number
    categories: their names where the column has some, in the order of the grid
    grid: the values that were tried; average: the mean of what the network then says, over the rows
    lines: some of the rows by themselves, (rows, values); numbers: which examples they are
    own: the values that these rows truly have, NaN where blank
    """

    column: str
    target: str
    categories: tuple[str, ...]
    grid: np.ndarray
    average: np.ndarray
    lines: np.ndarray
    numbers: np.ndarray
    own: np.ndarray
    examples: int
