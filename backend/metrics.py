"""Values that judge a model, summed over a pass on the device and read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from graph.document import Port
from graph.inference import build
from graph.layers import CATALOGUE
from graph.plan import Measure
from graph.specs import TensorSpec

PerExample = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Finish = Callable[[float], float]


class Meter(NamedTuple):
    """A metric at work: ``compute`` gives one value an example, ``finish`` turns their mean into the metric."""

    name: str
    compute: PerExample
    finish: Finish


def meter(measure: Measure, specs: Mapping[Port, TensorSpec]) -> Meter:
    node_type = CATALOGUE[measure.metric]
    arriving = {"prediction": specs[measure.prediction], "target": specs[measure.target]}
    return Meter(measure.name, build(node_type, measure.params, arriving), node_type.finish or float)


class Tally:
    """Sums of a loss and of metrics over examples. ``add`` never waits for the device; ``read`` does.

    The sums are never reset: means over any stretch are differences, which float64 keeps exact enough.
    """

    def __init__(self, loss_name: str, meters: Sequence[Meter], device: torch.device) -> None:
        self.names = (loss_name, *(meter.name for meter in meters))
        self._meters = tuple(meter.compute for meter in meters)
        self._finishes: tuple[Finish, ...] = (float, *(meter.finish for meter in meters))
        self.sums = torch.zeros(len(self.names), dtype=torch.float64, device=device)
        self._places = self.sums.unbind()

    def add(self, loss: torch.Tensor, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], count: int) -> None:
        """Take a batch in: its mean loss, and the prediction and target of every metric, all detached."""
        self._places[0].add_(loss, alpha=count)
        for place, compute, pair in zip(self._places[1:], self._meters, pairs):
            place.add_(compute(*pair).sum())

    def read(self) -> list[float]:
        sums: list[float] = self.sums.tolist()
        return sums

    def means(self, sums: Sequence[float], count: int) -> dict[str, float]:
        """The metrics of a stretch of ``count`` examples from the sums over it."""
        finished = (finish(total / count) for finish, total in zip(self._finishes, sums))
        return dict(zip(self.names, finished))
