"""Judging a model: the losses and metrics of each objective, over a whole split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch

from backend import carried
from backend.data.series_preparation import SeriesPreparation
from backend.feeds import Feed, in_order, mixed
from backend.loading import Model, arrange
from backend.metrics import Collected, Tally, meter
from graph.document import Port
from graph.naming import identifier
from graph.plan import Measure, ObjectivePlan, measures, objectives, takes_gradients

BATCH = 512  # examples at once without gradients; more is no faster for dense layers and slower for convolutions
Pairs = list[tuple[torch.Tensor, torch.Tensor]]
Weights = Sequence["float | torch.Tensor | None"]  # None for a loss that counts as it is


class Judged(NamedTuple):
    """What came of a batch: the loss as minimised, all that is told of losses, and the detached pairs of metrics."""

    loss: torch.Tensor
    told: Sequence[torch.Tensor]
    pairs: Pairs


class Part:
    """What is computed for one objective: its loss, and the pairs of prediction and target its metrics look at.

    names: what is told of its losses: the weighted sum and, where there are several, each of them by itself
    meters, wholes: its metrics that are means over examples, and those of a whole split, in the order of the pairs
    """

    def __init__(self, model: Model, plan: ObjectivePlan, watched: Sequence[Measure], loss_name: str) -> None:
        every = [(measure, meter(measure, model.root.specs, _units(model, measure.target))) for measure in watched]
        every.sort(key=lambda each: each[1].whole is not None)  # pairs of means first, as the tally takes them
        pairs = [port for measure, _ in every for port in (measure.prediction, measure.target)]
        targets = [*plan.losses, *pairs]
        single = len(plan.losses) == 1 and not plan.weighted
        self.plan = plan
        self.loss_name = loss_name
        self.names = (loss_name, *(() if single else (port.node for port in plan.losses)))
        self.sources = model.sources(targets)
        self.meters = [each for _, each in every if each.whole is None]
        self.wholes = [each for _, each in every if each.whole is not None]
        self.module = model.slice(targets)
        self.differentiates = takes_gradients(model.document, plan.losses)
        self._forward = self.module.forward
        self._single = single
        self._losses = len(plan.losses)
        self._weights = [None if weight.value == 1 else weight.value for weight in plan.weights]
        self._pairs = range(self._losses, self._losses + len(pairs), 2)

    def __call__(self, inputs: Sequence[torch.Tensor], weights: Weights | None = None) -> Judged:
        """Judge a batch. Without weights, losses count as much as they do in the end."""
        found = self._forward(*inputs)
        if isinstance(found, torch.Tensor):
            found = (found,)
        pairs = [(found[place].detach(), found[place + 1].detach()) for place in self._pairs]
        if self._single:
            return Judged(found[0], (found[0].detach(),), pairs)
        losses = found[: self._losses]
        loss = _weighted(losses, weights or self._weights)
        return Judged(loss, [loss.detach(), *(each.detach() for each in losses)], pairs)


def _units(model: Model, target: Port) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """What tells a forecast in the units of its series; None for any other target."""
    fitted = model.preparation(target)
    return fitted.back_on(model.device) if isinstance(fitted, SeriesPreparation) else None


def _weighted(losses: Sequence[torch.Tensor], weights: Weights) -> torch.Tensor:
    terms = [loss if weight is None else loss * weight for loss, weight in zip(losses, weights)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def parts_of(model: Model) -> list[Part]:
    """One part an objective; every metric is computed along with the first objective whose network it looks at."""
    plans = objectives(model.document)
    watched = measures(model.document, model.root.specs)
    reach = [{node.name for node in model.slice(plan.losses).graph.nodes} for plan in plans]
    homes = [next((i for i, nodes in enumerate(reach) if identifier(m.prediction.node) in nodes), 0) for m in watched]
    return [
        Part(model, plan, [m for m, home in zip(watched, homes) if home == place],
             "loss" if len(plans) == 1 else f"{plan.name}.loss") for place, plan in enumerate(plans)
    ]  # fmt: skip


@contextmanager
def at_rest(model: Model, gradients: bool = False) -> Iterator[None]:
    """Compute without learning and without a trace: no dropout, random numbers and carried states put back afterwards.

    gradients: whether what is computed takes gradients itself, as some losses do; else there are none
    """
    training = model.root.training
    model.root.eval()
    devices = [model.device] if model.device.type == "cuda" else []
    states = carried.reset(model.root)
    try:
        with torch.inference_mode(not gradients), torch.random.fork_rng(devices):
            torch.manual_seed(model.settings.seed)
            yield
    finally:
        carried.put_back(model.root, states)
        model.root.train(training)


@contextmanager
def in_practice(model: Model) -> Iterator[None]:
    """Compute as while training, with gradients, and without a trace.

    Dropout draws the same numbers every time; random numbers, carried states and what normalisation has seen so far are
    put back afterwards.
    """
    training = model.root.training
    model.root.train()
    devices = [model.device] if model.device.type == "cuda" else []
    states = carried.reset(model.root)
    buffers = [(buffer, buffer.clone()) for buffer in model.root.buffers()]
    try:
        with torch.enable_grad(), torch.random.fork_rng(devices):
            torch.manual_seed(model.settings.seed)
            yield
    finally:
        for buffer, before in buffers:
            buffer.copy_(before)
        carried.put_back(model.root, states)
        model.root.train(training)


class Evaluator:
    """Judges a model on one split, as often as asked."""

    def __init__(self, model: Model, split: str, parts: Sequence[Part] | None = None) -> None:
        self._model = model
        self._parts = parts_of(model) if parts is None else parts
        self._stage = model.stage(split)
        self._generator = torch.Generator(model.device)
        self._feeds = [Feed(part.sources, self._stage, model.draws, self._generator) for part in self._parts]
        self._seed = mixed(model.settings.seed, len(split))

    def __call__(self) -> dict[str, float]:
        """The metrics over all examples, by name; empty for a split without examples."""
        found: dict[str, float] = {}
        if not self._stage.examples:
            return found
        self._generator.manual_seed(self._seed)  # the same noise every time, or curves would jitter
        for part, feed in zip(self._parts, self._feeds):
            tally, collected = Tally(part.names, part.meters, self._model.device), Collected(part.wholes)
            with at_rest(self._model, part.differentiates):
                for rows, count in in_order(self._stage, BATCH):
                    judged = part(feed(rows, count))
                    tally.add(judged.told, judged.pairs, count)
                    collected.add(judged.pairs[len(part.meters) :], count)
            found |= tally.means(tally.read(), self._stage.examples) | collected.read()
        return found


def evaluate(model: Model, split: str = "test") -> dict[str, float]:
    """The metrics of a model on a split: ``evaluate(load_run(path), "test")``."""
    arrange(model.root)  # as while training, so that the last bits agree
    return Evaluator(model, split)()
