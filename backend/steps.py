"""One training step of one objective: gather, forward, backward, update, and nothing that waits for the device."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from backend import cuda_graphs
from backend.evaluation import Part
from backend.feeds import Feed, Rows, mixed
from backend.loading import Model
from backend.metrics import Tally
from backend.optimizers import step_of
from backend.problems import INPUT, TrainProblem
from graph.catalogue import Objective
from graph.compiler import trained_by
from graph.document import Node
from graph.inference import build
from graph.layers import CATALOGUE
from graph.plan import ObjectivePlan

Inputs = list[torch.Tensor]
DEFAULT = "objective"  # the node type whose defaults train a design that draws no objective
PLAIN = (bool, int, float, str, list, tuple, dict)
RATES = ("lr", "initial_lr", "max_lr", "min_lr")  # where schedules keep learning rates


class ObjectiveStep:
    """Minimises one objective, a batch at a time.

    place: which objective of the design it is
    alone: whether no other objective trains; only then may gradients flow wherever they like
    steps: how many there will be in all, for the schedule of the learning rate
    """

    def __init__(self, model: Model, part: Part, place: int, alone: bool, steps: int) -> None:
        self.part = part
        self.steps = steps
        self.tally = Tally(part.loss_name, part.meters, model.device)
        self._generator = torch.Generator(model.device).manual_seed(mixed(model.settings.seed, 1, place))
        self._feed = Feed(part.sources, model.stage("train"), model.draws, self._generator)
        self._parameters = _parameters(model, part.plan)
        self._inputs = None if alone else self._parameters
        self._precision = _precision(model)
        declared = _declared(model, part.plan)
        self._clip_norm = declared.clip_norm
        self._optimizer: torch.optim.Optimizer = declared.optimizer(self._parameters)
        self._device = model.device
        self._recorded = cuda_graphs.possible(self._optimizer, model.device)
        if self._recorded:
            cuda_graphs.make_capturable(self._optimizer, model.device)
        self._schedule = declared.schedule(self._optimizer, steps) if declared.schedule else None
        self._update = step_of(self._optimizer)
        full = model.settings.batch_size
        self._run = cuda_graphs.Recorded(self, full, model.device) if self._recorded else self.advance

    def __call__(self, rows: Rows, count: int) -> None:
        """Learn from the examples in ``rows``."""
        self._run(self._feed(rows, count), count)
        if self._schedule is not None:
            self._schedule.step()

    def advance(self, inputs: Inputs, count: int) -> None:
        """A step on a batch that is there."""
        with self._precision:
            loss, pairs = self.part(inputs)
        torch.autograd.backward(loss, inputs=self._inputs)
        if self._clip_norm:
            nn.utils.clip_grad_norm_(self._parameters, self._clip_norm)
        self._update()
        self.forget_gradients()
        self.tally.add(loss.detach(), pairs, count)

    def forget_gradients(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None

    # -- the learning rate -------------------------------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        return float(self._optimizer.param_groups[0]["lr"])

    def set_learning_rate(self, value: float) -> None:
        """Go on with this learning rate; a schedule goes on from there in proportion."""
        old = self.learning_rate
        for group in self._optimizer.param_groups:
            for name in (name for name in RATES if name in group):
                _assign(group, name, float(group[name]) * value / old if old else value)
        if self._schedule is not None and old:
            self._schedule.base_lrs = [float(rate) * value / old for rate in self._schedule.base_lrs]

    # -- going on later ----------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on besides the weights: tensors and plain values."""
        optimizer = self._optimizer.state_dict()
        optimizer["param_groups"] = [_plain(group) for group in optimizer["param_groups"]]
        schedule = _plain(self._schedule.state_dict()) if self._schedule is not None else {}
        return {"optimizer": optimizer, "schedule": schedule, "steps": self.steps,
                "noise": self._generator.get_state(), "sums": self.tally.sums.cpu()}  # fmt: skip

    def restore(self, state: Mapping[str, Any], done: int) -> None:
        """Go on from a ``state`` that was taken after ``done`` steps."""
        rates = self._rates_after(done) if state["steps"] != self.steps else None
        self._optimizer.load_state_dict(state["optimizer"])
        if self._recorded:
            cuda_graphs.make_capturable(self._optimizer, self._device)
        for group, rate in zip(self._optimizer.param_groups, rates or ()):
            _assign(group, "lr", rate)
        if self._schedule is not None and rates is None:
            self._schedule.load_state_dict(dict(state["schedule"]))
        self._generator.set_state(state["noise"])
        self.tally.sums.copy_(state["sums"])

    def _rates_after(self, done: int) -> list[float] | None:
        """What the schedule of a training of another length gives by now; brings the schedule there."""
        if self._schedule is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch misses the steps of the optimiser, which were done long ago
            for _ in range(done):
                self._schedule.step()
        return [float(group["lr"]) for group in self._optimizer.param_groups]


def _assign(group: dict[str, Any], name: str, value: float) -> None:
    """Set a learning rate where it is kept, which may be on the card."""
    if isinstance(group[name], torch.Tensor):
        group[name].fill_(value)
    else:
        group[name] = value


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Learning rates as numbers, wherever they were kept, and nothing that is no value."""
    found = {name: float(value) if isinstance(value, torch.Tensor) else value for name, value in values.items()}
    return {name: value for name, value in found.items() if value is None or isinstance(value, PLAIN)}


def _parameters(model: Model, plan: ObjectivePlan) -> list[nn.Parameter]:
    found = trained_by(model.slice(plan.losses))
    if not found:
        loss = plan.losses[0].node
        raise TrainProblem(f"Nothing that “{loss}” depends on can learn: put a layer with weights, such as linear, "
                           "between the data and the loss.", INPUT, loss)  # fmt: skip
    return found


def _declared(model: Model, plan: ObjectivePlan) -> Objective:
    node = model.document.nodes[plan.node] if plan.node else Node(DEFAULT)
    arriving = {f"losses.{place}": model.root.specs[port] for place, port in enumerate(plan.losses)}
    declared: Objective = build(CATALOGUE[node.type], node.params, arriving)
    return declared


def _precision(model: Model) -> AbstractContextManager[Any]:
    """In which numbers the forward pass computes."""
    if model.settings.precision != "bf16":
        return nullcontext()
    cached = model.device.type == "cpu"  # a recorded step may not keep converted weights for the next
    return torch.autocast(model.device.type, torch.bfloat16, cache_enabled=cached)
