"""Measuring gradients on one fixed batch of training examples, beside the training and without touching it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn

from backend.evaluation import in_practice
from backend.feeds import Feed, Order, Rows
from backend.loading import Model
from backend.steps import precision_of
from graph.compiler import child_name, sources_of, upstream_of
from graph.document import MAIN, NodeKey, Port
from graph.flat import Flat, flat_of
from graph.inference import ordered
from graph.networks import types_of
from graph.plan import ObjectivePlan

FEWEST, MOST = 16, 64  # examples that are measured on: as many as in a step, within these


class Layer(NamedTuple):
    """What a node learns: ``path`` is that of the node in the flat document, with dots into networks and cells."""

    path: str
    parameters: tuple[nn.Parameter, ...]


class Measured(NamedTuple):
    """What came of a batch, on the device and detached.

    loss: as minimised, a scalar
    gradients: of the loss with respect to each parameter asked for; None where it does not depend on it
    flows: the same with respect to the values of each port asked for
    values: those of the ports, examples first
    """

    loss: torch.Tensor
    gradients: list[torch.Tensor | None]
    flows: list[torch.Tensor | None]
    values: list[torch.Tensor]


class Gauge:
    """One objective, measured on a fixed batch: see ``Measured``.

    ports: whose values are wanted
    wanted: of these the ones with respect to which gradients are wanted
    """

    def __init__(self, model: Model, plan: ObjectivePlan, parameters: Sequence[nn.Parameter], ports: Iterable[Port],
                 wanted: Iterable[Port]) -> None:  # fmt: skip
        self.plan = plan
        self.ports, self.wanted = tuple(ports), tuple(wanted)
        self._model = model
        self._parameters = list(parameters)
        targets = [*plan.losses, *self.ports]
        flat = flat_of(model.document)
        inside = any(flat.cell_of(port.node) for port in self.ports)
        self._module = model.slice(targets, apart=inside)
        sources = sources_of(self._module)
        stage, generator = model.stage("train"), torch.Generator(model.device).manual_seed(model.settings.seed)
        rows, count = batch_of(model)
        self._inputs = [value.clone() for value in Feed(sources, stage, model.draws, generator)(rows, count)]
        self._leaves = [
            (inside or port in self.wanted) and _is_real(value) for port, value in zip(sources, self._inputs)
        ]
        self._precision = precision_of(model)
        order = Order(stage, model.batch_size, model.settings.seed, model.device)
        self._total = max(1, order.batches * model.settings.epochs)

    def measure(self, iteration: int) -> Measured:
        """Measure with the weights that the model has now; the iteration decides how much losses count that warm up.

        Works as in training, dropout and normalisation by batches included, and leaves everything as it was.
        """
        with in_practice(self._model), self._asking():
            inputs = [value.detach().requires_grad_() if leaf else value
                      for value, leaf in zip(self._inputs, self._leaves)]  # fmt: skip
            with self._precision:
                found = self._module(*inputs)
            found = (found,) if isinstance(found, torch.Tensor) else found
            loss = self._weighted(found[: len(self.plan.losses)], iteration)
            values = dict(zip(self.ports, found[len(self.plan.losses) :]))
            asked = [*self._parameters, *(step for port in self.wanted for step in _steps(values[port]))]
            gradients = iter(_gradients(loss, asked))
        own = [next(gradients) for _ in self._parameters]
        flows = [_flow(values[port], [next(gradients) for _ in _steps(values[port])]) for port in self.wanted]
        detached = [_together(values[port], iter(_steps(values[port]))).detach() for port in self.ports]
        return Measured(loss.detach(), own, flows, detached)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Let those parameters ask for gradients that must: what is wanted of values may lie behind any of them."""
        asking = [(parameter, parameter.requires_grad) for parameter in self._module.parameters()]
        chosen = {id(parameter) for parameter in self._parameters}
        try:
            for parameter, _ in asking:
                parameter.requires_grad_(bool(self.wanted) or id(parameter) in chosen)
            yield
        finally:
            for parameter, before in asking:
                parameter.requires_grad_(before)

    def _weighted(self, losses: Sequence[torch.Tensor], iteration: int) -> torch.Tensor:
        weights = [weight.at(iteration, self._total) for weight in self.plan.weights] or [1.0] * len(losses)
        return torch.stack([loss * weight for loss, weight in zip(losses, weights)]).sum()


