"""Layers that slide filters over an image, a volume or a sequence."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule, nn
from graph.specs import Border, Count, Image, Limits, Matrix, Sequence, Side, Volume

fixed = LazyModule("graph.modules.filters")
sequences = LazyModule("graph.modules.sequences")

Groups = Annotated[int, Limits(0, 65536)]
BorderMode = Literal["zeros", "reflect", "replicate", "circular"]

IDENTITY: Matrix = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
LARGEST = 63
PRESETS: dict[str, list[list[float]]] = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edge 1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "edge 2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "edge 3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box blur": [[1 / 9] * 3] * 3,
    "gaussian blur": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}


@layer(weights=True, search="conv convolution kernel filter feature map picture depthwise dilated atrous grouped",
       outputs="features")  # fmt: skip
def conv2d(
    x: Image,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 1,
    padding: Literal["same", "valid", "custom"] = "same",
    border: Border = 0,
    border_mode: BorderMode = "zeros",
    dilation: Side = 1,
    groups: Groups = 1,
    bias: bool = True,
):
    """Slide learned filters over an image.

    Each filter gives one feature map: the weighted sum of the window under it, at every place,
    y[f] = b[f] + Σ over c of W[f, c] ⋆ x[c]. The side that comes out is
    ⌊(side + 2·border − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    filters: how many feature maps come out
    kernel: side of the window
    stride: step between windows
    padding: "same" keeps the size of the image at stride 1; "valid" adds no border; "custom" adds the border given
    border: pixels added on every side where padding is "custom"
    border_mode: what the border is filled with
    dilation: distance between the pixels that a window looks at
    groups: parts that the channels are divided into, each with filters of its own; 0 is depthwise: one a channel
    bias: whether each filter adds a learned constant
    """
    groups = _divided(x.channels, filters, groups)
    width = _border(kernel, stride, dilation, padding, border)
    _filled(x.shape[1:], width, dilation * (kernel - 1), border_mode)
    return nn.Conv2d(x.channels, filters, kernel, stride, width, dilation, groups, bias, border_mode)


@layer(weights=True, search="conv convolution kernel filter signal time series text causal", outputs="features")
def conv1d(
    x: Sequence,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 1,
    padding: Literal["same", "valid", "causal", "custom"] = "same",
    border: Border = 0,
    border_mode: BorderMode = "zeros",
    dilation: Side = 1,
    groups: Groups = 1,
    bias: bool = True,
):
    """Slide learned filters along a sequence.

    Each filter looks at a window of time steps with all their features and gives one number for every place. What
    comes out is a sequence again, with one feature for every filter.
    https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html

    filters: how many features every step has afterwards
    kernel: steps under the window
    stride: steps from one window to the next
    padding: "same" keeps the length at stride 1; "valid" adds nothing; "causal" adds steps in front only, so that no
      window sees the future; "custom" adds the border given
    border: steps added at both ends where padding is "custom"
    border_mode: what the steps that are added are filled with
    dilation: distance between the steps that a window looks at
    groups: parts that the features are divided into, each with filters of its own; 0 is one a feature
    bias: whether each filter adds a learned constant
    """
    groups = _divided(x.features, filters, groups)
    causal, reach = padding == "causal", dilation * (kernel - 1)
    width = 0 if causal else _border(kernel, stride, dilation, padding, border)
    _filled(x.shape[:1], reach if causal else width, reach, border_mode)
    return sequences.SequenceConv1d(
        x.features, filters, kernel, stride, width, dilation, groups, bias, causal, border_mode
    )


@layer(weights=True, search="conv convolution kernel filter video voxel scan film", outputs="features")
def conv3d(
    x: Volume,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 1,
    padding: Literal["same", "valid", "custom"] = "same",
    border: Border = 0,
    border_mode: BorderMode = "zeros",
    dilation: Side = 1,
    groups: Groups = 1,
    bias: bool = True,
):
    """Slide learned filters through a volume: a scan, or the pictures of a film.

    Each filter gives one volume of features: the weighted sum of the cube under it, at every place. The side that
    comes out is ⌊(side + 2·border − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.Conv3d.html

    filters: how many volumes of features come out
    kernel: side of the cube
    stride: step between cubes
    padding: "same" keeps the size of the volume at stride 1; "valid" adds no border; "custom" adds the border given
    border: what is added on every side where padding is "custom"
    border_mode: what the border is filled with
    dilation: distance between the places that a cube looks at
    groups: parts that the channels are divided into, each with filters of its own; 0 is one a channel
    bias: whether each filter adds a learned constant
    """
    groups = _divided(x.channels, filters, groups)
    width = _border(kernel, stride, dilation, padding, border)
    _filled(x.shape[1:], width, dilation * (kernel - 1), border_mode)
    return nn.Conv3d(x.channels, filters, kernel, stride, width, dilation, groups, bias, border_mode)


@layer(
    weights=True, search="depthwise pointwise mobilenet xception conv convolution efficient small", outputs="features"
)
def separable_conv2d(
    x: Image,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 1,
    padding: Literal["same", "valid"] = "same",
    dilation: Side = 1,
    bias: bool = True,
):
    """Convolve every channel by itself, then mix the channels pixel by pixel: far fewer weights than a full one.

    It is a depthwise convolution and a pointwise one of kernel 1 after it: C·k² + C·filters weights for C channels
    instead of C·filters·k². Chollet, Xception, https://arxiv.org/abs/1610.02357

    filters: how many feature maps come out
    kernel: side of the window
    stride: step between windows
    padding: "same" keeps the size of the image at stride 1; "valid" adds no border
    dilation: distance between the pixels that a window looks at
    bias: whether each of the two adds learned constants
    """
    width = _border(kernel, stride, dilation, padding, 0)
    return nn.Sequential(
        nn.Conv2d(x.channels, x.channels, kernel, stride, width, dilation, x.channels, bias),
        nn.Conv2d(x.channels, filters, 1, bias=bias),
    )


@layer(weights=True, search="deconv deconvolution transposed upsampling decoder generator larger", outputs="features")
def conv_transpose2d(
    x: Image,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 2,
    padding: Literal["same", "valid", "custom"] = "same",
    border: Border = 0,
    extra: Border = 0,
    dilation: Side = 1,
    groups: Groups = 1,
    bias: bool = True,
):
    """Make an image larger: every pixel stamps a learned pattern into the result.

    It is the transpose of a convolution. The side that comes out is
    (side − 1)·stride − 2·border + dilation·(kernel − 1) + extra + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    filters: how many feature maps come out
    kernel: side of the pattern
    stride: how many times larger the image becomes
    padding: "same" gives exactly stride times the size; "valid" cuts nothing off; "custom" cuts the border given
    border: pixels cut off on every side where padding is "custom"
    extra: pixels added at the right and lower edge where padding is "custom"
    dilation: distance between the pixels of a pattern
    groups: parts that the channels are divided into, each with filters of its own; 0 is one a channel
    bias: whether each filter adds a learned constant
    """
    groups = _divided(x.channels, filters, groups)
    cut, more = _cut(kernel, stride, dilation, padding, border, extra)
    return nn.ConvTranspose2d(x.channels, filters, kernel, stride, cut, more, groups, bias, dilation)


@layer(weights=True, search="deconvolution transposed upsampling decoder signal time longer", outputs="features")
def conv_transpose1d(
    x: Sequence,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 2,
    padding: Literal["same", "valid", "custom"] = "same",
    border: Border = 0,
    extra: Border = 0,
    dilation: Side = 1,
    groups: Groups = 1,
    bias: bool = True,
):
    """Make a sequence longer: every step stamps a learned pattern into the result.

    It is the transpose of a convolution. The length that comes out is
    (length − 1)·stride − 2·border + dilation·(kernel − 1) + extra + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html

    filters: how many features every step has afterwards
    kernel: steps of the pattern
    stride: how many times longer the sequence becomes
    padding: "same" gives exactly stride times the length; "valid" cuts nothing off; "custom" cuts the border given
    border: steps cut off at both ends where padding is "custom"
    extra: steps added at the end where padding is "custom"
    dilation: distance between the steps of a pattern
    groups: parts that the features are divided into, each with filters of its own; 0 is one a feature
    bias: whether each filter adds a learned constant
    """
    groups = _divided(x.features, filters, groups)
    cut, more = _cut(kernel, stride, dilation, padding, border, extra)
    return sequences.SequenceConvTranspose1d(x.features, filters, kernel, stride, cut, more, groups, bias, dilation)


@layer(weights=True, search="deconvolution transposed upsampling decoder voxel video larger", outputs="features")
def conv_transpose3d(
    x: Volume,
    filters: Count = 32,
    kernel: Side = 3,
    stride: Side = 2,
    padding: Literal["same", "valid", "custom"] = "same",
    border: Border = 0,
    extra: Border = 0,
    dilation: Side = 1,
    groups: Groups = 1,
    bias: bool = True,
):
    """Make a volume larger: every place stamps a learned pattern into the result.

    It is the transpose of a convolution. The side that comes out is
    (side − 1)·stride − 2·border + dilation·(kernel − 1) + extra + 1.
    https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html

    filters: how many volumes of features come out
    kernel: side of the pattern
    stride: how many times larger the volume becomes
    padding: "same" gives exactly stride times the size; "valid" cuts nothing off; "custom" cuts the border given
    border: what is cut off on every side where padding is "custom"
    extra: what is added at the far end of every axis where padding is "custom"
    dilation: distance between the places of a pattern
    groups: parts that the channels are divided into, each with filters of its own; 0 is one a channel
    bias: whether each filter adds a learned constant
    """
    groups = _divided(x.channels, filters, groups)
    cut, more = _cut(kernel, stride, dilation, padding, border, extra)
    return nn.ConvTranspose3d(x.channels, filters, kernel, stride, cut, more, groups, bias, dilation)


@layer(search="convolution fixed kernel edge blur sharpen sobel laplace gaussian smooth image processing",
       title="filter")  # fmt: skip
def filter2d(
    x: Image,
    preset: Literal[
        "identity", "edge 1", "edge 2", "edge 3", "sharpen", "box blur", "gaussian blur", "sobel x", "sobel y", "custom"
    ] = "edge 3",
    kernel: Matrix = IDENTITY,
    stride: Side = 1,
    padding: Literal["same", "valid"] = "same",
    border_mode: BorderMode = "zeros",
):
    """Slide a fixed window of numbers over an image: find edges, sharpen or blur, without learning anything.

    y[c] = kernel ⋆ x[c], every channel by itself: the sum of the pixels under the window, each times its number.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html

    preset: a well-known window of 3×3; “custom” is the one typed below
    kernel: the numbers of a custom window, row by row
    stride: step between windows
    padding: "same" keeps the size of the image at stride 1; "valid" adds no border
    border_mode: what the border is filled with
    """
    rows = PRESETS.get(preset) or _rows(kernel)
    high, wide = len(rows), len(rows[0])
    shows = padding == "same" and border_mode in ("reflect", "circular")
    if shows and (high // 2 >= x.shape[1] or wide // 2 >= x.shape[2]):
        raise ValueError(f"A window of {high}×{wide} reaches too far over the edge of {x} for “{border_mode}”.")
    numbers = tuple(tuple(float(number) for number in row) for row in rows)
    return fixed.FixedFilter2d(numbers, stride, padding, border_mode)


def _border(kernel: int, stride: int, dilation: int, padding: str, border: int) -> int | str:
    """The ``padding`` of torch. Where "same" needs more on one side than on the other, torch's own "same" knows how."""
    if padding == "custom":
        return border
    reach = dilation * (kernel - 1) if padding == "same" else 0
    return "same" if reach % 2 and stride == 1 else reach // 2


def _cut(kernel: int, stride: int, dilation: int, padding: str, border: int, extra: int) -> tuple[int, int]:
    """``padding`` and ``output_padding`` of a transposed convolution."""
    if padding == "valid":
        return 0, 0
    if padding == "custom":
        if extra >= max(stride, dilation):
            raise ValueError(f"An extra of {extra} is too much: it has to be smaller than the stride or the dilation.")
        return border, extra
    overhang = dilation * (kernel - 1) + 1 - stride
    if overhang < 0:
        raise ValueError(
            f"A kernel of {kernel} leaves gaps at a stride of {stride}: make the kernel at least as large as the "
            f"stride, or choose the padding “valid”."
        )
    return (overhang + 1) // 2, overhang % 2


def _divided(channels: int, filters: int, groups: int) -> int:
    """The number of groups. Raises ValueError where they do not come out even."""
    if not groups and filters % channels:
        raise ValueError(
            f"With one group a channel, the filters come in so many for each of the {channels} channels: "
            f"{filters} is no multiple of {channels}."
        )
    groups = groups or channels
    if channels % groups or filters % groups:
        raise ValueError(
            f"{groups} groups do not divide the {channels} channels that arrive and the {filters} filters evenly: "
            f"choose a number that divides both, such as {math.gcd(channels, filters)}."
        )
    return groups


def _filled(sides: tuple[int, ...], width: int | str, reach: int, mode: str) -> None:
    """Raise ValueError where a border has to show more of the input than there is."""
    wide = (reach + 1) // 2 if isinstance(width, str) else width
    least = min(sides) - (mode == "reflect")
    if mode in ("reflect", "circular") and wide > least:
        raise ValueError(
            f"A border of {wide} cannot be filled by “{mode}” from a side of {min(sides)}: {least} is the most. "
            "Take a smaller window, or fill with zeros."
        )


def _rows(kernel: Matrix) -> list[list[float]]:
    """A typed window as rows; numbers without rows are one."""
    rows = kernel if kernel and isinstance(kernel[0], list) else [kernel]
    plain = all(isinstance(number, int | float) for row in rows for number in row)
    if not plain or not rows[0] or max(len(rows), len(rows[0])) > LARGEST:
        raise ValueError(f"The kernel is a table of numbers, at least 1 and at most {LARGEST} in a row or column.")
    return rows
