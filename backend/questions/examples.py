"""Which example a view is about, and what of it is shown to people: standard library and numpy only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

GivenForm = Literal["picture", "columns", "words", "steps", "numbers", "label"]


@dataclass(frozen=True)
class Example:
    """One example: of the data, of a file of the user, or drawn by hand.

    split, index: where in the data; fields that a file or a drawing does not bring are taken from there
    file: the path of a picture, an array, a table or a text, whose first example is meant
    drawn: (height, width) or (3, height, width) from 0 to 1, for the picture that the network reads
    """

    split: str = "test"
    index: int = 0
    file: str = ""
    drawn: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Given:
    """One thing that a network reads of an example, as people know it.

    name: of the field
    form: "picture" (1 or 3, height, width) from 0 to 1; "columns" (columns,) of a table with their ``names``; "words"
      (tokens,) with what each says as ``names``; "steps" (steps, features), ``names`` those of the features where they
      are known; "numbers" of any shape; "label" a number of a class
    values: scaled as the network reads them, except pictures and steps, which are as the data has them
    """

    name: str
    form: GivenForm
    values: np.ndarray
    names: tuple[str, ...] = ()
