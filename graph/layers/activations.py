"""Functions that bend: each number, or all features of a place together, without weights."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import F, torch
from graph.specs import Limits, NonNegative, Real, TensorSpec


@layer(search="rectifier rectified linear unit activation nonlinearity", title="ReLU")
def relu(x: Real):
    """Let positive numbers through and make the others zero.

    y = max(0, x); https://pytorch.org/docs/stable/generated/torch.nn.functional.relu.html
    """
    return F.relu


@layer(search="rectifier activation nonlinearity", title="leaky ReLU")
def leaky_relu(x: Real, slope: NonNegative = 0.01):
    """Let positive numbers through and shrink the others, so that no unit is ever dead.

    y = x for x ≥ 0, slope · x else; https://pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu.html

    slope: what negative numbers are multiplied by
    """
    return functools.partial(F.leaky_relu, negative_slope=slope)


@layer(search="exponential linear unit activation nonlinearity", title="ELU")
def elu(x: Real, alpha: NonNegative = 1.0):
    """Let positive numbers through and bend the others smoothly towards −alpha.

    y = x for x > 0, alpha · (eˣ − 1) else; https://pytorch.org/docs/stable/generated/torch.nn.functional.elu.html

    alpha: how far below zero it can go
    """
    return functools.partial(F.elu, alpha=alpha)


@layer(search="gaussian error linear unit transformer activation nonlinearity", title="GELU")
def gelu(x: Real, approximate: Literal["none", "tanh"] = "none"):
    """Weigh every number by how likely a normal random number is to be smaller.

    y = x · Φ(x); https://pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html

    approximate: "tanh" is a quicker formula that differs in the third decimal place
    """
    return functools.partial(F.gelu, approximate=approximate)


@layer(search="swish sigmoid linear unit activation nonlinearity", title="SiLU")
def silu(x: Real):
    """Weigh every number by its own sigmoid: a ReLU with a soft corner.

    y = x / (1 + e⁻ˣ); https://pytorch.org/docs/stable/generated/torch.nn.functional.silu.html
    """
    return F.silu


@layer(search="logistic probability squash activation nonlinearity")
def sigmoid(x: Real):
    """Squeeze every number between 0 and 1.

    y = 1 / (1 + e⁻ˣ); https://pytorch.org/docs/stable/generated/torch.sigmoid.html
    """
    return torch.sigmoid


@layer(search="hyperbolic tangent squash activation nonlinearity")
def tanh(x: Real):
    """Squeeze every number between −1 and 1.

    y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); https://pytorch.org/docs/stable/generated/torch.tanh.html
    """
    return torch.tanh


@layer(search="probabilities classes normalise exponential")
def softmax(x: Real):
    """Turn the features of every place into probabilities that sum to 1.

    y[i] = exp(x[i]) / Σ exp(x[j]), over the features of a vector or step, or the channels of a pixel.
    The loss cross_entropy does this by itself: wire it to what comes before the softmax.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
    """
    return functools.partial(F.softmax, dim=_features(x))


@layer(search="log probabilities classes normalise logarithm")
def log_softmax(x: Real):
    """Turn the features of every place into the logarithms of probabilities.

    y[i] = x[i] − log Σ exp(x[j]), over the features of a vector or step, or the channels of a pixel.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
    """
    return functools.partial(F.log_softmax, dim=_features(x))


@layer(search="soft rectifier positive smooth activation nonlinearity")
def softplus(x: Real, beta: Annotated[float, Limits(1e-3, 1e3, "", True)] = 1.0):
    """Give always positive numbers: a ReLU without the corner.

    y = log(1 + exp(beta · x)) / beta; https://pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html

    beta: how sharp the bend is
    """
    return functools.partial(F.softplus, beta=beta)


def _features(x: TensorSpec) -> int:
    """The axis of the features: the channels of an image or volume, else the last."""
    if not x.shape:
        raise ValueError("One number has nothing to be shared out with: wire a vector of at least two features.")
    return 1 if x.meaning in ("image", "volume") else -1
