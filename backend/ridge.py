"""Ridge regression: the weights of a linear layer in closed form, from sums over the batches of an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from backend.evaluation import BATCH, Part, at_rest
from backend.feeds import Rows, in_order
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.steps import Inputs, ObjectiveStep
from graph.catalogue import Objective
from graph.modules.readouts import normal_equations, solve_ridge
from graph.readouts import read_out


class RidgeStep(ObjectiveStep):
    """Solves (XᵀX + λI) w = XᵀY at the end of every epoch in which it acted; a bias is not penalised.

    What is told of the loss is that after solving, over all training examples.
    """

    def __init__(self, model: Model, part: Part, place: int, declared: Objective, total: int) -> None:
        super().__init__(model, part, place, declared, total)
        self._penalty = declared.ridge or 0.0
        try:
            found = read_out(model.document, part.plan)
        except ValueError as error:
            raise TrainProblem(str(error), INPUT, part.plan.name) from None
        name = model.root.names[found.linear]
        self._linear = _learning(model.root.get_submodule(name), name)
        self._pairs = model.slice((found.x, found.target))
        self._fed_pairs = self.fed(model.sources((found.x, found.target)))
        inputs, units = self._linear.in_features + (self._linear.bias is not None), self._linear.out_features
        self._squares = torch.zeros(inputs, inputs, dtype=torch.float64, device=model.device)
        self._products = torch.zeros(inputs, units, dtype=torch.float64, device=model.device)
        self._waiting = False  # for the end of the epoch

    def work(self, iteration: int, rows: Rows, count: int) -> None:
        self.advance(self._fed_pairs(rows, count), count)
        self._waiting = True
        self.done += 1

    def advance(self, inputs: Inputs, count: int) -> None:
        """Add a batch to the sums."""
        with torch.no_grad(), self._precision:
            x, target = self._pairs(*inputs)
            squares, products = normal_equations(self._linear, x, target)
            self._squares += squares
            self._products += products

    def end_epoch(self) -> None:
        if not self._waiting:
            return
        solve_ridge(self._linear, self._squares, self._products, self._penalty)
        self._squares.zero_()
        self._products.zero_()
        self._waiting = False
        self._judge()

    def _judge(self) -> None:
        stage = self._model.stage("train")
        with at_rest(self._model):
            for rows, count in in_order(stage, BATCH):
                judged = self.part(self._feed(rows, count))
                self.tally.add(judged.told, judged.pairs, count)
                self.seen += count

    def state(self) -> dict[str, Any]:
        sums = {"squares": self._squares.cpu(), "products": self._products.cpu(), "waiting": self._waiting}
        return {**super().state(), **sums}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        self._squares.copy_(state["squares"])
        self._products.copy_(state["products"])
        self._waiting = state["waiting"]


def _learning(module: nn.Module, name: str) -> nn.Linear:
    plain = isinstance(module, nn.Linear) and not nn.utils.parametrize.is_parametrized(module)
    if not plain or not all(each.requires_grad for each in module.parameters()):
        raise TrainProblem(f"ridge solves for the weights of “{name}”, but these are frozen or normalised: set frozen "
                           "to nothing and normalised to none.", INPUT, name)  # fmt: skip
    assert isinstance(module, nn.Linear)
    return module
