"""How a training went, layer by layer, as a run keeps it: tables of numbers for some moments. Free of torch."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from backend.moments import Kept, Moment, TimeLapse
from graph.disk import write_atomically

MOST_MOMENTS = 100
BARS = 32  # of the histogram of an activation
RECORD, MOMENTS = "layout.json", "moments"
GRADIENTS, WEIGHTS, UPDATES, DEAD, ACTIVATIONS, TIME = "gradients", "weights", "updates", "dead", "activations", "time"


class Section(msgspec.Struct, frozen=True):
    """One table of every moment: a row for each node, with so many numbers in it.

    ``rows`` are the paths of nodes in the order in which they compute; ``objectives`` says of each row whose loss it is
    about, and is empty where that makes no difference. The sections are

    gradients: the norm of the gradient of an objective's loss with respect to the trained weights of a layer
    weights: the norm of these weights
    updates: how far one step of the optimiser moves them, as a share of that norm
    dead: the share of the units of a ReLU, 0 to 1, that are 0 for every example of the batch that is measured on
    activations: the least value, the greatest, and shares of the values in ``BARS`` intervals between
    time: the norm of the gradient with respect to what a recurrent layer reads at each time step
    """

    name: str
    rows: tuple[str, ...]
    objectives: tuple[str, ...] = ()
    width: int = 1

    @property
    def size(self) -> int:
        return len(self.rows) * self.width


class Layout(msgspec.Struct, frozen=True):
    """What the numbers of a moment are: the sections in their order.

    solvers: for every objective "gradient", "closure", "ridge", or "nothing" where nothing can learn
    frozen: the layers that do not learn
    steps: how many time steps one of those in the section "time" stands for
    following: for each layer that learns those that come next on the way to the losses
    """

    sections: tuple[Section, ...] = ()
    solvers: dict[str, str] = {}
    frozen: tuple[str, ...] = ()
    steps: int = 1
    following: dict[str, tuple[str, ...]] = {}

    @property
    def size(self) -> int:
        return sum(section.size for section in self.sections)


class Table(NamedTuple):
    """A section over all moments: ``values`` are (moments, rows, width), NaN where nothing was measured."""

    section: Section
    steps: np.ndarray
    epochs: np.ndarray
    values: np.ndarray


class Health:
    """What a run keeps in a folder; written by the keeper, read by anyone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lapse = TimeLapse(folder, MOST_MOMENTS)
        self._read: dict[Path, tuple[float, np.ndarray | None]] = {}

    def layout(self) -> Layout | None:
        """What is kept; None where nothing is, or it cannot be read."""
        try:
            return msgspec.json.decode((self._folder / RECORD).read_bytes(), type=Layout)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
            return None

    def describe(self, layout: Layout) -> None:
        """Say what is kept, before the first moment. Raises OSError or FileProblem where the disk refuses."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self._folder / RECORD, msgspec.json.format(msgspec.json.encode(layout), indent=1))

    def tables(self, layout: Layout) -> dict[str, Table]:
        """Every section over the moments that can be read, by name; only what is new is read from the disk."""
        found = [(moment, values) for moment in self.lapse.moments(MOMENTS)
                 if (values := self._values(moment)) is not None and values.size == layout.size]  # fmt: skip
        self._read = {moment.path: self._read[moment.path] for moment, _ in found}
        steps = np.array([moment.step for moment, _ in found], np.int64)
        epochs = np.array([moment.epoch for moment, _ in found], float)
        whole = np.array([values for _, values in found], np.float64).reshape(len(found), layout.size)
        tables, start = {}, 0
        for section in layout.sections:
            part = whole[:, start : start + section.size].reshape(-1, len(section.rows), section.width)
            tables[section.name] = Table(section, steps, epochs, part)
            start += section.size
        return tables

    def _values(self, moment: Moment) -> np.ndarray | None:
        try:
            changed = moment.path.stat().st_mtime_ns  # the newest is written again once its step was seen
        except OSError:
            return None
        if moment.path not in self._read or self._read[moment.path][0] != changed:
            self._read[moment.path] = (changed, moment.read())
        return self._read[moment.path][1]


def kept() -> dict[str, Kept]:
    """What the time-lapse is told of the moments."""
    return {MOMENTS: Kept(MOMENTS, "health", 0)}
