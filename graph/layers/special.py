"""Layers that measure distances, sample, scale, or steer how gradients flow."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Count, Features, Limits, Matrix, NonNegative, Number, Real, Tensor

special = LazyModule("graph.modules.special")
noise = LazyModule("graph.modules.noise")


@layer(weights=True, search="rbf gaussian kernel centre distance bump network")
def radial_basis(
    x: Features,
    units: Count = 16,
    width: Annotated[float, Limits(1e-3, 1e3, "", True)] = 1.0,
    learn_widths: bool = True,
    centres: Matrix = [],  # noqa: B006
):
    """Say how near the input lies to each of some learned centres: 1 at a centre, falling like a bell around it.

    y[i] = exp(−‖x − c[i]‖² / 2σ[i]²) (Broomhead and Lowe 1988). A linear layer behind it makes a radial basis network.

    units: how many centres there are
    width: σ, how wide the bells are to begin with
    learn_widths: whether each bell learns its width; if not, they stay as they are
    centres: where the centres begin, one row a unit with a number a feature; empty draws normal random numbers
    """
    if not x.shape:
        raise ValueError("It measures distances between vectors, and a single number is none: wire a vector.")
    rows = [row if isinstance(row, list) else [row] for row in centres]
    if rows and (len(rows) != units or len(rows[0]) != x.features):
        raise ValueError(f"The centres are {units} rows of {x.features} numbers here; {len(rows)} rows of "
                         f"{len(rows[0])} are given.")  # fmt: skip
    given = [[float(number) for number in row] for row in rows] or None
    return special.RadialBasis(x.features, units, width, given, learn_widths)


@layer(search="vae variational sample latent normal random trick")
def reparameterise(mean: Real, log_variance: Real, sample: Literal["while training", "always"] = "while training"):
    """Draw normal random numbers of the mean and variance that arrive, so that gradients reach both.

    z = μ + σ · ε, with σ = exp(log σ² / 2) and ε of mean 0 and deviation 1; without sampling, z = μ.
    Kingma and Welling 2014, https://arxiv.org/abs/1312.6114

    mean: μ
    log_variance: the logarithm of σ², any number
    sample: "while training" gives the mean afterwards, so that results repeat; "always" goes on drawing
    """
    if mean.shape != log_variance.shape:
        raise ValueError(f"Mean ({mean}) and log variance ({log_variance}) are not of one shape: give the two layers "
                         "before it the same number of units.")  # fmt: skip
    return noise.Reparameterise(sample == "always")


@layer(gradients=False, search="detach freeze block gradient constant no backpropagation")
def stop_gradient(x: Tensor):
    """Pass on what arrives as it is, but no gradient back: what lies before it learns nothing from here.

    y = x, dy/dx = 0; https://pytorch.org/docs/stable/generated/torch.Tensor.detach.html
    """
    return special.stop_gradient


@layer(search="domain adversarial adaptation grl negative gradient flip")
def reverse_gradient(x: Real, factor: NonNegative = 1.0):
    """Pass on what arrives as it is, and the gradient back with its sign turned: what lies before learns the opposite.

    y = x, dy/dx = −factor (Ganin and Lempitsky 2015, https://arxiv.org/abs/1409.7495).

    factor: what the turned gradient is multiplied by
    """
    return functools.partial(special.reverse_gradient, factor=factor)


@layer(search="multiply gain constant factor shrink")
def scale(x: Real, factor: Number = 1.0):
    """Multiply everything by a number.

    y = factor · x; https://pytorch.org/docs/stable/generated/torch.mul.html

    factor: what is multiplied by
    """
    return functools.partial(special.multiplied, factor=factor)


@layer(weights=True, search="multiply gain gamma layer scale learned factor affine diagonal")
def learned_scale(x: Real, factors: Literal["one", "one a feature"] = "one", start: Number = 1.0, bias: bool = False):
    """Multiply by numbers that are learned.

    y = γ · x + β, with one γ for all or one for each feature of a vector or step, or channel of an image.
    https://pytorch.org/docs/stable/generated/torch.mul.html

    factors: one for all, or one for each feature or channel
    start: where the factors start
    bias: whether learned constants β are added
    """
    if factors == "one":
        return special.Scale(start=start, bias=bias)
    if not x.shape:
        raise ValueError("A single number has no features: take one factor, or wire a vector.")
    channels = x.meaning in ("image", "volume")
    return special.Scale(x.channels if channels else x.features, 1 if channels else -1, start, bias)
