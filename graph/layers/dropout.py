"""Layers that forget at random while training, so that no unit relies on another."""

from __future__ import annotations

from graph.catalogue import layer
from graph.lazy import nn
from graph.specs import Image, Real, Share


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
