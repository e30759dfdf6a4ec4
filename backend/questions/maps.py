"""What views ask of feature maps: all of a node for one example or two, what a unit sees, and what excites it most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from backend.questions import Question
from backend.questions.examples import Example, Given
from backend.questions.looking import Seen

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Maps(Question):
    """All that an output of a node gives for an example, and for another one to compare it with.

    node: its id, inside placed networks its path; "" for the first that has maps
    port: the name of the output; "" for the first
    """

    node: str = ""
    port: str = ""
    example: Example = field(default_factory=Example)
    other: Example | None = None


class Place(NamedTuple):
    """An output that can be looked at, and the shape of what it gives."""

    node: str
    port: str
    shape: tuple[int, ...]

    @property
    def maps(self) -> bool:
        return len(self.shape) == 3


@dataclass(frozen=True)
class MapsSeen:
    """The answer to Maps.

    seen: see ``Seen``; ``given`` what was read for it; ``others`` and ``other_given`` those of the other example
    places: every output of the network that can be looked at
    index, total: of the example among those of its split
    picture: channels, height and width of the picture that the network reads; () where it reads none
    """

    place: Place
    seen: Seen
    given: Given | None
    others: Seen | None = None
    other_given: Given | None = None
    places: tuple[Place, ...] = ()
    index: int = 0
    total: int = 0
    picture: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FieldOf(Question):
    """What of the input a unit can see, whatever the weights are.

    unit: its index in what the output gives for one example, such as (map, row, column)
    """

    node: str = ""
    port: str = ""
    unit: tuple[int, ...] = ()
    example: Example = field(default_factory=Example)


@dataclass(frozen=True)
class FieldSeen:
    """The answer to FieldOf.

    name: of the field of the data that is meant
    seen: bool, (height, width) of a picture or (places,) of anything else
    box: first and last row, first and last column; () where the unit sees nothing
    whole: whether that is all of it
    exact: False where a unit may see less than that
    """

    name: str
    seen: np.ndarray
    box: tuple[int, ...]
    whole: bool
    exact: bool


@dataclass(frozen=True, kw_only=True)
class Exciting(Question):
    """Which examples of a split excite a map, or one of its units, most; a number of a vector where there are no maps.

    channel: the map, or the number of a vector, or the feature of a sequence
    spot: row and column of the unit in its map, the step in a sequence; () for the most excited one of each example
    """

    node: str = ""
    port: str = ""
    channel: int = 0
    spot: tuple[int, ...] = ()
    split: str = "test"
    count: int = 9


@dataclass(frozen=True)
class Excited:
    """One of the examples that excite a unit most: its index in the split, how much, where, and what of it is seen."""

    index: int
    value: float
    spot: tuple[int, ...]
    given: Given
    box: tuple[int, ...]


@dataclass(frozen=True)
class Excitation:
    """The answer to Exciting: the most exciting first, of so many examples that were looked at."""

    found: tuple[Excited, ...]
    total: int
