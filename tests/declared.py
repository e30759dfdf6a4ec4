"""Node types put to work on tensors, as the engine builds them."""

from __future__ import annotations

from typing import Any

import torch

from graph.building import arguments, build
from graph.catalogue import Source
from graph.layers import CATALOGUE
from graph.specs import TensorSpec


def spec_of(value: torch.Tensor, classes: int = 0) -> TensorSpec:
    return TensorSpec(tuple(value.shape[1:]), str(value.dtype).removeprefix("torch."), classes=classes)


def result(name: str, params: dict[str, Any] | None = None, classes: int = 0, **values: torch.Tensor) -> torch.Tensor:
    """What a node type makes of the tensors at its ports. ``classes`` is how many its target is known to have."""
    node_type = CATALOGUE[name]
    specs = {port: spec_of(value, classes if port == "target" else 0) for port, value in values.items()}
    made: torch.Tensor = build(node_type, params or {}, specs)(*arguments(node_type.inputs, values))
    return made


def source(name: str, **params: Any) -> Source:
    node_type = CATALOGUE[name]
    declared: Source = node_type.build(**node_type.complete(params))
    return declared


def drawn(name: str, count: int, **params: Any) -> torch.Tensor:
    """What a source with one output draws for so many examples."""
    declared = source(name, **params)
    assert declared.draw is not None
    (values,) = declared.draw(count, torch.Generator().manual_seed(3), torch.device("cpu")).values()
    assert isinstance(values, torch.Tensor)
    return values


def entwined(inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same inputs, but the first computed with the others, so that it can be differentiated by them."""
    (name, first), *others = inputs.items()
    factor = sum(value.square().flatten(1).sum(1) for _, value in others)
    return {**inputs, name: first * factor.view(-1, *[1] * (first.dim() - 1))}  # type: ignore[union-attr]
