"""What a document asks for: its sources, losses, objectives, measures and outputs, read off the drawn graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graph.catalogue import Kind
from graph.document import MAIN, Document, NodeKey, Port, Value
from graph.flat import flat_of
from graph.layers import CATALOGUE
from graph.specs import TensorSpec


class Weight(NamedTuple):
    """How much a loss counts: so much, reached in a straight line from 0 over a share of the training."""

    value: float = 1.0
    warm_up: float = 0.0

    def at(self, iteration: int, total: int) -> float:
        """How much it counts in an iteration, counted from 0, of a training of so many."""
        risen = iteration / (self.warm_up * total) if self.warm_up else 1.0
        return self.value * min(risen, 1.0)


class ObjectivePlan(NamedTuple):
    """Losses to minimise together. ``node`` is None for the default objective of a document that draws none.

    ``weights`` belong to the losses; ``trains`` names the nodes and networks that are changed, none standing for all.
    """

    name: str
    node: NodeKey | None
    losses: tuple[Port, ...]
    weights: tuple[Weight, ...] = ()
    trains: tuple[str, ...] = ()

    @property
    def weighted(self) -> bool:
        """Whether the losses are more than simply added up."""
        return any(weight != Weight() for weight in self.weights)

    def changes(self, key: NodeKey) -> bool:
        """Whether the objective changes the weights of a node of the flat document, if they lie upstream."""
        return not self.trains or any(key.node == name or key.node.startswith(f"{name}.") for name in self.trains)


class Measure(NamedTuple):
    """A metric of a prediction against its target. ``metric`` names the node type that computes it, with ``params``."""

    name: str
    metric: str
    prediction: Port
    target: Port
    params: Mapping[str, Value]


class OutputPlan(NamedTuple):
    """A named result. ``port`` is what the Output node passes on, ``target`` what it should be, where one is drawn."""

    name: str
    kind: str
    port: Port
    target: Port | None


def of_kind(document: Document, *kinds: Kind) -> list[NodeKey]:
    """The nodes of one of the kinds, those of placed networks by their paths, in the order of their ids."""
    return sorted(
        key for key, node in flat_of(document).document.nodes.items()
        if key.network == MAIN and node.type in CATALOGUE and CATALOGUE[node.type].kind in kinds
    )  # fmt: skip


def sources(document: Document) -> list[NodeKey]:
    return of_kind(document, "source")


def losses(document: Document) -> list[Port]:
    """The scalar port of every loss node."""
    document = flat_of(document).document
    return [Port(*key, CATALOGUE[document.nodes[key].type].outputs[0]) for key in of_kind(document, "loss")]


def takes_gradients(document: Document, losses: Iterable[Port]) -> bool:
    """Whether one of the losses takes gradients itself, so that judging needs them too."""
    nodes = flat_of(document).document.nodes
    types = (CATALOGUE.get(nodes[port.owner].type) for port in losses if port.owner in nodes)
    return any(node_type is not None and node_type.differentiates for node_type in types)


def objectives(document: Document) -> tuple[ObjectivePlan, ...]:
    """The drawn objectives, or the default one over all losses where none is drawn."""
    document = flat_of(document).document
    drawn = of_kind(document, "objective")
    if not drawn:
        every = tuple(losses(document))
        return (ObjectivePlan("objective", None, every, _weights(document, every)),) if every else ()
    found = []
    for key in drawn:
        node, wired = document.nodes[key], tuple(document.inputs_of(key).values())
        trains = split_names(str(CATALOGUE[node.type].complete(node.params).get("trains", "")))
        found.append(ObjectivePlan(key.node, key, wired, _weights(document, wired), trains))
    return tuple(found)


def split_names(text: str) -> tuple[str, ...]:
    """The ids of a parameter that names nodes, without those that stand twice."""
    return tuple(dict.fromkeys(name for each in text.split(",") if (name := each.strip())))


def _weights(document: Document, losses: Iterable[Port]) -> tuple[Weight, ...]:
    nodes = [document.nodes[port.owner] for port in losses if port.owner in document.nodes]
    found = (CATALOGUE[node.type].complete(node.params) for node in nodes if node.type in CATALOGUE)
    return tuple(Weight(float(each.get("weight", 1.0)), float(each.get("warm_up", 0.0))) for each in found)


def measures(document: Document, specs: Mapping[Port, TensorSpec]) -> tuple[Measure, ...]:
    """The drawn metrics, and those that each loss is declared to be watched by. Names are unique.

    A metric that comes with a loss takes over the parameters that both have, such as an ignored class.
    """
    document = flat_of(document).document
    found = []
    for key in of_kind(document, "metric", "loss"):
        wired, node_type = document.inputs_of(key), CATALOGUE[document.nodes[key].type]
        if not {"prediction", "target"} <= wired.keys():
            continue
        prediction, target = wired["prediction"], wired["target"]
        if node_type.kind == "metric":
            found.append((key, node_type.name, prediction, target))
        elif prediction in specs and target in specs:
            told = node_type.measured_by(specs[prediction], specs[target])
            found.extend((key, metric, prediction, target) for metric in told)
    pairs = {(metric, prediction, target): key for key, metric, prediction, target in reversed(found)}
    names = [_short(metric) for metric, *_ in pairs]
    return tuple(
        Measure(
            _short(metric) if names.count(_short(metric)) == 1 else f"{key.node}.{_short(metric)}",
            metric, prediction, target, _params(document, key, metric),
        )
        for (metric, prediction, target), key in reversed(pairs.items())
    )  # fmt: skip


def _params(document: Document, key: NodeKey, metric: str) -> Mapping[str, Value]:
    """Of the parameters of a node those that a metric has as well: all, where it is the metric itself."""
    return {name: value for name, value in document.nodes[key].params.items() if CATALOGUE[metric].parameter(name)}


def outputs(document: Document, specs: Mapping[Port, TensorSpec]) -> tuple[OutputPlan, ...]:
    """The Output nodes with their kinds; the kind "auto" follows what the output should be and what it is."""
    document = flat_of(document).document
    found = []
    for key in of_kind(document, "output"):
        node = document.nodes[key]
        port = Port(*key, CATALOGUE[node.type].outputs[0])
        target = target_of(document, key)
        kind = str(CATALOGUE[node.type].complete(node.params)["kind"])
        if kind == "auto":
            kind = _kind(specs.get(port), specs.get(target) if target else None)
        found.append(OutputPlan(node.title or key.node, kind, port, target))
    return tuple(found)


def target_of(document: Document, output: NodeKey) -> Port | None:
    """What an output is meant to be: its wired target, else that of the nearest loss that reads a value upstream."""
    document = flat_of(document).document
    wired = document.inputs_by_node()
    if "target" in wired.get(output, {}):
        return wired[output]["target"]
    judged = {
        wired[key]["prediction"]: wired[key]["target"]
        for key in of_kind(document, "loss", "metric")
        if {"prediction", "target"} <= wired[key].keys()
    }
    queue, seen = deque(wired.get(output, {}).values()), set[Port]()
    while queue and judged:
        port = queue.popleft()
        if port in judged:
            return judged[port]
        if port not in seen:
            seen.add(port)
            queue.extend(wired.get(port.owner, {}).values())
    return None


def _kind(spec: TensorSpec | None, target: TensorSpec | None) -> str:
    if target is not None and target.meaning == "classes":
        return "classes"
    if spec is None:
        return "value"
    return {"image": "image", "sequence": "series", "tokens": "tokens"}.get(spec.meaning, "value")


def _short(metric: str) -> str:
    """The name that a metric's output port gives it: ``mae`` for ``mean_absolute_error``."""
    port = CATALOGUE[metric].outputs[0]
    return metric if port in ("value", "output") else port
