"""Layers that bring numbers to mean 0 and deviation 1, then scale and shift them by what is learned."""

from __future__ import annotations

import functools
import math
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import F, LazyModule, nn
from graph.specs import Count, Image, Limits, NonNegative, Share, TensorSpec, Wants

sequences = LazyModule("graph.modules.sequences")
normalising = LazyModule("graph.modules.normalising")

Epsilon = Annotated[float, Limits(1e-12, 1.0, "", True)]
Places = Annotated[
    TensorSpec, Wants("vector", "a vector, a sequence, an image or a volume", ("sequence", "image", "volume"), "real")
]
Maps = Annotated[TensorSpec, Wants("image", "an image, a volume or a sequence", ("volume", "sequence"), "real")]
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


@layer(weights=True, search="instancenorm normalization style contrast channels standardise")
def instance_norm(x: Maps, epsilon: Epsilon = 1e-5, affine: bool = True):
    """Normalise every channel of every example by itself, over all of its places: it takes contrast away.

    y = (x − mean) / √(variance + epsilon) · γ + β. The features of a sequence are normalised over its time.
    https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html

    epsilon: keeps the division safe where nothing varies
    affine: whether a scale γ and a shift β are learned for every channel
    """
    channels = x.features if x.meaning == "sequence" else x.channels
    if x.size == channels:
        raise ValueError(f"Every channel of what arrives ({x}) has a single place, which would always become 0: put it "
                         "where there are more places, or take layer norm.")  # fmt: skip
    if x.meaning == "sequence":
        return normalising.SequenceInstanceNorm1d(channels, epsilon, affine=affine)
    return (nn.InstanceNorm2d if x.meaning == "image" else nn.InstanceNorm3d)(channels, epsilon, affine=affine)


@layer(weights=True, search="rmsnorm root mean square normalization transformer llama", title="RMS norm")
def rms_norm(x: Places, epsilon: Epsilon = 1e-6, affine: bool = True):
    """Bring the features of every place to root mean square 1: layer norm that leaves the mean alone.

    y = x / √(mean of x² + epsilon) · γ (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467).
    https://pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html

    epsilon: keeps the division safe where all is zero
    affine: whether a scale γ is learned for every feature
    """
    if not x.shape:
        raise ValueError("It normalises features, and a single number has none: wire a vector.")
    if x.meaning in ("image", "volume"):
        return normalising.ChannelRMSNorm(x.channels, epsilon, affine)
    return nn.RMSNorm(x.features, epsilon, affine)


@layer(search="lrn alexnet googlenet brightness inhibition normalization neighbours channels")
def local_response_norm(
    x: Image,
    size: Annotated[int, Limits(1, 1024)] = 5,
    alpha: NonNegative = 1e-4,
    beta: NonNegative = 0.75,
    constant: Annotated[float, Limits(1e-3, 1e3)] = 1.0,
):
    """Damp every pixel of a channel where neighbouring channels are strong at the same place.

    y = x / (k + α/n · Σ x²)^β, the sum over the n channels around it. AlexNet (Krizhevsky et al. 2012) had
    n = 5, k = 2, β = 0.75 and α/n = 1e-4, which is an alpha of 5e-4 here.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.local_response_norm.html

    size: n, how many channels side by side are looked at
    alpha: how strongly they damp
    beta: the power of the damping
    constant: k, what it starts from
    """
    return functools.partial(F.local_response_norm, size=size, alpha=alpha, beta=beta, k=constant)
