"""Layers that forget or disturb at random while training, so that no unit relies on another."""

from __future__ import annotations

from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule, nn
from graph.specs import Image, Limits, NonNegative, Real, Share, TensorSpec, Wants

noise = LazyModule("graph.modules.noise")

Chance = Annotated[float, Limits(0.0, 1.0)]
Volume = Annotated[TensorSpec, Wants("volume", "a volume (channels, depth, height, width)", numbers="real")]


@layer(search="regularisation forget random mask overfitting")
def dropout(x: Real, probability: Share = 0.5):
    """Set numbers to zero at random while training; later let everything through.

    y = x · m / (1 − p), with m 0 at probability p and 1 else. Against overfitting.
    https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html

    probability: how likely a number is set to zero
    """
    return nn.Dropout(probability)


@layer(search="regularisation spatial forget random feature map channel overfitting")
def dropout2d(x: Image, probability: Share = 0.5):
    """Set whole feature maps to zero at random while training; later let everything through.

    Neighbouring pixels say nearly the same, so that dropping single ones would change little.
    https://pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html

    probability: how likely a feature map is set to zero
    """
    return nn.Dropout2d(probability)


@layer(search="regularisation spatial forget random feature map channel overfitting volume")
def dropout3d(x: Volume, probability: Share = 0.5):
    """Set whole channels of a volume to zero at random while training; later let everything through.

    Neighbouring places say nearly the same, so that dropping single ones would change little.
    https://pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html

    probability: how likely a channel is set to zero
    """
    return nn.Dropout3d(probability)


@layer(search="regularisation forget random self-normalising selu overfitting")
def alpha_dropout(x: Real, probability: Share = 0.1):
    """Set numbers to the lowest value of SELU at random while training, keeping their mean and deviation.

    y = a · (x · m − 1.7581 · (1 − m)) + b, with m 0 at probability p and 1 else, and a and b such that mean 0 and
    deviation 1 stay (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515).
    https://pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html

    probability: how likely a number is set to the lowest value
    """
    return nn.AlphaDropout(probability)


@layer(search="regularisation random multiplicative normal noise overfitting")
def gaussian_dropout(x: Real, probability: Share = 0.5):
    """Multiply numbers by random ones around 1 while training; later let everything through.

    y = x · ε, with ε normal of mean 1 and variance p / (1 − p): as strong as a dropout of p, but nothing is lost
    entirely (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html).

    probability: how likely the dropout that is as strong sets a number to zero
    """
    return noise.GaussianDropout(probability)


@layer(search="regularisation random normal additive disturb denoising overfitting augmentation corrupt")
def gaussian_noise(
    x: Real, deviation: NonNegative = 0.1, when: Literal["while training", "always"] = "while training",
    probability: Chance = 1.0,
):  # fmt: skip
    """Add normal random numbers while training, or always; else let everything through as it is.

    y = x + deviation · ε, with ε of mean 0 and deviation 1.
    https://pytorch.org/docs/stable/generated/torch.randn_like.html

    deviation: how strong the noise is, in the units of what arrives
    when: in training alone, to make a network robust; or always, so that removing the noise is also judged
    probability: how likely an example gets noise
    """
    return noise.GaussianNoise(deviation, when, probability)
