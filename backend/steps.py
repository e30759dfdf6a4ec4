"""One training step of one objective: gather, forward, backward, update, and nothing that waits for the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from backend import cuda_graphs
from backend.carried import carriers
from backend.evaluation import Judged, Part
from backend.feeds import Feed, Rows, mixed
from backend.loading import Model
from backend.metrics import Tally
from backend.optimizers import step_of
from backend.problems import INPUT, TrainProblem
from backend.rates import Rates, plain_state
from backend.trained import grouped
from graph.building import build
from graph.catalogue import Objective
from graph.document import Node, Port
from graph.flat import flat_of
from graph.layers import CATALOGUE
from graph.plan import ObjectivePlan

Inputs = list[torch.Tensor]
DEFAULT = "objective"  # the node type whose defaults train a design that draws no objective


class ObjectiveStep:
    """Works on one objective, an iteration at a time. As it stands it only judges, for where nothing can learn.

    place: which objective of the design it is
    total: how many iterations the training has
    """

    learning_rate = 0.0
    learns = False  # at a learning rate
    heeds_epochs = False  # whether the loss after an epoch decides how it goes on

    def __init__(self, model: Model, part: Part, place: int, declared: Objective, total: int) -> None:
        self.part = part
        self.tally = Tally(part.names, part.meters, model.device)
        self.steps = declared.steps(total)
        self.done = 0  # of these steps
        self.seen = 0  # examples in them
        self._model = model
        self._declared = declared
        self._total = total
        self._always = declared.acts_always
        self._generator = torch.Generator(model.device).manual_seed(mixed(model.settings.seed, 1, place))
        self._feed = self.fed(part.sources)
        self._precision = precision_of(model)
        self._run: Callable[[Inputs, int], None] = self.advance
        self.around: Callable[[Callable[[], None]], None] | None = None  # does the next step, to see what it changes

    @property
    def rate_name(self) -> str:
        """What its learning rate is called beside metrics, as its loss is: ``generator.learning_rate``."""
        return f"{self.part.loss_name.rpartition('loss')[0]}learning_rate"

    def __call__(self, iteration: int, rows: Rows, count: int) -> None:
        """Learn from the examples in ``rows``, if this iteration, counted from 0, is one in which it acts."""
        if self._always:
            self.work(iteration, rows, count)
        elif self._declared.acts(iteration, self._total):
            for _ in range(self._declared.times):
                self.work(iteration, rows, count)

    def work(self, iteration: int, rows: Rows, count: int) -> None:
        """One step, on fresh noise."""
        inputs = self._feed(rows, count)
        if self.around is None:
            self._run(inputs, count)
        else:
            around, self.around = self.around, None
            around(lambda: self._run(inputs, count))
        self.seen += count
        self.done += 1

    def advance(self, inputs: Inputs, count: int) -> None:
        """A step on a batch that is there."""
        with torch.set_grad_enabled(self.part.differentiates), self._precision:
            judged = self.part(inputs)
        self.tally.add(judged.told, judged.pairs, count)

    def fed(self, sources: Sequence[Port]) -> Feed:
        """What brings the training examples, and noise of its own."""
        return Feed(sources, self._model.stage("train"), self._model.draws, self._generator)

    def forget_gradients(self) -> None:
        """Let go of what the last step left."""

    def end_epoch(self) -> None:
        """After the last iteration of an epoch, before anything is judged."""

    def after_epoch(self, loss: float) -> None:
        """Hear what the loss is after an epoch."""

    def set_learning_rate(self, value: float) -> None:
        """Go on with this learning rate, where there is one."""

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on besides the weights: tensors and plain values."""
        return {"steps": self.steps, "done": self.done, "seen": self.seen, "noise": self._generator.get_state(),
                "sums": self.tally.sums.cpu()}  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a ``state``."""
        self.done, self.seen = state["done"], state["seen"]
        self._generator.set_state(state["noise"])
        self.tally.sums.copy_(state["sums"])


class GradientStep(ObjectiveStep):
    """Minimises an objective by its gradient, a batch at a time."""

    learns = True

    def __init__(
        self, model: Model, part: Part, place: int, declared: Objective, total: int, parameters: list[nn.Parameter]
    ) -> None:
        super().__init__(model, part, place, declared, total)
        chosen = {id(each) for each in parameters}
        self._parameters = parameters
        self._held = [each for each in part.module.parameters() if each.requires_grad and id(each) not in chosen]
        groups = grouped(model, parameters)
        factors = [float(group["rate_factor"]) for group in groups]
        if declared.closure and len(groups) > 1:
            raise TrainProblem("lbfgs moves all weights at one rate, but some nodes have a rate_factor: set it to 1 "
                               "there, or take another optimiser.", INPUT, part.plan.name)  # fmt: skip
        optimizer = self._optimizer = declared.optimizer(parameters if factors == [1.0] else groups)
        self._recorded = cuda_graphs.possible(optimizer, model.device) and not carriers(model.root)
        if self._recorded:
            cuda_graphs.make_capturable(optimizer, model.device)
        self._rates = Rates(optimizer, declared, factors, self.steps)
        self.heeds_epochs = declared.plateau is not None
        self._rising = [(torch.zeros((), device=model.device), each) for each in part.plan.weights if each.warm_up]
        rising = iter(self._rising)
        self._weights = [
            next(rising)[0] if each.warm_up else None if each.value == 1 else each.value for each in part.plan.weights
        ]
        self._update = step_of(optimizer)
        if self._recorded:
            self._run = cuda_graphs.Recorded(self, model.batch_size, model.device)

    def work(self, iteration: int, rows: Rows, count: int) -> None:
        for place, weight in self._rising:
            place.fill_(weight.at(iteration, self._total))
        super().work(iteration, rows, count)
        self._rates.step()

    def advance(self, inputs: Inputs, count: int) -> None:
        if self._declared.closure:
            judged = self._descend(inputs)
        else:
            judged = self._forward(inputs)
            self._backward(judged.loss)
            self._update()
        self.forget_gradients()
        self.tally.add(judged.told, judged.pairs, count)

    def _forward(self, inputs: Inputs) -> Judged:
        """Judge a batch; what is not trained asks for no gradients, so that none are worked out for it."""
        for parameter in self._held:
            parameter.requires_grad_(False)
        try:
            with self._precision:
                return self.part(inputs, self._weights)
        finally:
            for parameter in self._held:
                parameter.requires_grad_(True)

    def _backward(self, loss: torch.Tensor) -> None:
        if not loss.requires_grad:
            raise _no_gradient(self.part)
        loss.backward()  # type: ignore[no-untyped-call]
        if self._declared.clip_value:
            nn.utils.clip_grad_value_(self._parameters, self._declared.clip_value)
        if self._declared.clip_norm:
            nn.utils.clip_grad_norm_(self._parameters, self._declared.clip_norm)

    def _descend(self, inputs: Inputs) -> Judged:
        """A step that computes loss and gradient as often as the optimiser likes; gives what was found first."""
        found: list[Judged] = []

        def closure() -> torch.Tensor:
            self.forget_gradients()
            judged = self._forward(inputs)
            self._backward(judged.loss)
            if not found:
                found.append(judged)
            return judged.loss

        self._optimizer.step(closure)
        return found[0]

    def forget_gradients(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None

    def after_epoch(self, loss: float) -> None:
        self._rates.after_epoch(loss)

    @property
    def learning_rate(self) -> float:  # type: ignore[override]
        return self._rates.value

    def set_learning_rate(self, value: float) -> None:
        self._rates.set(value)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "optimizer": plain_state(self._optimizer), **self._rates.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        rates = self._rates.after(self.done) if state["steps"] != self.steps else None
        self._optimizer.load_state_dict(state["optimizer"])
        if self._recorded:
            cuda_graphs.make_capturable(self._optimizer, self._model.device)
        self._rates.restore(state, rates)


def declared_by(model: Model, plan: ObjectivePlan) -> Objective:
    """What the node of an objective says, or its type where none is drawn."""
    node = flat_of(model.document).document.nodes[plan.node] if plan.node else Node(DEFAULT)
    arriving = {f"losses.{place}": model.root.specs[port] for place, port in enumerate(plan.losses)}
    declared: Objective = build(CATALOGUE[node.type], node.params, arriving)
    return declared


def _no_gradient(part: Part) -> TrainProblem:
    names, node = " and ".join(f"“{port.node}”" for port in part.plan.losses), part.plan.losses[0].node
    return TrainProblem(
        f"No gradient gets from {names} to the weights that are to learn: a step function, a class number or a "
        "gradient stop lies on every way. Take another activation there, or freeze the weights.", INPUT, node,
    )  # fmt: skip


def precision_of(model: Model) -> AbstractContextManager[Any]:
    """In which numbers the forward pass computes."""
    if model.settings.precision != "bf16":
        return nullcontext()
    cached = model.device.type == "cpu"  # a recorded step may not keep converted weights for the next
    return torch.autocast(model.device.type, torch.bfloat16, cache_enabled=cached)
