"""Judging a model: the losses and metrics of each objective, over a whole split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from backend.feeds import Feed, in_order, mixed
from backend.loading import Model, arrange
from backend.metrics import Meter, Tally, meter
from graph.plan import Measure, ObjectivePlan, measures, objectives

BATCH = 512  # examples at once without gradients; more is no faster for dense layers and slower for convolutions
Pairs = list[tuple[torch.Tensor, torch.Tensor]]


class Part:
    """What is computed for one objective: its loss, and the pairs of prediction and target its metrics look at."""

    def __init__(self, model: Model, plan: ObjectivePlan, watched: Sequence[Measure], loss_name: str) -> None:
        pairs = [port for measure in watched for port in (measure.prediction, measure.target)]
        targets = [*plan.losses, *pairs]
        self.plan = plan
        self.loss_name = loss_name
        self.sources = model.sources(targets)
        self.meters: list[Meter] = [meter(measure, model.root.specs) for measure in watched]
        self._forward = model.slice(targets).forward
        self._losses = len(plan.losses)
        self._pairs = range(self._losses, self._losses + len(pairs), 2)

    def __call__(self, inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, Pairs]:
        """The loss of a batch, and its detached pairs."""
        found = self._forward(*inputs)
        if isinstance(found, torch.Tensor):
            return found, []
        loss = found[0]
        for other in found[1 : self._losses]:
            loss = loss + other
        return loss, [(found[place].detach(), found[place + 1].detach()) for place in self._pairs]


def parts_of(model: Model) -> list[Part]:
    """One part an objective; every metric is computed along with the first objective whose network it looks at."""
    plans = objectives(model.document)
    watched = measures(model.document)
    reach = [{node.name for node in model.slice(plan.losses).graph.nodes} for plan in plans]
    homes = [next((i for i, nodes in enumerate(reach) if m.prediction.node in nodes), 0) for m in watched]
    return [
        Part(model, plan, [m for m, home in zip(watched, homes) if home == place],
             "loss" if len(plans) == 1 else f"{plan.name}.loss") for place, plan in enumerate(plans)
    ]  # fmt: skip


@contextmanager
def at_rest(model: Model) -> Iterator[None]:
    """Compute without learning and without a trace: no gradients, no dropout, random numbers put back afterwards."""
    training = model.root.training
    model.root.eval()
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.inference_mode(), torch.random.fork_rng(devices):
        torch.manual_seed(model.settings.seed)
        yield
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
        with at_rest(self._model):
            self._generator.manual_seed(self._seed)  # the same noise every time, or curves would jitter
            for part, feed in zip(self._parts, self._feeds):
                tally = Tally(part.loss_name, part.meters, self._model.device)
                for rows, count in in_order(self._stage, BATCH):
                    loss, pairs = part(feed(rows, count))
                    tally.add(loss, pairs, count)
                found |= tally.means(tally.read(), self._stage.examples)
        return found


def evaluate(model: Model, split: str = "test") -> dict[str, float]:
    """The metrics of a model on a split: ``evaluate(load_run(path), "test")``."""
    arrange(model.root)  # as while training, so that the last bits agree
    return Evaluator(model, split)()
