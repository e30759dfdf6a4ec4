"""Layers that slide learned filters over an image or a sequence."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import layer
from graph.lazy import nn
from graph.specs import Count, Image, Side


@layer(search="conv convolution kernel filter", outputs="features")
def conv2d(x: Image, filters: Count = 32, kernel: Side = 3, stride: Side = 1,
           padding: Literal["same", "valid"] = "same", dilation: Side = 1, bias: bool = True):  # fmt: skip
    """Slide learned filters over an image.

    Each filter gives one feature map: the weighted sum of the window under it, at every place.

    filters: how many feature maps come out
    kernel: window side
    stride: step between windows
    padding: "same" keeps the image size at stride 1; "valid" adds no border
    dilation: distance between the pixels a window looks at
    bias: whether each filter adds a learned constant
    """
    border = dilation * (kernel - 1) // 2 if padding == "same" else 0
    return nn.Conv2d(x.channels, filters, kernel, stride, border, dilation, bias=bias)
