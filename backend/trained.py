"""Which parameters an objective changes, how fast each, and which it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from graph.compiler import child_name, trained_by
from graph.flat import Flat, flat_of
from graph.plan import ObjectivePlan


def trained(model: Model, plan: ObjectivePlan) -> list[nn.Parameter]:
    """What an objective changes, in the order of the root's names; nothing where nothing upstream can learn.

    Raises TrainProblem where it is told what to train and nothing of that can learn from its losses.
    """
    reached = trained_by(model.slice(plan.losses))
    if not plan.trains:
        return reached
    chosen = [model.root.get_submodule(name) for key, name in model.root.names.items() if plan.changes(key)]
    named = {id(parameter) for module in chosen for parameter in module.parameters()}
    found = [each for each in reached if id(each) in named]
    if not found:
        names = ", ".join(f"“{name}”" for name in plan.trains)
        raise TrainProblem(f"“{plan.name}” is to train {names}, but its losses depend on no weights there that can "
                           "learn: name a node or a network on the way to its losses.", INPUT, plan.name)  # fmt: skip
    return found


def grouped(model: Model, parameters: list[nn.Parameter]) -> list[dict[str, Any]]:
    """The parameters by what their learning rate is multiplied by, as an optimiser takes them."""
    factors = dict(_factors(flat_of(model.document), model.root))
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in parameters:
        groups.setdefault(factors.get(id(parameter), 1.0), []).append(parameter)
    return [{"params": each, "rate_factor": factor} for factor, each in groups.items()]


def _factors(flat: Flat, root: nn.Module) -> Iterator[tuple[int, float]]:
    """What is said of each parameter, by its id; of those inside a recurrence first as a whole, then one by one."""
    for key, node in flat.document.nodes.items():
        try:
            module = root.get_submodule(child_name(key))
        except AttributeError:
            continue  # it has no weights, or those of another node
        factor = float(node.params.get("rate_factor", 1.0))  # type: ignore[arg-type]
        yield from ((id(parameter), factor) for parameter in module.parameters())
        if key in flat.cells:
            yield from _factors(flat.cells[key].flat, module)
