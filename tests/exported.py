"""Documents drawn in a few words, and what their exported source computes beside what the slices compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from graph import plan
from graph.catalogue import CATALOGUE
from graph.compiler import Root, compile_root, make_slice
from graph.document import Document, Port
from graph.inference import analyse
from graph.naming import identifier
from graph.source import source_of
from graph.specs import TensorSpec

DIGITS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}
VECTORS = {"a": TensorSpec((4,)), "b": TensorSpec((4,))}
CNN = ("conv2d", "relu", "max_pool2d", "dropout", "flatten", "linear", "softmax")

Fields = Mapping[str, TensorSpec]


def examples(spec: TensorSpec, batch: int) -> torch.Tensor:
    """Random values of a spec; real ones lie between 0 and 1, so that they may be probabilities."""
    shape = (batch, *spec.shape) if spec.batched else spec.shape
    dtype = getattr(torch, spec.dtype)
    if dtype.is_floating_point:
        return torch.rand(shape, dtype=dtype)
    return torch.randint(spec.classes or 2, shape, dtype=dtype)


def port(text: str) -> Port:
    node, _, name = text.partition(".")
    return Port("main", node, name)


def draw(nodes: Mapping[str, str | tuple[str, dict[str, Any]]], wires: Mapping[str, str], title: str = "") -> Document:
    """A document from ``{id: type}`` or ``{id: (type, params)}`` and ``{input: output}``."""
    document = Document()
    with document.edit("Draw"):
        if title:
            document.put("about", "title", title)
        for name, drawn in nodes.items():
            type_name, params = drawn if isinstance(drawn, tuple) else (drawn, {})
            document.add_node(type_name, id=name, params=params)
        for target, source in wires.items():
            document.connect(port(source), port(target))
    return document


def written(document: Document, fields: Fields = DIGITS, **choice: Any) -> str:
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors, analysis.errors
    return source_of(document, analysis, **choice)


def executed(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), space)
    return space


def network_of(source: str, root: Root) -> Any:
    """The exported network with the weights of the root."""
    space = executed(source)
    name = next(line for line in source.splitlines() if line.startswith("class ") and "Maps batches" in
                source.split(line)[1][:60]).partition("(")[0].removeprefix("class ")  # fmt: skip
    network = space[name]()
    assert sorted(network.state_dict()) == sorted(root.state_dict())
    network.load_state_dict(root.state_dict())
    return network


def check_same(document: Document, fields: Fields = DIGITS) -> str:
    """Forward and every loss of the exported network are those of the document's slices. Returns the source."""
    torch.manual_seed(5)
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors, analysis.errors
    source = source_of(document, analysis)
    root = compile_root(document, analysis).eval()
    network = network_of(source, root).eval()
    targets = [output.port for output in plan.outputs(document, root.specs)]
    if targets:
        compare(document, root, targets, network)
    for objective in plan.objectives(document):
        losses = list(objective.losses)
        name = "loss" if len(plan.objectives(document)) == 1 else f"{objective.name}_loss"
        compare_loss(document, root, losses, getattr(network, identifier(name, dict(root.named_children()))))
    return source


def compare(document: Document, root: Root, targets: Sequence[Port], function: Any) -> None:
    module = make_slice(document, root, targets)
    inputs = [examples(root.specs[source], 3) for source in module.sources]
    expected, got = module(*inputs), function(*inputs)
    for one, other in zip(*(each if isinstance(each, tuple) else (each,) for each in (expected, got)), strict=True):
        assert torch.equal(one, other)


def compare_loss(document: Document, root: Root, losses: list[Port], function: Any) -> None:
    """Arguments are told by name: a loss method may need what its slice does not."""
    module = make_slice(document, root, losses)
    given = {source: examples(root.specs[source], 3) for source in module.sources}
    expected = module(*given.values())
    total = sum(expected) if isinstance(expected, tuple) else expected
    wanted = function.__code__.co_varnames[1 : function.__code__.co_argcount]
    by_name = {name: value for source, value in given.items() for name in (source.port, f"{source.node}_{source.port}")}
    assert torch.allclose(function(*(by_name[name] for name in wanted)), total)


def classifier(prediction: str = "linear_1.output", title: str = "Digits CNN") -> Document:
    nodes = {"data_1": "data", **{f"{name}_1": name for name in CNN}, "loss": "cross_entropy", "result": "output"}
    names = [f"{name}_1" for name in CNN]
    wires = {"conv2d_1.x": "data_1.image", "loss.target": "data_1.label", "loss.prediction": prediction}
    for before, after in zip(names, [*names[1:], "result"]):
        wires[f"{after}.x"] = f"{before}.{CATALOGUE[before[:-2]].outputs[0]}"
    drawn: dict[str, Any] = {**nodes, "linear_1": ("linear", {"units": 10}), "conv2d_1": ("conv2d", {"filters": 14})}
    return draw(drawn, wires, title)
