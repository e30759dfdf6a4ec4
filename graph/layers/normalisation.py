"""Layers that bring numbers to mean 0 and deviation 1, then scale and shift them by what is learned."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule, nn
from graph.specs import Count, Limits, Share, TensorSpec, Wants

sequences = LazyModule("graph.modules.sequences")
normalising = LazyModule("graph.modules.normalising")

Epsilon = Annotated[float, Limits(1e-12, 1.0, "", True)]
Places = Annotated[
    TensorSpec, Wants("vector", "a vector, a sequence, an image or a volume", ("sequence", "image", "volume"), "real")
]
Channels = Annotated[TensorSpec, Wants("image", "an image, a volume or a vector", ("volume", "vector"), "real")]


@layer(weights=True, search="batchnorm normalization standardise faster training")
def batch_norm(x: Places, momentum: Share = 0.1, epsilon: Epsilon = 1e-5, affine: bool = True):
    """Normalise every feature or channel over the batch, and over all places of an image or sequence.

    y = (x − mean) / √(variance + epsilon) · γ + β. While training, mean and variance are those of the batch; afterwards
    running averages stand in. https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html

    momentum: share of a new batch in the running averages
    epsilon: keeps the division safe where nothing varies
    affine: whether a scale γ and a shift β are learned
    """
    if not x.shape:
        raise ValueError("It normalises features, and a single number has none: wire a vector.")
    if x.meaning == "sequence":
        return sequences.SequenceBatchNorm1d(x.features, epsilon, momentum, affine)
    kind = {"vector": nn.BatchNorm1d, "image": nn.BatchNorm2d, "volume": nn.BatchNorm3d}[x.meaning]
    return kind(x.channels, epsilon, momentum, affine)


@layer(weights=True, search="layernorm normalization transformer standardise")
def layer_norm(
    x: Places, over: Literal["features", "everything"] = "features", epsilon: Epsilon = 1e-5, affine: bool = True
):
    """Normalise every example by itself, whatever else is in the batch.

    y = (x − mean) / √(variance + epsilon) · γ + β.
    https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html

    over: "features" normalises the features of every step or the channels of every pixel by themselves; "everything"
      all numbers of an example together
    epsilon: keeps the division safe where nothing varies
    affine: whether a scale γ and a shift β are learned
    """
    if not x.shape:
        raise ValueError("It normalises features, and a single number has none: wire a vector.")
    if over == "features" and x.meaning in ("image", "volume"):
        return normalising.ChannelNorm(x.channels, epsilon, affine)
    return nn.LayerNorm(x.shape if over == "everything" else (x.features,), epsilon, affine)


@layer(weights=True, search="groupnorm instance normalization channels standardise")
def group_norm(x: Channels, groups: Count = 4, epsilon: Epsilon = 1e-5, affine: bool = True):
    """Normalise groups of channels of every example by themselves.

    y = (x − mean) / √(variance + epsilon) · γ + β. One group is layer norm over everything, as many groups as
    channels is instance norm. https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html

    groups: how many groups the channels are divided into
    epsilon: keeps the division safe where nothing varies
    affine: whether a scale γ and a shift β are learned for every channel
    """
    if not x.shape:
        raise ValueError("It normalises channels, and a single number has none: wire a vector or an image.")
    if x.channels % groups:
        raise ValueError(
            f"{groups} groups do not divide the {x.channels} channels that arrive: choose a number that does, such as "
            f"{math.gcd(groups, x.channels)}."
        )
    return nn.GroupNorm(groups, x.channels, epsilon, affine)
