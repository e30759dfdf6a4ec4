"""What a training of a design takes before it has begun: arithmetic, memory, and whether the device has that much."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

from backend.devices import capacity, resolve
from backend.messages_totals import Cost, Totals
from backend.problems import TrainProblem
from backend.rehearsal import countable, hollow_root, passed
from graph.analysis import Analysis
from graph.catalogue import CATALOGUE
from graph.compiler import Root, make_slice, trained_by
from graph.document import Document, Value
from graph.flat import flat_of
from graph.naming import identifier
from graph.plan import ObjectivePlan, losses, objectives
from graph.settings import Settings, settings_of


def totals(document: Document, analysis: Analysis, interrupted: Callable[[], bool] = bool) -> Totals | None:
    """The totals of a design without errors; None where it has no loss.

    A batch of all examples is counted as one of the usual size, for only reading the data tells how many there are.
    Activations are what torch itself keeps; an LSTM of oneDNN or cuDNN may keep up to three times as much.
    Raises Interrupted once ``interrupted`` says so.
    """
    targets = losses(document)
    if not targets:
        return None
    settings = settings_of(document)
    batch = settings.batch_size or Settings.batch_size
    root = hollow_root(document, analysis)
    whole = passed(document, root, countable(document, targets), batch, interrupted)
    plans = objectives(document)
    parts = [whole] if len(plans) == 1 else [
        passed(document, root, countable(document, plan.losses), batch, interrupted) for plan in plans if plan.losses
    ]  # fmt: skip
    device, size = _device(settings)
    changed = {plan: _trained(document, root, plan) for plan in plans}
    names = {identifier(key.node): key for key in flat_of(document).document.nodes}
    return Totals(
        batch=batch,
        multiply_adds=sum(whole.multiply_adds.values()),
        weights=_bytes((*root.parameters(), *root.buffers())),
        gradients=_bytes({id(each): each for found in changed.values() for each in found}.values()),
        optimiser=sum(int(_bytes(found) * states(document, plan)) for plan, found in changed.items()),
        activations=max((sum(part.kept.values()) for part in parts), default=0),
        data=whole.given,
        device=device,
        capacity=size,
        nodes={
            (names[name].network, names[name].node): Cost(whole.multiply_adds.get(name, 0), whole.kept.get(name, 0))
            for name in {*whole.multiply_adds, *whole.kept} & names.keys()
        },
    )


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(each.nbytes for each in tensors)


def states(document: Document, plan: ObjectivePlan) -> float:
    """How many numbers an objective's optimiser remembers for every weight."""
    params: dict[str, Value] = {}
    if plan.node is not None:
        params = flat_of(document).document.nodes[plan.node].params
    told = CATALOGUE["objective"].complete(params)
    momentum = 1.0 if told["momentum"] else 0.0
    match told["optimizer"]:
        case "adam" | "adamw":
            return 2.0
        case "rmsprop":
            return 1.0 + momentum
        case "adagrad":
            return 1.0
        case "lbfgs":  # differences of weights and of gradients, the last direction and the last gradient
            return 2.0 * float(told["memory"]) + 2.0
        case "sgd":
            return momentum
    return 0.0


def _trained(document: Document, root: Root, plan: ObjectivePlan) -> list[torch.nn.Parameter]:
    reached = trained_by(make_slice(document, root, plan.losses)) if plan.losses else []
    if not plan.trains:
        return reached
    chosen = [root.get_submodule(name) for key, name in root.names.items() if plan.changes(key)]
    named = {id(parameter) for module in chosen for parameter in module.parameters()}
    return [each for each in reached if id(each) in named]


def _device(settings: Settings) -> tuple[str, int]:
    try:
        device = resolve(settings.device)
    except TrainProblem:
        return "", 0
    return str(device), capacity(device)
