"""Layers in which every unit sees every input."""

from __future__ import annotations

from graph.catalogue import layer
from graph.lazy import nn
from graph.specs import Count, Features


@layer(search="dense fc fully connected affine perceptron weights")
def linear(x: Features, units: Count = 64, bias: bool = True):
    """Multiply by a weight matrix and add a bias: every unit sees every input feature.

    y = W x + b, applied along the last axis; https://pytorch.org/docs/stable/generated/torch.nn.Linear.html

    units: how many numbers come out
    bias: whether each unit adds a learned constant
    """
    return nn.Linear(x.features, units, bias)
