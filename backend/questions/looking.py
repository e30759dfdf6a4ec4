"""What flows through the ports of a network for one example: standard library and numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Look(Question):
    """Say what flows through some ports for one example.

    ports: each the id of a node, inside placed networks its path such as ``block_1.conv_2``, and the name of an output
    split, index: the example
    small: for little pictures: a few maps, long axes thinned out, and numbers about these alone; what cannot be seen
      is told in the answer
    """

    ports: tuple[tuple[str, str], ...]
    split: str = "test"
    index: int = 0
    small: bool = False


@dataclass(frozen=True)
class Seen:
    """What flows through one port for one example.

    form: how it is looked at: "picture" (channels, height, width), 1 or 3 channels and values from 0 to 1, "maps"
      (maps, height, width), "sequence" (steps, features), "vector" (numbers,), "classes" (numbers,) with one a class,
      "number" () or "label" ()
    shape: of all there is; of very large ones ``values`` holds the first maps, steps or numbers
    low, high, mean, deviation: of all finite values; ``zeros`` is the share that is exactly 0
    odd: how many values are NaN or infinite
    counts: of finite values in equal spans from low to high
    names: of the classes
    error: why nothing can be seen, in a sentence
    """

    node: str
    port: str
    form: Literal["picture", "maps", "sequence", "vector", "classes", "number", "label"] = "number"
    values: np.ndarray | None = None
    shape: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    zeros: float = 0.0
    odd: int = 0
    counts: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Looked:
    """The answer to Look, in the order of its ports. ``total`` counts the examples of the split, and ``index`` is the
    one shown."""

    seen: tuple[Seen, ...]
    index: int = 0
    total: int = 0
