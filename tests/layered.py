"""Single layers built and computed in a few words."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graph.building import build
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

VECTOR, NUMBER, SEQUENCE = TensorSpec((8,)), TensorSpec(()), TensorSpec((6, 8))
IMAGE, VOLUME = TensorSpec((4, 9, 7)), TensorSpec((2, 4, 6, 4))
TOKENS, CLASS = TensorSpec((6,), "int64", classes=5), TensorSpec((), "int64", classes=5)


def spec_of(value: torch.Tensor, classes: int = 0) -> TensorSpec:
    return TensorSpec(tuple(value.shape[1:]), str(value.dtype).removeprefix("torch."), classes=classes)


def made(name: str, *specs: TensorSpec, **params: Any) -> Any:
    """A layer built for what arrives at its inputs in their order."""
    declared = CATALOGUE[name].inputs
    if declared[0].growing:
        names = [f"{declared[0].name}.{place}" for place in range(len(specs))]
    else:
        names = [each.name for each in declared]
    return build(CATALOGUE[name], params, dict(zip(names, specs)))


def computed(name: str, *values: torch.Tensor, **params: Any) -> Any:
    return made(name, *map(spec_of, values), **params)(*values)


def refused(name: str, *specs: TensorSpec, sentence: str, **params: Any) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        made(name, *specs, **params)
    assert str(refusal.value).endswith(".")
