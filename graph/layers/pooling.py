"""Layers that shrink by summing up windows: the largest value, the mean."""

from __future__ import annotations

import functools
from typing import Annotated

from graph.catalogue import layer
from graph.lazy import LazyModule, nn, torch
from graph.specs import Border, Image, Sequence, Side, TensorSpec, Wants

sequences = LazyModule("graph.modules.sequences")

Spread = Annotated[TensorSpec, Wants("image", "an image, a volume or a sequence", ("volume", "sequence"))]


@layer(search="maxpool maximum subsample downsample shrink picture")
def max_pool2d(
    x: Image, kernel: Side = 2, stride: Border = 0, border: Border = 0, dilation: Side = 1, round_up: bool = False
):
    """Keep the largest value of every window of an image.

    The side that comes out is ⌊(side + 2·border − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    kernel: side of the window
    stride: step between windows; 0 steps by a whole window
    border: pixels added on every side, which never win; at most half a window
    dilation: distance between the pixels that a window looks at
    round_up: whether a window that reaches over the edge counts as well
    """
    _half(kernel, border)
    return nn.MaxPool2d(kernel, stride or None, border, dilation, ceil_mode=round_up)


@layer(search="avgpool average mean subsample downsample shrink picture")
def avg_pool2d(
    x: Image, kernel: Side = 2, stride: Border = 0, border: Border = 0, round_up: bool = False,
    count_border: bool = True,
):  # fmt: skip
    """Take the mean of every window of an image.

    The side that comes out is ⌊(side + 2·border − kernel) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html

    kernel: side of the window
    stride: step between windows; 0 steps by a whole window
    border: zeros added on every side; at most half a window
    round_up: whether a window that reaches over the edge counts as well
    count_border: whether the zeros of the border count in the mean
    """
    _half(kernel, border)
    return nn.AvgPool2d(kernel, stride or None, border, round_up, count_border)


@layer(search="maxpool maximum subsample downsample shorten time signal")
def max_pool1d(
    x: Sequence, kernel: Side = 2, stride: Border = 0, border: Border = 0, dilation: Side = 1, round_up: bool = False
):
    """Keep the largest value of every window along a sequence, feature by feature.

    The length that comes out is ⌊(length + 2·border − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html

    kernel: steps under the window
    stride: steps from one window to the next; 0 steps by a whole window
    border: steps added at both ends, which never win; at most half a window
    dilation: distance between the steps that a window looks at
    round_up: whether a window that reaches over the end counts as well
    """
    _half(kernel, border)
    return sequences.SequenceMaxPool1d(kernel, stride or None, border, dilation, ceil_mode=round_up)


@layer(search="avgpool average mean subsample downsample shorten time signal")
def avg_pool1d(
    x: Sequence, kernel: Side = 2, stride: Border = 0, border: Border = 0, round_up: bool = False,
    count_border: bool = True,
):  # fmt: skip
    """Take the mean of every window along a sequence, feature by feature.

    The length that comes out is ⌊(length + 2·border − kernel) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html

    kernel: steps under the window
    stride: steps from one window to the next; 0 steps by a whole window
    border: zeros added at both ends; at most half a window
    round_up: whether a window that reaches over the end counts as well
    count_border: whether the zeros of the border count in the mean
    """
    _half(kernel, border)
    return sequences.SequenceAvgPool1d(kernel, stride or None, border, round_up, count_border)


@layer(search="gap average mean adaptive squeeze spatial time")
def global_avg_pool(x: Spread):
    """Take the mean of every channel over the whole image, or of every feature over the whole sequence.

    What comes out is a vector with one number a channel, whatever the size of the image.
    https://pytorch.org/docs/stable/generated/torch.mean.html
    """
    return functools.partial(torch.mean, dim=_places(x))


@layer(search="maximum adaptive squeeze spatial time")
def global_max_pool(x: Spread):
    """Keep the largest value of every channel of an image, or of every feature of a sequence.

    What comes out is a vector with one number a channel, whatever the size of the image.
    https://pytorch.org/docs/stable/generated/torch.amax.html
    """
    return functools.partial(torch.amax, dim=_places(x))


def _places(x: TensorSpec) -> tuple[int, ...]:
    """The axes that say where: those of an image after its channels, the time of a sequence."""
    return (1,) if x.meaning == "sequence" else tuple(range(2, len(x.shape) + 1))


def _half(kernel: int, border: int) -> None:
    if border > kernel // 2:
        raise ValueError(
            f"A border of {border} is too wide for a window of {kernel}: it may be at most half of it, {kernel // 2}."
        )
