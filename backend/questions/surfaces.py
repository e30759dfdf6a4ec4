"""What a generator of points and its judge do all over the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backend.questions import Question


@dataclass(frozen=True)
class Surface(Question):
    """Show what a judge says of every place of the plane in which a generator makes points.

    output: the name of an Output node that is made of noise and has two numbers; "" for the first
    resolution: places along each axis
    count: points of the generator
    """

    output: str = ""
    resolution: int = 64
    count: int = 200


@dataclass(frozen=True)
class SurfaceSeen:
    """The answer to Surface, in the unit of the data.

    limits: the least and greatest of each axis, (2, 2)
    scores: (resolution, resolution), from below upwards and from left to right; None where nothing judges the points
    probability: whether the scores are chances of being real, from 0 to 1
    judge: the node that gives the scores
    made, pushes: points of the generator and where its own objective would move each, (count, 2); the pushes are the
      negative gradient of its loss and None where there is none
    real: points of the data, where it has some
    mesh: what a square mesh of noise becomes, (lines, lines, 2); None where noise has fewer than two numbers
    objectives: the names of all objectives; learner: that which trains the generator
    """

    output: str
    limits: np.ndarray
    scores: np.ndarray | None
    probability: bool
    judge: str
    made: np.ndarray
    pushes: np.ndarray | None
    real: np.ndarray | None
    mesh: np.ndarray | None
    outputs: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    learner: str = ""
