"""What an output gives over a whole split, where nothing says what it should give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Values(Question):
    """How the numbers of an output are distributed."""

    output: str = ""
    split: str = "test"


@dataclass(frozen=True)
class ValueResults:
    """The answer to Values. A component is a number of a vector, a feature of a sequence or a channel of a picture.

    name: of the output, and ``shape`` of one example of it
    untold: whether nothing says what the output should be; else what says so does not fit it
    names: of the components that are shown, none where they have none; ``components`` says how many there are
    means, deviations, lows, highs: of the finite values of each, NaN where there are none
    edges, counts: a histogram for each, (components, bars + 1) and (components, bars)
    odd: how many values are no finite numbers
    """

    name: str
    shape: tuple[int, ...]
    untold: bool
    examples: int
    components: int
    names: tuple[str, ...]
    means: np.ndarray
    deviations: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    odd: int
