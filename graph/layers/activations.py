"""Functions that bend: each number, or all features of a place together."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import F, LazyModule, nn, torch
from graph.specs import Limits, NonNegative, Number, Rate, Real, Tensor, TensorSpec

bending = LazyModule("graph.modules.bending")


@layer(search="linear activation nothing pass through")
def identity(x: Tensor):
    """Pass on what arrives as it is: the activation of a linear unit.

    y = x; https://pytorch.org/docs/stable/generated/torch.nn.Identity.html
    """
    return nn.Identity()


@layer(search="binary heaviside threshold sign perceptron straight-through activation nonlinearity")
def step(
    x: Real,
    threshold: Number = 0.0,
    values: Literal["0 and 1", "-1 and 1"] = "0 and 1",
    gradient: Literal["straight-through", "none"] = "straight-through",
):
    """Say yes from a threshold on and no below it: Rosenblatt's unit.

    y = 1 for x ≥ threshold, 0 (or −1) else. Its true gradient is 0 everywhere, so that nothing before it could learn; a
    straight-through gradient takes it for y = x (Bengio et al. 2013, https://arxiv.org/abs/1308.3432).

    threshold: the smallest number that gives a yes
    values: what no and yes are
    gradient: "straight-through" passes gradients on as they come; "none" passes on zeros
    """
    signed, passing = values == "-1 and 1", gradient == "straight-through"
    return functools.partial(bending.binary_step, threshold=threshold, signed=signed, passing=passing)


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


@layer(weights=True, search="parametric rectifier learned slope activation nonlinearity", title="PReLU")
def prelu(x: Real, slopes: Literal["one", "one a feature"] = "one", slope: NonNegative = 0.25):
    """Let positive numbers through and multiply the others by a slope that is learned.

    y = x for x ≥ 0, slope · x else (He et al. 2015, https://arxiv.org/abs/1502.01852).
    https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html

    slopes: one for all, or one for each feature or channel
    slope: where the slopes start
    """
    if slopes == "one":
        return nn.PReLU(1, slope)
    kind = nn.PReLU if _features(x) == 1 else bending.LastAxisPReLU
    return kind(x.channels if _features(x) == 1 else x.features, slope)


@layer(search="rectifier six mobile quantised activation nonlinearity", title="ReLU6")
def relu6(x: Real):
    """Let numbers from 0 to 6 through and hold the others at these bounds.

    y = min(max(0, x), 6); https://pytorch.org/docs/stable/generated/torch.nn.functional.relu6.html
    """
    return F.relu6


@layer(search="exponential linear unit activation nonlinearity", title="ELU")
def elu(x: Real, alpha: NonNegative = 1.0):
    """Let positive numbers through and bend the others smoothly towards −alpha.

    y = x for x > 0, alpha · (eˣ − 1) else; https://pytorch.org/docs/stable/generated/torch.nn.functional.elu.html

    alpha: how far below zero it can go
    """
    return functools.partial(F.elu, alpha=alpha)


@layer(search="scaled exponential linear unit self-normalising activation nonlinearity", title="SELU")
def selu(x: Real):
    """Bend numbers so that deep dense networks keep mean 0 and deviation 1 by themselves.

    y = 1.0507 · x for x > 0, 1.0507 · 1.6733 · (eˣ − 1) else (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515).
    Goes with normal initial weights and alpha dropout.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.selu.html
    """
    return F.selu


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


@layer(search="self regularised smooth activation nonlinearity")
def mish(x: Real):
    """Weigh every number by the tanh of its softplus: smooth, and a little below zero on the left.

    y = x · tanh(log(1 + eˣ)); https://pytorch.org/docs/stable/generated/torch.nn.functional.mish.html
    """
    return F.mish


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


@layer(search="cheap piecewise linear squash gate activation nonlinearity")
def hard_sigmoid(x: Real):
    """Squeeze every number between 0 and 1 with three straight lines.

    y = min(max(0, x / 6 + 1/2), 1); https://pytorch.org/docs/stable/generated/torch.nn.functional.hardsigmoid.html
    """
    return F.hardsigmoid


@layer(search="clip clamp saturate piecewise linear squash activation nonlinearity")
def hard_tanh(x: Real, low: Number = -1.0, high: Number = 1.0):
    """Let numbers between two bounds through and hold the others at these bounds.

    y = min(max(low, x), high); https://pytorch.org/docs/stable/generated/torch.nn.functional.hardtanh.html

    low: the smallest number that comes out
    high: the largest number that comes out
    """
    if low >= high:
        raise ValueError(f"The low bound {low:g} is not below the high bound {high:g}: give it a smaller number.")
    return functools.partial(F.hardtanh, min_val=low, max_val=high)


@layer(search="squash smooth activation nonlinearity")
def softsign(x: Real):
    """Squeeze every number between −1 and 1, more slowly than tanh.

    y = x / (1 + |x|); https://pytorch.org/docs/stable/generated/torch.nn.functional.softsign.html
    """
    return F.softsign


@layer(search="largest of pieces groups linear activation nonlinearity")
def maxout(x: Real, pieces: Annotated[int, Limits(1, 1024)] = 2):
    """Keep the largest of every few neighbouring features, or channels of an image.

    y[i] = max(x[i·k], …, x[i·k + k − 1]) with k pieces. After a layer of k times as many units, each unit bends as its
    k lines together do (Goodfellow et al. 2013, https://arxiv.org/abs/1302.4389).

    pieces: how many features become one
    """
    axis = _features(x)
    count = x.channels if axis == 1 else x.features
    if count % pieces:
        raise ValueError(f"{pieces} pieces do not divide the {count} features that arrive: give the layer before it "
                         f"a multiple of {pieces}, such as {count + pieces - count % pieces}.")  # fmt: skip
    return functools.partial(bending.maxout, pieces=pieces, dim=axis)


@layer(search="probabilities classes normalise exponential")
def softmax(x: Real, temperature: Rate = 1.0):
    """Turn the features of every place into probabilities that sum to 1.

    y[i] = exp(x[i] / t) / Σ exp(x[j] / t), over the features of a vector or step, or the channels of a pixel.
    The loss cross_entropy does this by itself: wire it to what comes before the softmax.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html

    temperature: below 1 the largest stands out more, above 1 all come closer together
    """
    if temperature == 1.0:
        return functools.partial(F.softmax, dim=_features(x))
    return functools.partial(bending.tempered_softmax, temperature=temperature, dim=_features(x))


@layer(search="log probabilities classes normalise logarithm")
def log_softmax(x: Real, temperature: Rate = 1.0):
    """Turn the features of every place into the logarithms of probabilities.

    y[i] = x[i] / t − log Σ exp(x[j] / t), over the features of a vector or step, or the channels of a pixel.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html

    temperature: below 1 the largest stands out more, above 1 all come closer together
    """
    if temperature == 1.0:
        return functools.partial(F.log_softmax, dim=_features(x))
    return functools.partial(bending.tempered_log_softmax, temperature=temperature, dim=_features(x))


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
        raise ValueError("A single number has no features: wire a vector of at least two features.")
    return 1 if x.meaning in ("image", "volume") else -1
