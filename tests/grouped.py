"""A small drawing that tests of grouping begin with, and what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from graph.compiler import compile_root, make_slice
from graph.document import MAIN, Document, Network, NodeKey, Port
from graph.grouping import group
from graph.inference import analyse
from graph.specs import TensorSpec

FIELDS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}
Nodes = Mapping[str, tuple[str, dict[str, object]]]


def built(nodes: Nodes, wires: Mapping[str, str], network: str = MAIN, into: Document | None = None) -> Document:
    """A document, ``{"a": ("relu", {})}`` and ``{"b.x": "a.output"}``, its nodes in a row."""
    document = into or Document()
    with document.edit("Build"):
        if network not in document.networks:
            document.put("networks", network, Network())
        for place, (name, (type_name, params)) in enumerate(nodes.items()):
            document.add_node(type_name, 260.0 * place, 0.0, id=name, network=network, params=params)  # type: ignore[arg-type]
        for target, source in wires.items():
            ends_of = (Port(network, *each.split(".", 1)) for each in (source, target))
            document.connect(*ends_of)
    return document


@pytest.fixture
def residual() -> Document:
    """A stem, a residual block drawn flat, and a head, all in main."""
    return built(
        {
            "data_1": ("data", {}), "stem": ("conv2d", {"filters": 4}), "c1": ("conv2d", {"filters": 4}),
            "r": ("relu", {}), "c2": ("conv2d", {"filters": 4}), "s": ("add", {}), "g": ("global_avg_pool", {}),
            "l": ("linear", {"units": 10}), "ce": ("cross_entropy", {}), "o": ("output", {}),
        },
        {
            "stem.x": "data_1.image", "c1.x": "stem.features", "r.x": "c1.features", "c2.x": "r.output",
            "s.xs.0": "c2.features", "s.xs.1": "stem.features", "g.x": "s.output", "l.x": "g.output",
            "ce.prediction": "l.output", "ce.target": "data_1.label", "o.x": "l.output",
        },
    )  # fmt: skip


def keys(*names: str, network: str = MAIN) -> list[NodeKey]:
    return [NodeKey(network, name) for name in names]


def grouped(document: Document, *names: str, name: str = "block") -> NodeKey:
    with document.edit("Group"):
        return group(document, keys(*names), name)


def result(document: Document, *outputs: str) -> tuple[dict[str, torch.Tensor], tuple[torch.Tensor, ...]]:
    """The initial weights by the last part of their names, and what comes out of one batch."""
    analysis = analyse(document, lambda source: FIELDS)
    assert not analysis.errors, analysis.errors
    torch.manual_seed(3)
    root = compile_root(document, analysis)
    module: Any = make_slice(document, root, [Port(MAIN, *output.split(".")) for output in outputs])
    batch = {"data_1.image": torch.linspace(-1, 1, 192).reshape(3, 1, 8, 8), "data_1.label": torch.tensor([1, 2, 3])}
    found = module(*(batch[f"{port.node}.{port.port}"] for port in module.sources))
    weights = {".".join(name.split(".")[-2:]): value for name, value in root.state_dict().items()}
    return weights, found if isinstance(found, tuple) else (found,)


def assert_same(document: Document, before: tuple[dict[str, torch.Tensor], tuple[torch.Tensor, ...]]) -> None:
    weights, outputs = result(document, "o.output", "ce.loss")
    assert weights.keys() == before[0].keys()
    assert all(torch.equal(value, weights[name]) for name, value in before[0].items())
    assert all(torch.equal(one, other) for one, other in zip(outputs, before[1], strict=True))
