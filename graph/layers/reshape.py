"""Layers that arrange the same numbers differently."""

from __future__ import annotations

import functools
import math
import re
from typing import Literal

from graph.catalogue import layer
from graph.lazy import LazyModule, torch
from graph.specs import Indices, Tensor, Whole

shapes = LazyModule("graph.modules.shapes")


@layer(search="vector unroll ravel dense connect")
def flatten(x: Tensor):
    """Lay all numbers of an example out in one row, ready for a dense layer.

    An image of 14×8×8 becomes a vector of 896. https://pytorch.org/docs/stable/generated/torch.flatten.html
    """
    if not x.shape:
        return functools.partial(torch.unsqueeze, dim=1)
    return functools.partial(torch.flatten, start_dim=1)


@layer(search="view rearrange unflatten image")
def reshape(x: Tensor, shape: str = "-1"):
    """Arrange the numbers of an example in another shape, in the same order.

    https://pytorch.org/docs/stable/generated/torch.reshape.html

    shape: sizes without the batch, such as 1, 28, 28; one of them may be -1 and follows from the others
    """
    sizes = _numbers(shape, "shape")
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1 or any(size < 1 and size != -1 for size in sizes):
        raise ValueError(f"The shape “{shape}” needs sizes of at least 1; one of them may be -1, to follow by itself.")
    if x.size % known or (-1 not in sizes and known != x.size):
        raise ValueError(f"The shape “{shape}” has room for {known} numbers, but {x.size} arrive ({x}).")
    return functools.partial(shapes.reshape, shape=tuple(x.size // known if size == -1 else size for size in sizes))


@layer(search="transpose swap axes order")
def permute(x: Tensor, order: str = "2, 1"):
    """Put the axes of an example in another order.

    https://pytorch.org/docs/stable/generated/torch.permute.html

    order: the axes as they shall stand, counted from 1 without the batch: 2, 1 swaps time and features of a sequence;
      2, 3, 1 puts the channels of an image last
    """
    axes = _numbers(order, "order")
    if sorted(axes) != list(range(1, len(x.shape) + 1)):
        every = ", ".join(str(axis) for axis in range(1, len(x.shape) + 1)) or "none"
        raise ValueError(f"The order “{order}” does not name each axis of {x} once; its axes are {every}.")
    return functools.partial(torch.permute, dims=(0, *axes))


@layer(gradients=False, search="convert type float int long real whole integer dtype")
def cast(x: Tensor, to: Literal["real", "whole"] = "real"):
    """Turn whole numbers into real ones, or real ones into whole ones by cutting off what stands behind the point.

    No gradient passes through it. https://pytorch.org/docs/stable/generated/torch.Tensor.to.html

    to: the kind of numbers that comes out
    """
    return shapes.real if to == "real" else shapes.whole


@layer(gradients=False, search="onehot indicator dummy classes tokens encode labels to categorical")
def one_hot(x: Indices, classes: Whole = 0):
    """Turn every class number or token into a row of zeros with a single 1, at the place of its class.

    A map of class numbers becomes an image with one channel a class.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html

    classes: how many different classes there are; 0 takes what is known of the data
    """
    count = classes or x.classes
    if not count:
        raise ValueError("It is not known how many classes arrive: say under “classes” how many there are.")
    if x.classes > count:
        raise ValueError(f"{count} places are too few for {x.classes} different classes: 0 makes it fit.")
    return functools.partial(shapes.one_hot_map if len(x.shape) == 2 else shapes.one_hot, classes=count)


def _numbers(text: str, name: str) -> list[int]:
    """The whole numbers of a text such as "1, 28, 28" or "1×28×28"."""
    words = [word for word in re.split(r"[\s,;x×()\[\]]+", text) if word]
    if not words or not all(re.fullmatch(r"-?\d{1,9}", word) for word in words):
        raise ValueError(f"The {name} is written as whole numbers with commas, such as 1, 28, 28; got “{text}”.")
    return [int(word) for word in words]
