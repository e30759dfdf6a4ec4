"""Designs with networks within networks, written down in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from graph.compiler import Root, compile_root, make_slice
from graph.document import MAIN, Document, Network, NodeKey, Port
from graph.inference import analyse
from graph.specs import TensorSpec

Nodes = Mapping[str, str | tuple[str, dict[str, Any]]]
DIGITS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}


def network(document: Document, name: str, nodes: Nodes, wires: Mapping[str, str], **promoted: list[str]) -> None:
    """Draw into one network: ``{id: type or (type, params)}`` and ``{"node.input": "node.output"}``."""
    with document.edit("Draw"):
        if name != MAIN:
            document.put("networks", name, Network("", promoted))
        for id, drawn in nodes.items():
            type_name, params = drawn if isinstance(drawn, tuple) else (drawn, {})
            document.add_node(type_name, id=id, network=name, params=params)
        for target, source in wires.items():
            document.connect(end(source, name), end(target, name))


def end(text: str, name: str = MAIN) -> Port:
    node, _, port = text.partition(".")
    return Port(name, node, port)


def link(document: Document, id: str, to: str, name: str = MAIN) -> None:
    with document.edit("Link"):
        document.change_node(NodeKey(name, id), link=to)


def compiled(document: Document, fields: Mapping[str, TensorSpec] = DIGITS, seed: int = 0) -> Root:
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors, analysis.errors
    torch.manual_seed(seed)
    return compile_root(document, analysis)


def computed(document: Document, root: Root, target: str, **given: torch.Tensor) -> Any:
    """What a port gives for values of the fields it needs."""
    module = make_slice(document, root, [end(target)])
    return module(*(given[port.port] for port in module.sources))


RESIDUAL: Nodes = {
    "x": "input", "conv_1": ("conv2d", {"filters": 8}), "relu": "relu", "conv_2": ("conv2d", {"filters": 8}),
    "sum": "add", "y": "output",
}  # fmt: skip
RESIDUAL_WIRES = {
    "conv_1.x": "x.output", "relu.x": "conv_1.features", "conv_2.x": "relu.output", "sum.xs.0": "conv_2.features",
    "sum.xs.1": "x.output", "y.x": "sum.output",
}  # fmt: skip


def two_blocks() -> Document:
    """A stem and the same residual block twice, with 8 and with 8 filters of their own."""
    document = Document()
    network(document, "block", RESIDUAL, RESIDUAL_WIRES, filters=["conv_1.filters", "conv_2.filters"])
    network(
        document, MAIN,
        {"data": "data", "stem": ("conv2d", {"filters": 16}), "one": ("@block", {"filters": 16}),
         "two": ("@block", {"filters": 16}), "pool": "global_avg_pool", "head": ("linear", {"units": 10}),
         "loss": "cross_entropy", "out": "output"},
        {"stem.x": "data.image", "one.x": "stem.features", "two.x": "one.y", "pool.x": "two.y", "head.x": "pool.output",
         "loss.prediction": "head.output", "loss.target": "data.label", "out.x": "head.output"},
    )  # fmt: skip
    return document


def elman(**start: Any) -> Document:
    """Elman's network with a delay: h[t] = tanh(W x[t] + U h[t−1] + b), its states and the last one coming out."""
    document = Document()
    network(
        document, "elman",
        {"x": "input", "h": ("delay", start), "w": ("linear", {"units": 5}),
         "u": ("linear", {"units": 5, "bias": False}), "sum": "add", "bend": "tanh",
         "all": "output", "last": ("output", {"steps": "last"})},
        {"w.x": "x.output", "u.x": "h.output", "sum.xs.0": "w.output", "sum.xs.1": "u.output", "bend.x": "sum.output",
         "h.x": "bend.output", "all.x": "bend.output", "last.x": "bend.output"},
    )  # fmt: skip
    network(
        document,
        MAIN,
        {"data": "data", "run": "@elman", "out": "output"},
        {"run.x": "data.sequence", "out.x": "run.all"},
    )
    return document


def lstm_cell(units: int) -> Document:
    """Long short-term memory, gate by gate."""
    nodes = {"x": "input", "h": "delay", "c": "delay"}
    wires = {}
    for gate, bend in (("i", "sigmoid"), ("f", "sigmoid"), ("g", "tanh"), ("o", "sigmoid")):
        nodes |= {f"x{gate}": ("linear", {"units": units}), f"h{gate}": ("linear", {"units": units}), f"s{gate}": "add",
                  gate: bend}  # fmt: skip
        wires |= {f"x{gate}.x": "x.output", f"h{gate}.x": "h.output", f"s{gate}.xs.0": f"x{gate}.output",
                  f"s{gate}.xs.1": f"h{gate}.output", f"{gate}.x": f"s{gate}.output"}  # fmt: skip
    nodes |= {"kept": "multiply", "new": "multiply", "cell": "add", "shown": "tanh", "hidden": "multiply",
              "sequence": "output", "last_cell": ("output", {"steps": "last"})}  # fmt: skip
    wires |= {"kept.xs.0": "f.output", "kept.xs.1": "c.output", "new.xs.0": "i.output", "new.xs.1": "g.output",
              "cell.xs.0": "kept.output", "cell.xs.1": "new.output", "c.x": "cell.output", "shown.x": "cell.output",
              "hidden.xs.0": "o.output", "hidden.xs.1": "shown.output", "h.x": "hidden.output",
              "sequence.x": "hidden.output", "last_cell.x": "cell.output"}  # fmt: skip
    document = Document()
    network(document, "lstm", nodes, wires)
    network(document, MAIN, {"data": "data", "run": "@lstm", "out": "output", "end": "output"},
            {"run.x": "data.sequence", "out.x": "run.sequence", "end.x": "run.last_cell"})  # fmt: skip
    return document
