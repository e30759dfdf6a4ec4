"""Values that judge a model, summed over a pass on the device and read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from graph.building import build
from graph.document import Port
from graph.layers import CATALOGUE
from graph.plan import Measure
from graph.specs import TensorSpec

PerExample = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Finish = Callable[[float], float]
Whole = Callable[[torch.Tensor, torch.Tensor], float]
MOST_KEPT = 1 << 24  # examples whose values a metric over a whole split is made of; it leaves out those beyond


class Meter(NamedTuple):
    """A metric at work: ``compute`` gives one value an example, ``finish`` turns their mean into the metric.

    Where there is a ``whole``, it makes the metric of all values and targets, and there is no mean.
    """

    name: str
    compute: PerExample
    finish: Finish
    whole: Whole | None = None


def meter(
    measure: Measure, specs: Mapping[Port, TensorSpec], told: Callable[[torch.Tensor], torch.Tensor] | None = None
) -> Meter:
    """A metric of a design. ``told`` turns prediction and target into the units that they are to be compared in."""
    node_type = CATALOGUE[measure.metric]
    arriving = {"prediction": specs[measure.prediction], "target": specs[measure.target]}
    compute: PerExample = build(node_type, measure.params, arriving)
    return Meter(measure.name, _in_units(compute, told) if told else compute, node_type.finish or float,
                 node_type.whole)  # fmt: skip


def _in_units(compute: PerExample, told: Callable[[torch.Tensor], torch.Tensor]) -> PerExample:
    return lambda prediction, target: compute(told(prediction), told(target))


class Collected:
    """The values and targets of all examples, for metrics that are no means. ``add`` never waits for the device."""

    def __init__(self, meters: Sequence[Meter]) -> None:
        self._meters = meters
        self._values: list[list[tuple[torch.Tensor, torch.Tensor]]] = [[] for _ in meters]
        self._count = 0

    def add(self, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], count: int) -> None:
        """Take in a batch: the prediction and target of every metric."""
        if self._count + count > MOST_KEPT:
            return
        self._count += count
        for meter, kept, (prediction, target) in zip(self._meters, self._values, pairs):
            kept.append((meter.compute(prediction, target).float(), target.reshape(len(target), -1)[:, 0]))

    def read(self) -> dict[str, float]:
        """The metrics by name, without those that the examples leave undefined."""
        found = {}
        for meter, kept in zip(self._meters, self._values):
            if kept and meter.whole:
                found[meter.name] = meter.whole(*(torch.cat(each).cpu() for each in zip(*kept)))
        return {name: value for name, value in found.items() if value == value}


class Tally:
    """Sums of losses and of metrics over examples. ``add`` never waits for the device; ``read`` does.

    The sums are never reset: means over any stretch are differences, which float64 keeps exact enough.
    """

    def __init__(self, losses: Sequence[str], meters: Sequence[Meter], device: torch.device) -> None:
        self.names = (*losses, *(meter.name for meter in meters))
        self._meters = tuple(meter.compute for meter in meters)
        self._finishes: tuple[Finish, ...] = (*(float for _ in losses), *(meter.finish for meter in meters))
        self.sums = torch.zeros(len(self.names), dtype=torch.float64, device=device)
        self._losses = self.sums.unbind()[: len(losses)]
        self._places = self.sums.unbind()[len(losses) :]

    def add(
        self, losses: Sequence[torch.Tensor], pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], count: int
    ) -> None:
        """Take a batch in: its mean losses, and the prediction and target of every metric, all detached."""
        for place, loss in zip(self._losses, losses):
            place.add_(loss, alpha=count)
        for place, compute, pair in zip(self._places, self._meters, pairs):
            place.add_(compute(*pair).sum())

    def read(self) -> list[float]:
        sums: list[float] = self.sums.tolist()
        return sums

    def means(self, sums: Sequence[float], count: int) -> dict[str, float]:
        """The metrics of a stretch of ``count`` examples from the sums over it."""
        finished = (finish(total / count) for finish, total in zip(self._finishes, sums))
        return dict(zip(self.names, finished))
