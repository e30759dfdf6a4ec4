"""What a network says all over a plane through what it reads, with the data upon it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend.questions import Question

if TYPE_CHECKING:
    import numpy as np

Axes = Literal["columns", "components"]


@dataclass(frozen=True)
class Plane(Question):
    """The plane of two columns of a field, or of its two principal components; all else is held still.

    axes: what spans the plane
    x, y: the columns
    held: the number of the training example that the rest is taken from; −1 for the mean
    target: which of the numbers an output tells
    layer, port: a hidden layer whose units are asked for as well; "" for none
    side: how many points the grid has along an axis
    """

    output: str = ""
    node: str = ""
    field: str = ""
    axes: Axes = "columns"
    x: int = 0
    y: int = 1
    held: int = -1
    target: int = 0
    layer: str = ""
    port: str = ""
    side: int = 48


@dataclass(frozen=True)
class Dots:
    """Examples on the plane: where they are, (examples, 2), and their class or number."""

    places: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class PlaneResults:
    """The answer to Plane; grids are (height, width) from below, in the order of the y axis.

    x, y: what the axes are called
    extent: left, right, low and high, in the units of the axes
    classes: the names of the classes; none where it is a number that is told
    winner: the likeliest class; for numbers, none
    value: how likely that class is, or the number
    train, test: examples
    units: of the hidden layer, (units, height, width) on a coarser grid
    explained: the shares of the variance that the two components hold; 0 for columns
    """

    x: str
    y: str
    extent: tuple[float, float, float, float]
    classes: tuple[str, ...]
    winner: np.ndarray | None
    value: np.ndarray
    train: Dots
    test: Dots
    units: np.ndarray
    explained: tuple[float, float] = (0.0, 0.0)
