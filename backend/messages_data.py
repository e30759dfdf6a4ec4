"""What is said of data that is only looked at: what a source holds, and a page of its examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Preview:
    """Say what a source holds, and show some of its examples.

    node_type: what reads it; "" for the type that fits
    parameters: those of the node that differ from their defaults
    label: show examples of this class alone; −1 shows them all
    offset, count: which of them
    download: bring it first, where it is a known set that is not on this machine
    """

    source: str
    node_type: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    label: int = -1
    offset: int = 0
    count: int = 60
    download: bool = False


@dataclass(frozen=True)
class ColumnView:
    """One column of numbers or categories. ``counts`` belong to ``names``, or to the spans between ``edges``.

    reason: why it is left out, "" where it is used
    """

    name: str
    kind: str
    missing: int = 0
    distinct: int = 0
    reason: str = ""
    target: bool = False  # whether it can be predicted
    low: float = float("nan")
    mean: float = float("nan")
    high: float = float("nan")
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class FieldView:
    """One field: what it is, how its numbers lie before and after preparation, and examples to draw.

    counts: of classes, by split; of tokens, under "" and for ``names``
    values: pictures with 8 bits, points, lines or tokens, examples first; for pictures the page that was asked for
    labels: the classes of points
    windows: over one line, each with its first row, the one behind its last and behind the last that is forecast
    """

    name: str
    meaning: str
    words: str
    names: tuple[str, ...] = ()
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    stored: tuple[float, float] | None = None
    prepared: tuple[float, float] | None = None
    columns: tuple[ColumnView, ...] = ()
    values: np.ndarray | None = None
    labels: np.ndarray | None = None
    windows: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class Previewed:
    """The answer to Preview; ``error`` is a sentence where there is none. ``done`` is False while more is to come.

    missing: the source is a known set that is not on this machine; ``size`` are the bytes of its download
    found: what the source is, in a sentence
    readers: the types of node that could read it
    proposed: parameters for a node that reads it
    splits: examples by split; ``own`` are those that the source brings itself
    total: how many examples the page is of; ``labels`` are the classes of those on it
    kept: where a training will hold the examples and what that costs, in a sentence
    """

    request: Preview
    error: str = ""
    missing: bool = False
    size: int = 0
    title: str = ""
    about: str = ""
    licence: str = ""
    citation: str = ""
    node_type: str = "data"
    readers: tuple[str, ...] = ()
    found: str = ""
    proposed: Mapping[str, Any] = field(default_factory=dict)
    splits: Mapping[str, int] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    bytes: int = 0
    fields: tuple[FieldView, ...] = ()
    columns: tuple[ColumnView, ...] = ()
    notes: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    total: int = 0
    kept: str = ""
    done: bool = True
