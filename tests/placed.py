"""Designs with networks inside, drawn in a few words, for tests of what is exported of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from exported import examples, network_of

from graph.compiler import compile_root, make_slice
from graph.document import Document, Network, NodeKey, Port
from graph.inference import analyse
from graph.plan import outputs
from graph.source import source_of
from graph.specs import TensorSpec

Drawn = Mapping[str, str | tuple[str, dict[str, Any]]]
SERIES = {"series": TensorSpec((7, 3)), "steps": TensorSpec((), "int64", classes=8), "start": TensorSpec((5,))}


def network(
    document: Document, name: str, nodes: Drawn, wires: Mapping[str, str], promoted: dict[str, list[str]] | None = None
) -> Document:
    """Put a network with nodes and wires into a document, to be placed as ``@name``."""
    with document.edit("Draw inside"):
        document.put("networks", name, Network(name.replace("_", " ").capitalize(), promoted or {}))
        for id, drawn in nodes.items():
            type_name, params = drawn if isinstance(drawn, tuple) else (drawn, {})
            document.add_node(type_name, id=id, network=name, params=params)
        for target, source in wires.items():
            document.connect(Port(name, *source.split(".", 1)), Port(name, *target.split(".", 1)))
    return document


def drawn(base: Document, nodes: Drawn, wires: Mapping[str, str], links: Mapping[str, str] = {}) -> Document:
    """Draw the main network of a document that has others."""
    with base.edit("Draw"):
        for id, each in nodes.items():
            type_name, params = each if isinstance(each, tuple) else (each, {})
            base.add_node(type_name, id=id, params=params)
        for target, source in wires.items():
            base.connect(Port("main", *source.split(".", 1)), Port("main", *target.split(".", 1)))
        for id, link in links.items():
            base.change_node(NodeKey("main", id), link=link)
    return base


def residual(document: Document) -> Document:
    """A block of two convolutions around which its input passes, with a number of filters to be set outside."""
    return network(
        document, "residual_block",
        {"x": "input", "c1": ("conv2d", {"filters": 8}), "r": "relu", "c2": ("conv2d", {"filters": 8}), "s": "add",
         "y": "output"},
        {"c1.x": "x.output", "r.x": "c1.features", "c2.x": "r.output", "s.xs.0": "c2.features", "s.xs.1": "x.output",
         "y.x": "s.output"},
        {"filters": ["c1.filters", "c2.filters"]},
    )  # fmt: skip


def residual_chain(links: Mapping[str, str] = {}, **params: Any) -> Document:
    """A stem, two blocks one behind the other, and a classifier."""
    return drawn(
        residual(Document()),
        {"data_1": "data", "stem": ("conv2d", {"filters": 6}), "b1": ("@residual_block", {"filters": 6}),
         "b2": ("@residual_block", {"filters": 6, **params}), "pool": "global_avg_pool",
         "head": ("linear", {"units": 10}), "judge": "cross_entropy", "result": "output"},
        {"stem.x": "data_1.image", "b1.x": "stem.features", "b2.x": "b1.y", "pool.x": "b2.y", "head.x": "pool.output",
         "judge.prediction": "head.output", "judge.target": "data_1.label", "result.x": "head.output"},
        links,
    )  # fmt: skip


def lstm_cell(document: Document, start: str = "zeros", **cell: Any) -> Document:
    """An LSTM drawn gate by gate, with all states and the last cell state as outputs."""
    nodes: dict[str, Any] = {"x": "input", "h": ("delay", {"start": start}), "c": "delay"}
    wires = {}
    for gate, bend in (("i", "sigmoid"), ("f", "sigmoid"), ("g", "tanh"), ("o", "sigmoid")):
        nodes |= {f"x{gate}": ("linear", {"units": 5}), f"h{gate}": ("linear", {"units": 5}), f"s{gate}": "add",
                  gate: bend}  # fmt: skip
        wires |= {f"x{gate}.x": "x.output", f"h{gate}.x": "h.output", f"s{gate}.xs.0": f"x{gate}.output",
                  f"s{gate}.xs.1": f"h{gate}.output", f"{gate}.x": f"s{gate}.output"}  # fmt: skip
    nodes |= {"fc": "multiply", "ig": "multiply", "cn": "add", "tc": "tanh", "hn": "multiply", "sequence": "output",
              "cell": ("output", {"steps": "last"})}  # fmt: skip
    wires |= {"fc.xs.0": "f.output", "fc.xs.1": "c.output", "ig.xs.0": "i.output", "ig.xs.1": "g.output",
              "cn.xs.0": "fc.output", "cn.xs.1": "ig.output", "c.x": "cn.output", "tc.x": "cn.output",
              "hn.xs.0": "o.output", "hn.xs.1": "tc.output", "h.x": "hn.output", "sequence.x": "hn.output",
              "cell.x": "cn.output"}  # fmt: skip
    return network(document, "lstm_cell", nodes, wires)


def unrolled(document: Document, wires: Mapping[str, str] = {}, **params: Any) -> Document:
    """The recurrence placed once, with an output behind each of its outputs."""
    return drawn(
        document, {"data_1": "data", "r": ("@lstm_cell", params), "o1": "output", "o2": "output"},
        {"r.x": "data_1.series", "o1.x": "r.sequence", "o2.x": "r.cell", **wires},
    )  # fmt: skip


def both(document: Document, fields: Mapping[str, TensorSpec]) -> tuple[Any, Any, list[torch.Tensor]]:
    """The slice of all outputs and the exported network, with the same weights, and a batch of inputs."""
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors, analysis.errors
    root = compile_root(document, analysis)
    module = make_slice(document, root, [plan.port for plan in outputs(document, root.specs)])
    return module, network_of(source_of(document, analysis), root), [
        examples(root.specs[port], 3) for port in module.sources
    ]  # fmt: skip
