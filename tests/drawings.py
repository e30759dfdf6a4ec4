"""Small designs for tests, written down in a line or two."""

from __future__ import annotations

from collections.abc import Mapping

from graph.document import MAIN, Document, Port, Value


def drawing(nodes: Mapping[str, str], wires: Mapping[str, str], **params: Mapping[str, Value]) -> Document:
    """A document from {id: type} and {"node.port": "node.port"}."""
    document = Document()
    with document.edit("Draw"):
        for id, kind in nodes.items():
            document.add_node(kind, id=id, params=params.get(id, {}))
        for target, source in wires.items():
            document.connect(port(source), port(target))
    return document


def port(text: str) -> Port:
    node, _, name = text.partition(".")
    return Port(MAIN, node, name)


NODES = {
    "data": "data", "conv": "conv2d", "flat": "flatten", "dense": "linear", "soft": "softmax", "loss": "cross_entropy",
    "train": "objective", "out": "output",
}  # fmt: skip
WIRES = {
    "conv.x": "data.image", "flat.x": "conv.features", "dense.x": "flat.output", "loss.prediction": "dense.output",
    "loss.target": "data.label", "train.losses.0": "loss.loss", "soft.x": "dense.output", "out.x": "soft.output",
}  # fmt: skip


def classifier(**params: Mapping[str, Value]) -> Document:
    return drawing(NODES, WIRES, **params)


def without(document: Document, *targets: str) -> Document:
    with document.edit("Unwire"):
        for target in targets:
            document.disconnect(port(target))
    return document