def _gradients(loss: torch.Tensor, asked: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    """The gradient with respect to each, None for what takes none or has none."""
    taking = [value for value in asked if value.requires_grad]
    if not loss.requires_grad or not taking:
        return [None] * len(asked)
    found = iter(torch.autograd.grad(loss, taking, allow_unused=True))
    return [next(found) if value.requires_grad else None for value in asked]


def _steps(value: Any) -> list[torch.Tensor]:
    """The tensors of a value: one, or inside a recurrence that of every step."""
    return [value] if isinstance(value, torch.Tensor) else [step for part in value for step in _steps(part)]


def _together(value: Any, found: Iterator[torch.Tensor]) -> torch.Tensor:
    """What was found for the tensors of a value, as one: (batch, time, …) where there are steps."""
    if isinstance(value, torch.Tensor):
        return next(found)
    parts = [_together(part, found) for part in value]
    return torch.stack(parts, min(1, parts[0].dim()))


def _flow(value: Any, gradients: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    """The gradients with respect to the tensors of a value as one; 0 at steps that have none, such as a first state."""
    if all(each is None for each in gradients):
        return None
    pairs = zip(_steps(value), gradients)
    return _together(value, (torch.zeros_like(step) if each is None else each for step, each in pairs))


def _is_real(value: torch.Tensor) -> bool:
    return value.is_floating_point()


def batch_of(model: Model) -> tuple[Rows, int]:
    """The examples that are measured on: as many as a step takes, within bounds, spread over the training split."""
    stage = model.stage("train")
    there = stage.examples or MOST
    count = min(max(model.batch_size, FEWEST), MOST, there)
    places = torch.arange(count, device=model.device) * there // count
    return {key: places % max(length, 1) for key, length in stage.lengths.items()}, count


def layers_of(model: Model) -> list[Layer]:
    """The nodes that have parameters of their own, in the order in which they compute."""
    return [layer for layer in _layers(flat_of(model.document), model.root, "") if layer.parameters]


def _layers(flat: Flat, root: nn.Module, prefix: str) -> Iterator[Layer]:
    for key in ordered(flat.document):
        try:
            module = root.get_submodule(child_name(key))
        except AttributeError:
            continue  # it has no weights, or those of another node
        path = prefix + key.node
        if key in flat.cells:
            yield from _layers(flat.cells[key].flat, module, f"{path}.")
            yield Layer(path, tuple(module.parameters(recurse=False)))
        elif isinstance(module, nn.Module):
            yield Layer(path, tuple(module.parameters()))


def following(model: Model, layers: Iterable[Layer]) -> dict[str, tuple[str, ...]]:
    """For each layer those that its values reach before any other of them, by their paths.

    Those inside a recurrence stand side by side.
    """
    flat = flat_of(model.document)
    wired: dict[NodeKey, list[NodeKey]] = {}
    for port, wire in flat.document.wires.items():
        wired.setdefault(NodeKey(port.network, wire.node), []).append(port.owner)
    at: dict[NodeKey, list[str]] = {}
    for layer in layers:
        key = next((key for key in flat.cells if layer.path.startswith(f"{key.node}.")), NodeKey(MAIN, layer.path))
        at.setdefault(key, []).append(layer.path)
    found: dict[str, dict[str, None]] = {path: {} for paths in at.values() for path in paths}
    for key in flat.document.nodes:
        for path in at.get(flat.links.get(key, key), ()):
            found[path].update(dict.fromkeys(_reached(key, wired, at, flat.links)))
    return {path: tuple(each for each in paths if each != path) for path, paths in found.items()}


def _reached(key: NodeKey, wired: Mapping[NodeKey, Sequence[NodeKey]], at: Mapping[NodeKey, Sequence[str]],
             links: Mapping[NodeKey, NodeKey]) -> Iterator[str]:  # fmt: skip
    """The layers that come next after a node, through everything that has no weights."""
    queue, seen = list(wired.get(key, ())), set[NodeKey]()
    for each in queue:
        if each in seen:
            continue
        seen.add(each)
        if paths := at.get(links.get(each, each)):
            yield from paths
        else:
            queue.extend(wired.get(each, ()))


def learning(layers: Iterable[Layer], parameters: Iterable[nn.Parameter]) -> list[Layer]:
    """The layers with those of their parameters that are among these."""
    chosen = {id(parameter) for parameter in parameters}
    found = (Layer(path, tuple(p for p in own if id(p) in chosen)) for path, own in layers)
    return [layer for layer in found if layer.parameters]


def on_the_way(model: Model, plan: ObjectivePlan) -> list[Port]:
    """The first output of every node that computes on the way to the losses of an objective, in their order."""
    flat = flat_of(model.document)
    types, reached = types_of(flat.document), upstream_of(model.document, plan.losses)
    first: dict[NodeKey, Port] = {}
    for port, spec in model.root.specs.items():
        if port.owner in flat.document.nodes and spec.dtype.startswith("float"):
            first.setdefault(port.owner, port)
    keys = [key for key in ordered(flat.document) if key in first and key in reached]
    return [first[key] for key in keys if types[flat.document.nodes[key].type].kind == "layer"]


def norms(tensors: Sequence[torch.Tensor | None], device: torch.device) -> torch.Tensor:
    """The Euclidean norm of each, 0 for None: (count,) on the device, float64, for squares of small ones to stay."""
    there = [(place, each) for place, each in enumerate(tensors) if each is not None and each.numel()]
    found = torch.zeros(len(tensors), dtype=torch.float64, device=device)
    if there:
        places = torch.tensor([place for place, _ in there], device=device)
        each = torch._foreach_norm([each.detach() for _, each in there], 2, dtype=torch.float64)
        found[places] = torch.stack(list(each))
    return found


def by_layer(values: torch.Tensor, layers: Sequence[Layer]) -> torch.Tensor:
    """The norms of parameters, one after the other, as those of the layers: the root of the sum of their squares."""
    counts = torch.tensor([len(layer.parameters) for layer in layers], device=values.device)
    rows = torch.repeat_interleave(torch.arange(len(layers), device=values.device), counts)
    return values.new_zeros(len(layers)).index_add_(0, rows, values.square()).sqrt()
