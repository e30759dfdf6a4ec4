"""The moments of a run that the samples panel goes back through, read from the run's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.moments import Moment, TimeLapse
from backend.runs import SAMPLES


class Frame(NamedTuple):
    """The samples of one moment, and the class of each where they are of classes."""

    values: np.ndarray
    labels: tuple[int, ...]

    def chosen(self, label: int, count: int) -> tuple[np.ndarray, tuple[int, ...]]:
        """Those of one class, or all for −1; without classes the first ``count``, or all for 0."""
        if not self.labels:
            return self.values[: count or None], ()
        if label < 0:
            return self.values, self.labels
        mine = np.asarray(self.labels) == label
        return self.values[mine], tuple(each for each in self.labels if each == label)


@dataclass(frozen=True)
class Lapse:
    """The moments of one output in their order. Places count them from 0; one past the last is now."""

    moments: Sequence[Moment] = ()
    labels: tuple[int, ...] = ()

    @classmethod
    def of(cls, run: str, node: str) -> Lapse:
        """What a run keeps of an output by now."""
        lapse = TimeLapse(Path(run) / SAMPLES)
        kept = lapse.outputs().get(node)
        return cls(lapse.moments(node), kept.labels) if kept else cls()

    def at(self, place: int) -> Moment | None:
        """The moment at a place; None for now."""
        return self.moments[place] if 0 <= place < len(self.moments) else None

    def step(self, place: int) -> int:
        moment = self.at(place)
        return moment.step if moment else -1

    def nearest(self, step: int) -> int:
        """The place of the moment nearest to a step: the one that was shown may have been thinned out."""
        return min(range(len(self.moments)), key=lambda n: abs(self.moments[n].step - step), default=0)

    def read(self, moment: Moment) -> Frame | None:
        """The samples of a moment; None where its file is gone or damaged."""
        values = moment.read()
        if values is None or (self.labels and len(values) != len(self.labels)):
            return None
        return Frame(values, self.labels)
