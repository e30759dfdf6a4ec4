"""What a document asks for: its sources, losses, objectives, measures and outputs, read off the drawn graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from graph.catalogue import Kind
from graph.document import MAIN, Document, NodeKey, Port, Value
from graph.layers import CATALOGUE
from graph.specs import TensorSpec


class ObjectivePlan(NamedTuple):
    """Losses to minimise together. ``node`` is None for the default objective of a document that draws none."""

    name: str
    node: NodeKey | None
    losses: tuple[Port, ...]


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
    """The nodes of the main network that are of one of the kinds, in the order of their ids."""
    return sorted(
        key for key, node in document.nodes.items()
        if key.network == MAIN and node.type in CATALOGUE and CATALOGUE[node.type].kind in kinds
    )  # fmt: skip


def sources(document: Document) -> list[NodeKey]:
    return of_kind(document, "source")


def losses(document: Document) -> list[Port]:
    """The scalar port of every loss node."""
    return [Port(*key, CATALOGUE[document.nodes[key].type].outputs[0]) for key in of_kind(document, "loss")]


def objectives(document: Document) -> tuple[ObjectivePlan, ...]:
    """The drawn objectives, or the default one over all losses where none is drawn."""
    drawn = of_kind(document, "objective")
    if not drawn:
        every = tuple(losses(document))
        return (ObjectivePlan("objective", None, every),) if every else ()
    return tuple(ObjectivePlan(key.node, key, tuple(document.inputs_of(key).values())) for key in drawn)


def measures(document: Document) -> tuple[Measure, ...]:
    """The drawn metrics, and those that each loss is declared to be watched by. Names are unique."""
    found = []
    for key in of_kind(document, "metric", "loss"):
        wired = document.inputs_of(key)
        if "prediction" not in wired or "target" not in wired:
            continue
        node_type = CATALOGUE[document.nodes[key].type]
        for metric in node_type.metrics if node_type.kind == "loss" else (node_type.name,):
            found.append((key, metric, wired["prediction"], wired["target"]))
    pairs = {(metric, prediction, target): key for key, metric, prediction, target in reversed(found)}
    names = [_short(metric) for metric, *_ in pairs]
    return tuple(
        Measure(
            _short(metric) if names.count(_short(metric)) == 1 else f"{key.node}.{_short(metric)}",
            metric, prediction, target, document.nodes[key].params if document.nodes[key].type == metric else {},
        )
        for (metric, prediction, target), key in reversed(pairs.items())
    )  # fmt: skip


def outputs(document: Document, specs: Mapping[Port, TensorSpec]) -> tuple[OutputPlan, ...]:
    """The Output nodes with their kinds; the kind "auto" follows what the output should be and what it is."""
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
    wired = document.inputs_by_node()
    if "target" in wired.get(output, {}):
        return wired[output]["target"]
    judged = {
        wired[key]["prediction"]: wired[key]["target"]
        for key in of_kind(document, "loss", "metric")
        if {"prediction", "target"} <= wired[key].keys()
    }
    queue, seen = deque(wired.get(output, {}).values()), set[Port]()
    while queue:
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
