"""Where examples lie by what a node makes of them, and what the network makes of a place that no example has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from backend.questions import Question

Method = Literal["pca", "tsne", "plain"]
MOST = 10_000  # examples in one plane
CLASS, LOSS = "class", "loss"


@dataclass(frozen=True)
class Codes(Question):
    """Lay the codes of examples out in the plane.

    node, port: whose values are the codes, a path and an output; "" for the code of the design
    split, count: which examples, evenly from all of the split, at most ``MOST``; "" for the first split that has some
    method: "pca" for the plane in which they differ most, "tsne" for a map on which neighbours stay neighbours,
      "plain" for two of the numbers as they are
    axes: for "plain", which two numbers
    colour: "class", "loss" or one of the ``colourings`` of an earlier answer
    centre, directions: to be projected by these, (size,) and (2, size), instead of by what these codes ask for
    """

    node: str = ""
    port: str = ""
    split: str = ""
    count: int = 2000
    method: Method = "pca"
    axes: tuple[int, int] = (0, 1)
    colour: str = CLASS
    centre: np.ndarray | None = field(default=None, compare=False)
    directions: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class CodePlane:
    """The answer to Codes; arrays have the examples first.

    node, port, shape: whose values the codes are, and the shape of one
    rows: the numbers of the examples in their split, which has ``total``
    places: (examples, 2); of "tsne" those of "pca", until ``Neighbours`` has better ones
    values: what colours the examples by ``colour``, (examples,): class numbers where ``names`` has their names, else
      numbers; NaN where there is none
    centre, directions: (size,) and (2, size): a place (x, y) stands for the code centre + x · directions[0] + y ·
      directions[1]; None where no code belongs to a place
    shares: of the variance that the two axes of "pca" show
    choices: what other codes there are: path, output and shape in words
    colourings: what else examples can be coloured by: a name to ask for, and one for people
    decodes: the names of the outputs that the code leads to
    note: what a person should know, a sentence or ""
    """

    node: str
    port: str
    shape: tuple[int, ...]
    split: str
    rows: np.ndarray
    total: int
    places: np.ndarray
    colour: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    centre: np.ndarray | None = None
    directions: np.ndarray | None = None
    shares: tuple[float, float] = (0.0, 0.0)
    choices: tuple[tuple[str, str, str], ...] = ()
    colourings: tuple[tuple[str, str], ...] = ()
    decodes: tuple[str, ...] = ()
    note: str = ""

    @property
    def size(self) -> int:
        """Numbers of one code."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True)
class Neighbours(Question):
    """Ask how far the map of neighbours is that the asker's last Codes began, or end the work on it.

    of: the asker of the Codes
    """

    of: int = 0
    stop: bool = False


@dataclass(frozen=True)
class NeighbourMap:
    """The answer to Neighbours: the share that is done, and the places, (examples, 2), once all is."""

    done: float
    places: np.ndarray | None = None


@dataclass(frozen=True)
class Decode(Question):
    """Say what an output makes of a code.

    node, port: where the code stands
    output: the name of an Output node; "" for the first picture that it leads to, else the first output
    shift: the code, (size,), or what is added to that of the example
    example: the example of the split whose code is shifted, and that gives what else the decoder reads
    whole: whether ``shift`` is the whole code
    """

    node: str
    port: str
    output: str = ""
    split: str = ""
    shift: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32), compare=False)
    example: int = 0
    whole: bool = True


@dataclass(frozen=True)
class Decoded:
    """The answer to Decode: what came out for one example, as people know it; pictures from 0 to 1.

    beside: the sources apart from the code that had a part in it, and were taken from the example
    """

    output: str
    kind: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Faces(Question):
    """Show the examples of a split small: see ``Codes`` for which."""

    split: str = ""
    count: int = 2000


@dataclass(frozen=True)
class FacesSeen:
    """The answer to Faces.

    rows: the numbers of the examples in their split
    pictures: (examples, height, width) or (examples, height, width, 3), 8 bits; None where the data has none
    words: a line for every example: its class, its numbers, its text
    """

    split: str
    rows: np.ndarray
    pictures: np.ndarray | None
    words: tuple[str, ...]
