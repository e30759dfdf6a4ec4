"""Layers that join several wires into one."""

from __future__ import annotations

import functools

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Axis, Real, Tensor, TensorSpec

shapes = LazyModule("graph.modules.shapes")


@layer(search="sum plus residual skip connection shortcut")
def add(*xs: Real):
    """Add what arrives, number by number: the skip connection of a residual network.

    y = x₁ + x₂ + …; an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.add.html
    """
    _fit(xs, "added")
    return shapes.add


@layer(search="product times gate mask attention scale")
def multiply(*xs: Real):
    """Multiply what arrives, number by number: a gate lets through as much as the other wire says.

    y = x₁ · x₂ · …; an axis of size 1 is stretched to fit the others.
    https://pytorch.org/docs/stable/generated/torch.mul.html
    """
    _fit(xs, "multiplied")
    return shapes.multiply


@layer(search="cat join stack skip connection channels unet")
def concatenate(*xs: Tensor, axis: Axis = 1):
    """Put what arrives behind one another along an axis.

    Joining images of 8×14×14 and 16×14×14 along axis 1 gives 24×14×14.
    https://pytorch.org/docs/stable/generated/torch.cat.html

    axis: which axis grows, counted from 1 without the batch: 1 joins the channels of images and the features of
      vectors, 2 the features of sequences
    """
    first = _first(xs)
    if axis > len(first.shape):
        axes = f"{len(first.shape)} axes" if len(first.shape) > 1 else "a single axis" if first.shape else "no axis"
        raise ValueError(f"There is no axis {axis}: what arrives ({first}) has {axes} beside the batch.")
    for x in xs:
        if _without(x, axis) != _without(first, axis):
            raise ValueError(
                f"{first} and {x} cannot be joined along axis {axis}: all other axes have to be the same. "
                "Choose another axis, or bring them to the same size before."
            )
        if x.dtype != first.dtype:
            raise ValueError("Real numbers and class numbers cannot be joined: put an embedding before the latter.")
    return functools.partial(shapes.concatenate, dim=axis)


def _first(xs: tuple[TensorSpec, ...]) -> TensorSpec:
    if not xs:
        raise ValueError("Nothing is wired to it: it joins at least one wire.")
    return xs[0]


def _without(x: TensorSpec, axis: int) -> tuple[int, ...]:
    return x.shape[: axis - 1] + (0,) + x.shape[axis:]


def _fit(xs: tuple[TensorSpec, ...], joined: str) -> None:
    """Raise ValueError unless all shapes are the same, apart from axes of size 1."""
    first = _first(xs)
    for x in xs:
        stretched = all(1 in sizes or len(set(sizes)) == 1 for sizes in zip(x.shape, first.shape))
        if len(x.shape) != len(first.shape) or not stretched:
            raise ValueError(
                f"{first} and {x} cannot be {joined}: the shapes have to be the same. "
                "Bring one of them to the size of the other before."
            )
