"""What a network makes of the way from one point to another: of noise, or of the codes of two examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backend.questions import Question

Way = Literal["linear", "spherical"]
MOST = 64  # steps


@dataclass(frozen=True)
class Walk(Question):
    """Show what an output makes of the points on the way between two ends.

    of: "noise", whose ends are seeds, or "examples", whose ends are numbers of examples of the split
    output: by its name; "" for the first that is made of noise, or that the code leads to
    first, second: the ends
    steps: how many points there are with both ends, 2 to ``MOST``
    way: "linear", or "spherical" at the distance from zero that random normal numbers have
    label: the class to draw, where the output is drawn for a class
    """

    of: Literal["noise", "examples"] = "noise"
    output: str = ""
    split: str = ""
    first: int = 0
    second: int = 1
    steps: int = 9
    way: Way = "linear"
    label: int = 0


@dataclass(frozen=True)
class Walked:
    """The answer to Walk.

    values: what came out, the steps first; pictures with 8 bits as (steps, channels, height, width)
    outputs: what can be walked; classes: that can be drawn
    total: the examples of the split, 0 for noise
    node: whose values the way goes through
    """

    output: str
    kind: str
    values: np.ndarray
    outputs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    split: str = ""
    total: int = 0
    node: str = ""
