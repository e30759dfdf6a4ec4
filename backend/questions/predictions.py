"""What a network says of examples: standard library and numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Predict(Question):
    """Answer for some examples of a split."""

    split: str = "test"
    count: int = 32
    offset: int = 0


@dataclass(frozen=True)
class Shown:
    """One output for some examples: inputs, what came out and what should have; arrays with the examples first.

    ``kind`` is the kind of the output ("classes", "image", "value"…); ``names`` are those of the classes.
    """

    output: str
    kind: str
    inputs: np.ndarray
    outputs: np.ndarray
    targets: np.ndarray | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predictions:
    """The answer to Predict: one ``Shown`` an Output node. ``total`` counts the examples of the split."""

    split: str
    offset: int
    total: int
    shown: tuple[Shown, ...]
