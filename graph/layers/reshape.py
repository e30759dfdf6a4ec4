"""Layers that arrange the same numbers differently."""

from __future__ import annotations

import functools
import math
import re

from graph.catalogue import layer
from graph.lazy import LazyModule, torch
from graph.specs import Tensor

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


def _numbers(text: str, name: str) -> list[int]:
    """The whole numbers of a text such as "1, 28, 28" or "1×28×28"."""
    words = [word for word in re.split(r"[\s,;x×()\[\]]+", text) if word]
    if not words or not all(re.fullmatch(r"-?\d{1,9}", word) for word in words):
        raise ValueError(f"The {name} is written as whole numbers with commas, such as 1, 28, 28; got “{text}”.")
    return [int(word) for word in words]
