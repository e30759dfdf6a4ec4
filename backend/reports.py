"""What a training says of itself while it runs: means since the last report and over the epoch, read now and then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from backend.problems import INPUT, TrainProblem
from backend.steps import ObjectiveStep


class Reader:
    """Reads the tallies of every objective; reading waits for the device, so it is done a few times a second.

    An objective that did nothing in a stretch has nothing to say about it.
    """

    def __init__(self, steps: Sequence[ObjectiveStep]) -> None:
        self._steps = steps
        self.seen = 0  # examples trained on, in all
        self._epoch_counts, self._epoch_sums = self._counts(), self._sums()
        self._last_counts, self._last_sums = self._counts(), [step.tally.read() for step in steps]

    def begin_epoch(self) -> None:
        self._epoch_counts, self._epoch_sums = self._counts(), self._sums()

    def since_last(self) -> dict[str, float]:
        """The means over what was trained since this was last asked; empty where that is nothing."""
        sums, counts = [step.tally.read() for step in self._steps], self._counts()
        found = self._means(sums, self._last_sums, [now - old for now, old in zip(counts, self._last_counts)])
        self._last_sums, self._last_counts = sums, counts
        return found

    def over_epoch(self) -> dict[str, float]:
        """The means over the present epoch so far, or over the last one where a new one has not begun."""
        sums = [step.tally.read() for step in self._steps]
        old: list[list[float]] = [mark.tolist() for mark in self._epoch_sums]
        return self._means(sums, old, [now - then for now, then in zip(self._counts(), self._epoch_counts)])

    def check(self) -> None:
        """Raise TrainProblem where a loss is no number any more: nothing more can be learned."""
        for step in self._steps:
            self._check(step, step.tally.read()[0])

    def state(self) -> dict[str, Any]:
        sums = [mark.cpu() for mark in self._epoch_sums]
        return {"seen": self.seen, "epoch_counts": list(self._epoch_counts), "epoch_sums": sums}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a ``state``, after the tallies have been restored."""
        self.seen = state["seen"]
        self._epoch_counts = list(state["epoch_counts"])
        self._epoch_sums = [mark.to(step.tally.sums) for mark, step in zip(state["epoch_sums"], self._steps)]
        self._last_counts, self._last_sums = self._counts(), [step.tally.read() for step in self._steps]

    def _counts(self) -> list[int]:
        return [step.seen for step in self._steps]

    def _sums(self) -> list[torch.Tensor]:
        return [step.tally.sums.clone() for step in self._steps]

    def _means(self, new: list[list[float]], old: list[list[float]], counts: Sequence[int]) -> dict[str, float]:
        found: dict[str, float] = {}
        for step, now, before, count in zip(self._steps, new, old, counts):
            if count:
                self._check(step, now[0])
                found |= step.tally.means([a - b for a, b in zip(now, before)], count)
        return found

    def _check(self, step: ObjectiveStep, loss: float) -> None:
        if math.isfinite(loss):
            return
        node = step.part.plan.losses[0].node
        if not step.learning_rate:
            raise TrainProblem(f"The loss of “{node}” is no number: the data holds values that are missing or huge, or "
                               "weights are. Choose another scaling of the data.", INPUT, node)  # fmt: skip
        raise TrainProblem(
            f"The loss of “{node}” is no longer a number: the steps were too large, or the data holds values that "
            f"are missing or huge. Try a learning rate well below {step.learning_rate:g}, a clip_norm of 1 in the "
            "objective, or another scaling of the data.", INPUT, node,
        )  # fmt: skip


class Pace:
    """How fast a training goes: examples a second of training steps, smoothed over the last reports."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._marked: tuple[float, int] | None = None

    def rate(self, step_seconds: float, seen: int) -> float:
        if self._marked is None:
            self._marked = (step_seconds, seen)
        seconds, before = self._marked
        if step_seconds > seconds and seen > before:
            now = (seen - before) / (step_seconds - seconds)
            self._rate = 0.7 * self._rate + 0.3 * now if self._rate else now
            self._marked = (step_seconds, seen)
        return self._rate
