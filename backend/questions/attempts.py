"""Trying a network on what one makes up: what it can be given, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from backend.questions import Question
from backend.questions.writing import Writable

if TYPE_CHECKING:
    import numpy as np

    from backend.questions.looking import Seen

Form = Literal["picture", "number", "choice", "text", "curve"]


@dataclass(frozen=True)
class Blank(Question):
    """What can be given to a network, filled in with an example of the data."""

    split: str = "test"
    index: int = 0


@dataclass(frozen=True)
class Entry:
    """One thing that can be given.

    source: the id of the node it comes from
    name: the field or, of a table, the column
    value: that of the example: a picture (channels, height, width) from 0 to 1, a number, the number of a choice
      (−1 for none of them), a text, or a curve (steps, columns) in the unit of its series
    low, high: between which numbers usually lie
    whole: whether numbers are whole ones
    choices: the names of what can be chosen; of a curve those of its columns
    """

    source: str
    name: str
    form: Form
    value: Any
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filled:
    """The answer to Blank. ``fixed`` names what stays as it is in the example, ``drawn`` what is drawn at random,
    ``writable`` which outputs can be let write freely.
    """

    entries: tuple[Entry, ...]
    index: int = 0
    total: int = 0
    fixed: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    writable: tuple[Writable, ...] = ()


@dataclass(frozen=True)
class Attempt(Question):
    """Answer for values that somebody made up; everything else is as in the example, and noise is that of the seed.

    given: source, name and value as in ``Entry``
    """

    given: tuple[tuple[str, str, Any], ...] = ()
    split: str = "test"
    index: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Reply:
    """What one output says: its values as people know them, and words where tokens came out.

    curve: of a forecast, (steps, columns) in the unit of the series, with the ``columns``
    """

    output: str
    seen: Seen
    words: str = ""
    curve: np.ndarray | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The answer to Attempt."""

    replies: tuple[Reply, ...]
