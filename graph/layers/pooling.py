"""Layers that shrink by summing up windows: the largest value, the mean, the sum; and one that undoes it."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import F, LazyModule, nn, torch
from graph.specs import Border, Image, Sequence, Side, TensorSpec, Volume, Wants

pooling = LazyModule("graph.modules.pooling")
shapes = LazyModule("graph.modules.shapes")
sequences = LazyModule("graph.modules.sequences")

Spread = Annotated[TensorSpec, Wants("image", "an image, a volume or a sequence", ("volume", "sequence"))]
Kept = Annotated[TensorSpec, Wants("image", "the places that a max pooling kept", numbers="whole")]


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


@layer(search="maxpool maximum subsample downsample shrink video voxel scan")
def max_pool3d(
    x: Volume, kernel: Side = 2, stride: Border = 0, border: Border = 0, dilation: Side = 1, round_up: bool = False
):
    """Keep the largest value of every cube of a volume.

    The side that comes out is ⌊(side + 2·border − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html

    kernel: side of the cube
    stride: step between cubes; 0 steps by a whole cube
    border: what is added on every side, which never wins; at most half a cube
    dilation: distance between the places that a cube looks at
    round_up: whether a cube that reaches over the edge counts as well
    """
    _half(kernel, border)
    return nn.MaxPool3d(kernel, stride or None, border, dilation, ceil_mode=round_up)


@layer(search="avgpool average mean subsample downsample shrink video voxel scan")
def avg_pool3d(
    x: Volume, kernel: Side = 2, stride: Border = 0, border: Border = 0, round_up: bool = False,
    count_border: bool = True,
):  # fmt: skip
    """Take the mean of every cube of a volume.

    The side that comes out is ⌊(side + 2·border − kernel) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html

    kernel: side of the cube
    stride: step between cubes; 0 steps by a whole cube
    border: zeros added on every side; at most half a cube
    round_up: whether a cube that reaches over the edge counts as well
    count_border: whether the zeros of the border count in the mean
    """
    _half(kernel, border)
    return nn.AvgPool3d(kernel, stride or None, border, round_up, count_border)


@layer(search="sumpool total add subsample downsample shrink picture time signal video")
def sum_pool(x: Spread, kernel: Side = 2, stride: Border = 0, border: Border = 0, round_up: bool = False):
    """Add up every window of an image, a volume or a sequence, channel by channel.

    y = Σ x over the window. The side that comes out is ⌊(side + 2·border − kernel) / stride⌋ + 1.
    It is the mean of https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html times the size of the window.

    kernel: side of the window
    stride: step between windows; 0 steps by a whole window
    border: zeros added on every side; at most half a window
    round_up: whether a window that reaches over the edge counts as well
    """
    _half(kernel, border)
    pool = pooling.SequenceSumPool if x.meaning == "sequence" else pooling.SumPool
    return pool(kernel, stride or kernel, border, round_up)


@layer(search="lppool power norm root mean square l2 pooling subsample shrink picture")
def lp_pool2d(x: Image, power: Literal[2, 4, 8] = 2, kernel: Side = 2, stride: Border = 0, round_up: bool = False):
    """Take the length of every window of an image: between a sum and the largest value.

    y = (Σ x^power)^(1/power); the larger the power, the more the largest value counts.
    https://pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html

    power: 2 is the usual length
    kernel: side of the window
    stride: step between windows; 0 steps by a whole window
    round_up: whether a window that reaches over the edge counts as well
    """
    return nn.LPPool2d(power, kernel, stride or None, round_up)


@layer(search="maxpool maximum indices argmax switches unpooling segnet deconvnet", outputs="output, indices",
       title="max pool2d with indices", classes=lambda x, **_: x.shape[1] * x.shape[2])  # fmt: skip
def max_pool2d_indices(
    x: Image, kernel: Side = 2, stride: Border = 0, border: Border = 0, dilation: Side = 1, round_up: bool = False
):
    """Keep the largest value of every window of an image, and tell where it stood.

    An index counts the pixels of a channel row by row; max_unpool2d puts values back to where the indices say.
    https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    kernel: side of the window
    stride: step between windows; 0 steps by a whole window
    border: pixels added on every side, which never win; at most half a window
    dilation: distance between the pixels that a window looks at
    round_up: whether a window that reaches over the edge counts as well
    """
    _half(kernel, border)
    return nn.MaxPool2d(kernel, stride or None, border, dilation, return_indices=True, ceil_mode=round_up)


@layer(search="unpooling maxunpool upsample enlarge decoder switches segnet deconvnet")
def max_unpool2d(
    x: Image, indices: Kept, kernel: Side = 2, stride: Border = 0, border: Border = 0, height: Border = 0,
    width: Border = 0,
):  # fmt: skip
    """Undo a max pooling: every value goes back to where its window had its largest, the rest is 0.

    The side that comes out is (side − 1)·stride − 2·border + kernel.
    https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html

    x: as many values as the pooling gave, such as what a decoder made of them
    indices: where they go, from a max pool2d with indices
    kernel: side of the window of the pooling
    stride: step between the windows of the pooling; 0 is a whole window
    border: border of the pooling
    height: rows of the image that was pooled, where the pooling left some out; 0 follows from the window
    width: columns of the image that was pooled, where the pooling left some out; 0 follows from the window
    """
    if x.shape != indices.shape:
        raise ValueError(f"{x} values cannot go to {indices} places: wire the indices of a pooling of the same shape.")
    step = stride or kernel
    sides = [given or (side - 1) * step - 2 * border + kernel for given, side in zip((height, width), x.shape[1:])]
    for side, pooled in zip(sides, x.shape[1:]):
        usual = (pooled - 1) * step - 2 * border + kernel
        if side < 1 or abs(side - usual) >= step:
            raise ValueError(
                f"A side of {side} cannot have been pooled to {pooled} by this window and stride: about {usual} can."
            )
    if indices.classes not in (0, sides[0] * sides[1]):
        raise ValueError(
            f"The indices count {indices.classes} pixels, but {sides[0]}×{sides[1]} has {sides[0] * sides[1]}: "
            "give the height and width of the image that was pooled."
        )
    return functools.partial(shapes.unpool, height=sides[0], width=sides[1])


@layer(search="adaptive average mean pooling fixed output size any input")
def adaptive_avg_pool(x: Spread, size: Side = 1):
    """Take means of windows that are chosen so that a given size comes out, whatever the size of the image.

    https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html

    size: the side that comes out; of a sequence, the number of steps
    """
    functions = {"image": F.adaptive_avg_pool2d, "volume": F.adaptive_avg_pool3d}
    return functools.partial(functions.get(x.meaning) or sequences.adaptive_avg_pool, output_size=size)


@layer(search="adaptive maximum pooling fixed output size any input")
def adaptive_max_pool(x: Spread, size: Side = 1):
    """Keep the largest value of windows that are chosen so that a given size comes out.

    https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html

    size: the side that comes out; of a sequence, the number of steps
    """
    functions = {"image": F.adaptive_max_pool2d, "volume": F.adaptive_max_pool3d}
    return functools.partial(functions.get(x.meaning) or sequences.adaptive_max_pool, output_size=size)


@layer(search="gap average mean adaptive squeeze spatial time")
def global_avg_pool(x: Spread):
    """Take the mean of every channel over the whole image, or of every feature over the whole sequence.

    What comes out is a vector with one number a channel, whatever the size of the image.
    https://pytorch.org/docs/stable/generated/torch.mean.html
    """
    return functools.partial(torch.mean, dim=_places(x))


@layer(search="gmp maximum adaptive squeeze spatial time")
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
