"""What there is to see of the results of a design: its outputs, what each can be judged by, and single examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend.questions import Question

if TYPE_CHECKING:
    from backend.questions.predictions import Shown

Page = Literal["classes", "numbers", "series", "text", "plane", "columns", "errors", "values"]


@dataclass(frozen=True)
class Results(Question):
    """Which outputs there are and how each can be looked at."""


@dataclass(frozen=True)
class Examples(Question):
    """Some examples of a split by their numbers, as pictures or rows, with what comes out of them."""

    output: str = ""
    split: str = "test"
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Columns:
    """What a network reads of one field of a data node, number by number.

    names: of its columns
    categories: the names of the categories of a column that is none of numbers, by its place
    planar: whether a plane can be laid through it
    widest: the two columns of numbers that take the most different values
    """

    node: str
    field: str
    names: tuple[str, ...]
    categories: Mapping[int, tuple[str, ...]]
    planar: bool
    widest: tuple[int, int] = (0, 1)


@dataclass(frozen=True)
class Layer:
    """A hidden layer whose units can be looked at: the path of its node, its port, and how many there are.

    fields: what it depends on of the data, as (node, field)
    """

    node: str
    port: str
    units: int
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    """One output of a design.

    output: the id of its node; name: what it is called
    pages: how it can be looked at, the most telling first
    classes: the names of its classes, none where it has none
    targets: the names of the numbers that it tells
    fields: what it reads, where that is numbers
    layers: those between what it reads and what it says
    labels: the names of the classes that the examples have, whatever the output tells
    """

    output: str
    name: str
    pages: tuple[Page, ...]
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    fields: tuple[Columns, ...] = ()
    layers: tuple[Layer, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The answer to Results. ``counts`` are the examples of every split."""

    results: tuple[Result, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class ExamplesShown:
    """The answer to Examples: their numbers, and what they are.

    headers, rows: of a table its columns, and each example as it stands there
    """

    numbers: tuple[int, ...]
    shown: Shown
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
