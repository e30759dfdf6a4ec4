"""Keeping moments of a training in its run: when it is time for one, and at what cost. Free of torch."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import numpy as np

from backend.moments import Kept, TimeLapse

SHORTEST = 0.1  # seconds from one kept moment to the next


class MomentKeeper(ABC):
    """Keeps a time-lapse of what a subclass shows, no oftener than its share of the time of a training allows.

    steps: those of one epoch
    clock: seconds that pass; how long keeping takes decides how often it is done, never what is learned

    A subclass calls ``begin`` once it can tell what it keeps, and gives the values of a moment in ``values``.
    """

    SHARE = 0.01  # of the time of a training that keeping moments may take

    def __init__(self, lapse: TimeLapse, steps: int, clock: Callable[[], float]) -> None:
        self._lapse = lapse
        self._steps = steps
        self._clock = clock
        self._kept: tuple[str, ...] = ()  # the folders in which moments are kept
        self._next = 0.0  # when to keep the next moment, by the clock
        self._step = -1  # at which the last one was kept
        self._spacing = 1
        self._cost = float("inf")

    @abstractmethod
    def values(self) -> Mapping[str, np.ndarray]:
        """What is kept of this moment, by the folder it goes to."""

    def begin(self, described: Mapping[str, Kept], step: int, real: Mapping[str, np.ndarray] | None = None) -> None:
        """Describe what will be kept, with real examples beside it; moments after ``step`` are forgotten."""
        self._kept = tuple(described)
        if not described:
            return
        with contextlib.suppress(OSError):
            self._lapse.describe(dict(described))
            for node, examples in (real or {}).items():
                self._lapse.keep_real(node, examples)
            self._lapse.cut(step)
            self._step = max((moment.step for moment in self._lapse.moments(self._kept[0])), default=-1)
            self._spacing = self._lapse.spacing(self._kept[0])

    def look(self, step: int) -> None:
        """Keep a moment if it is time; costs next to nothing where it is not."""
        if self._kept and step >= self._step + self._spacing and self._clock() >= self._next:
            self.keep(step)

    def keep(self, step: int) -> None:
        """Keep this moment. A disk that refuses ends the keeping, not the training."""
        if not self._kept or step <= self._step:
            return
        began = self._clock()
        try:
            for node, values in self.values().items():
                self._lapse.add(node, step, step / self._steps, values)
            self._spacing = self._lapse.spacing(self._kept[0])
        except OSError:
            self._kept = ()
        self._step = step
        now = self._clock()
        self._cost = min(self._cost, now - began)  # some have waited for the device
        self._next = now + max(SHORTEST, self._cost / self.SHARE)
